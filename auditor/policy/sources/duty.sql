-- School work time: when each employee is on duty this day (schedules.csv, calendar.csv).
SELECT
    person,
    CAST(start_minute AS BIGINT) AS start_minute,
    CAST(end_minute AS BIGINT) AS end_minute,
    CAST(schedule_line AS BIGINT) AS schedule_line,
    calendar_file,
    CAST(calendar_line AS BIGINT) AS calendar_line
FROM given_duty
