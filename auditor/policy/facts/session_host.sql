-- The hosts of each minute of a session, and whether they are on the list of approved tools.
SELECT DISTINCT
    m.device_id,
    m.holding,
    m.platform,
    m.first_minute,
    m.minute,
    t.host,
    t.evidence,
    CASE WHEN h.host IS NULL THEN 0 ELSE 1 END AS approved
FROM session_minute AS m
INNER JOIN laid_traffic AS t
    ON t.device_id = m.device_id AND t.holding = m.holding AND t.platform = m.platform AND t.minute = m.minute
LEFT JOIN approved_host AS h ON h.platform = t.platform AND h.host = t.host
