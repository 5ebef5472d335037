-- Devices with use but no known user, the busiest first. `unknown-` devices are not in devices.csv.
SELECT
    device_id,
    ownership,
    string_agg(DISTINCT site, ' ' ORDER BY site) AS sites,
    COUNT(*) AS sessions,
    CAST(SUM(minutes) AS BIGINT) AS minutes_at_least,
    CAST(SUM(span_minutes) AS BIGINT) AS minutes_at_most,
    MAX(CAST(day AS VARCHAR)) AS last_day
FROM findings
WHERE disposition = 'unattributed'
GROUP BY device_id, ownership
ORDER BY minutes_at_least DESC, device_id
