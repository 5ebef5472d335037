-- IV.B: "the use of these media for personal use ... is prohibited". A minute falls under it where it is an
-- employee's, an enforced prong applies, and the tool is not an approved one.
SELECT
    p.*,
    (a.approved_session = 1) AS approved_session,
    (a.approved_minute = 1) AS approved,
    (p.in_time AND s.enforce_work_time) AS counts_work_time,
    (p.equipment AND s.enforce_equipment) AS counts_equipment,
    (p.wifi AND s.enforce_wifi) AS counts_wifi,
    (
        p.standing = 'employee'
        AND a.approved_minute = 0
        AND (
            (p.in_time AND s.enforce_work_time)
            OR (p.equipment AND s.enforce_equipment)
            OR (p.wifi AND s.enforce_wifi)
        )
    ) AS prohibited
FROM prong AS p
INNER JOIN approved_tool AS a
    ON a.device_id = p.device_id AND a.holding = p.holding AND a.platform = p.platform AND a.minute = p.minute
CROSS JOIN settings AS s
