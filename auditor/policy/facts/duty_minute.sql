-- The minutes of use that fall into the employee's work time, and the row of the schedule that says so.
SELECT person, minute, schedule_line, calendar_file, calendar_line
FROM (
    SELECT
        m.person,
        m.minute,
        d.schedule_line,
        d.calendar_file,
        d.calendar_line,
        ROW_NUMBER() OVER (
            PARTITION BY m.person, m.minute ORDER BY d.start_minute, d.schedule_line, d.calendar_line
        ) AS earliest_first
    FROM (SELECT DISTINCT person, minute FROM active_minute WHERE person <> '') AS m
    INNER JOIN duty AS d
        ON d.person = m.person AND m.minute >= d.start_minute AND m.minute < d.end_minute
) AS on_duty
WHERE earliest_first = 1
