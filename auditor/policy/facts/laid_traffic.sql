-- Whose use it is. IV.B speaks of School District employees: those who are in staff.csv on this day. The use of
-- a shared or unknown device is unattributed, and so is use for which two people are named; students, guests and those who
-- are no longer staff are set aside.
SELECT
    t.use_id,
    t.minute,
    t.site,
    t.client_key, t.address_key,
    t.device_id, t.device_line,
    t.ownership,
    t.platform,
    t.category,
    t.visit,
    t.content,
    t.named_on_the_wire,
    t.visits_unapproved,
    t.all_approved,
    t.by_lease,
    t.bytes_up,
    t.bytes_down,
    t.flows,
    t.visit_flows,
    (t.logon_person <> '') AS by_logon,
    CASE
        WHEN t.logon_person <> '' THEN -COALESCE(s.line, 0)
        WHEN t.two_named THEN -t.device_holding
        ELSE t.device_holding
    END AS holding,
    COALESCE(s.person, w.nobody) AS person,
    COALESCE(s.role, w.no_role) AS role,
    COALESCE(s.line, 0) AS staff_line,
    CASE
        WHEN t.holder IN ('student', 'guest') THEN t.holder
        WHEN t.candidate = '' THEN 'unattributed'
        WHEN s.person IS NULL THEN 'not_staff'
        ELSE 'employee'
    END AS standing,
    CASE
        WHEN t.holder IN ('student', 'guest') OR t.candidate <> '' THEN ''
        WHEN t.hidden THEN 'randomised'
        WHEN t.holder = 'shared' THEN 'shared'
        WHEN t.holder = 'nobody' THEN 'unassigned'
        WHEN t.two_named THEN 'two_named'
        WHEN t.doubt <> '' THEN t.doubt
        ELSE 'unknown_device'
    END AS unattributed_reason
FROM (
    SELECT
        n.*,
        CASE
            WHEN n.two_named THEN k.nobody
            WHEN n.holder = 'employee' THEN n.holder_person
            ELSE n.logon_person
        END AS candidate
    FROM named_traffic AS n
    CROSS JOIN word AS k
) AS t
CROSS JOIN word AS w
LEFT JOIN staff AS s ON s.person = t.candidate
