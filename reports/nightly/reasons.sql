-- Why the user of a device is not known: by reason, the minutes in which it was so.
SELECT
    reason,
    COUNT(DISTINCT device_id) AS devices,
    CAST(SUM(sessions) AS BIGINT) AS sessions,
    CAST(SUM(minutes) AS BIGINT) AS minutes
FROM nobodys
GROUP BY reason
ORDER BY minutes DESC, reason
