-- The use with the employee whom the School District's network knew as logged on. A log-on names the user of a device that
-- is not in devices.csv. Where devices.csv names an employee, and another one was or may have been logged on, two are
-- named. Shared devices and randomised MACs are nobody's whoever is logged on.
SELECT
    t.*,
    CASE WHEN t.holder = 'unknown' AND NOT t.hidden THEN COALESCE(n.person, w.nobody) ELSE w.nobody END AS logon_person,
    COALESCE(n.source, '') AS logon_source,
    COALESCE(n.frame, 0) AS logon_frame,
    COALESCE(
        CASE
            WHEN t.holder = 'unknown' THEN n.two_named
            WHEN t.holder = 'employee'
                THEN n.last_person <> '' AND (n.first_person <> t.holder_person OR n.last_person <> t.holder_person)
        END,
        FALSE
    ) AS two_named
FROM device_traffic AS t
CROSS JOIN word AS w
LEFT JOIN logged_on AS n ON n.client_key = t.client_key AND n.minute = t.minute
