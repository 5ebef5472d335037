-- IV.B: "during school work time and/or on School District equipment (including the District's "wi fi" network)".
-- Which of the three applies in each minute; all that is captured came over the District's wi-fi.
SELECT
    m.*,
    (d.person IS NOT NULL) AS work_time,
    (m.ownership = 'district') AS equipment,
    TRUE AS wifi,
    COALESCE(d.schedule_line, 0) AS schedule_line,
    COALESCE(d.calendar_line, 0) AS calendar_line
FROM session_minute AS m
LEFT JOIN duty_minute AS d ON m.person <> '' AND d.person = m.person AND d.minute = m.minute
