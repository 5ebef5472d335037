-- The minutes of use that fall into the school hours of the site where it was seen, and the row that says so.
SELECT m.site, m.minute, MIN(t.schedule_line) AS schedule_line
FROM (SELECT DISTINCT site, minute FROM active_minute) AS m
INNER JOIN school_time AS t
    ON t.site = m.site AND m.minute >= t.start_minute AND m.minute < t.end_minute
GROUP BY m.site, m.minute
