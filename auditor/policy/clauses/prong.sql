-- IV.B: "during school work time and/or on School District equipment (including the District's "wi fi" network)".
-- Which of the three applies in each minute; all that is captured came over the District's wi-fi. Time is the employee's
-- work time or the site's school hours, whichever the School District's reading takes; where those are not known, they
-- are not held against anybody.
SELECT
    m.*,
    (d.person IS NOT NULL) AS work_time,
    CASE WHEN k.site IS NOT NULL THEN t.minute IS NOT NULL END AS school_hours,
    CASE WHEN s.school_hours_decide THEN t.minute IS NOT NULL ELSE d.person IS NOT NULL END AS in_time,
    (m.ownership = 'district') AS equipment,
    TRUE AS wifi,
    COALESCE(d.schedule_line, 0) AS schedule_line,
    COALESCE(d.calendar_file, '') AS calendar_file,
    COALESCE(d.calendar_line, 0) AS calendar_line,
    COALESCE(t.schedule_line, 0) AS school_line
FROM session_minute AS m
CROSS JOIN settings AS s
LEFT JOIN duty_minute AS d ON m.person <> '' AND d.person = m.person AND d.minute = m.minute
LEFT JOIN school_site AS k ON k.site = m.site
LEFT JOIN school_minute AS t ON t.site = m.site AND t.minute = m.minute
