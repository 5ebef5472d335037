-- III.B, IV.C: use of tools "which the School District or the School Board has approved". A session that visits
-- nothing else is an approved tool's; else a minute is, in which all hosts are on the list.
SELECT
    h.device_id,
    h.holding,
    h.platform,
    h.minute,
    MIN(s.only_approved) AS approved_session,
    CASE WHEN MIN(s.only_approved) = 1 OR MIN(h.approved) = 1 THEN 1 ELSE 0 END AS approved_minute
FROM session_host AS h
INNER JOIN (
    SELECT
        device_id,
        holding,
        platform,
        first_minute,
        MIN(CASE WHEN evidence = 'visit' AND approved = 0 THEN 0 ELSE 1 END) AS only_approved
    FROM session_host
    GROUP BY device_id, holding, platform, first_minute
) AS s
    ON s.device_id = h.device_id
    AND s.holding = h.holding
    AND s.platform = h.platform
    AND s.first_minute = h.first_minute
GROUP BY h.device_id, h.holding, h.platform, h.minute
