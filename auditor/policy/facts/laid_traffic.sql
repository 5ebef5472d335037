-- Whose use it is. IV.B speaks of School District employees: those who are in staff.csv on this day. The use of
-- a shared or unknown device is unattributed; students, guests and those who are no longer staff are set aside.
SELECT
    t.*,
    CASE WHEN t.holder = 'employee' AND s.person IS NOT NULL THEN s.person ELSE '' END AS person,
    CASE WHEN t.holder = 'employee' THEN COALESCE(s.role, '') ELSE '' END AS role,
    CASE WHEN t.holder = 'employee' THEN COALESCE(s.line, 0) ELSE 0 END AS staff_line,
    CASE
        WHEN t.holder IN ('student', 'guest') THEN t.holder
        WHEN t.holder <> 'employee' THEN 'unattributed'
        WHEN s.person IS NULL THEN 'not_staff'
        ELSE 'employee'
    END AS standing
FROM device_traffic AS t
LEFT JOIN staff AS s ON s.person = t.holder_person
