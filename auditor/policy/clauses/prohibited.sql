-- IV.B: "the use of these media for personal use ... is prohibited". A minute falls under it where it is an
-- employee's, an enforced prong applies, and the tool is not an approved one.
SELECT
    p.*,
    (p.in_time AND s.enforce_work_time) AS counts_work_time,
    (p.equipment AND s.enforce_equipment) AS counts_equipment,
    (p.wifi AND s.enforce_wifi) AS counts_wifi,
    (
        p.standing = 'employee'
        AND NOT p.approved
        AND (
            (p.in_time AND s.enforce_work_time)
            OR (p.equipment AND s.enforce_equipment)
            OR (p.wifi AND s.enforce_wifi)
        )
    ) AS prohibited
FROM approved_tool AS p
CROSS JOIN settings AS s
