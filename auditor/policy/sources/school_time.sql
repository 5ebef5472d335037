-- School hours: when school is held at each site this day (auditor.toml, schedules.csv, calendar.csv).
SELECT
    site,
    CAST(start_minute AS BIGINT) AS start_minute,
    CAST(end_minute AS BIGINT) AS end_minute,
    CAST(schedule_line AS BIGINT) AS schedule_line
FROM given_school_time
