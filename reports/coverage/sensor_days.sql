-- One row a sensor and day of the period; a day without figures was not captured.
WITH days AS (
    SELECT CAST(CAST(unnest(generate_series(CAST(first_day AS DATE), CAST(last_day AS DATE), INTERVAL 1 DAY)) AS DATE) AS VARCHAR) AS day
    FROM period
),
sensors AS (
    SELECT DISTINCT sensor FROM coverage
    UNION
    SELECT DISTINCT sensor FROM captures
),
seen AS (
    SELECT
        CAST(day AS VARCHAR) AS day,
        sensor,
        CAST(SUM(value) FILTER (WHERE measure = 'frames') AS BIGINT) AS frames,
        CAST(SUM(value) FILTER (WHERE measure = 'flows') AS BIGINT) AS flows,
        CAST(SUM(value) FILTER (WHERE measure = 'flows_unnamed') AS BIGINT) AS flows_unnamed,
        CAST(SUM(value) FILTER (WHERE measure = 'bytes') AS BIGINT) AS bytes,
        CAST(SUM(value) FILTER (WHERE measure = 'bytes_unnamed') AS BIGINT) AS bytes_unnamed,
        CAST(SUM(value) FILTER (WHERE measure = 'bytes_tunnel') AS BIGINT) AS bytes_tunnel,
        CAST(SUM(value) FILTER (WHERE measure = 'frames_dropped') AS BIGINT) AS frames_dropped,
        CAST(SUM(value) FILTER (WHERE measure = 'frames_cut') AS BIGINT) AS frames_cut,
        CAST(SUM(value) FILTER (WHERE measure = 'frames_twice') AS BIGINT) AS frames_twice,
        CAST(SUM(value) FILTER (WHERE measure = 'bytes_unseen') AS BIGINT) AS bytes_unseen,
        COALESCE(SUM(value) FILTER (WHERE measure = 'canary_private_relay_denied'), 0) AS relay_denied,
        COALESCE(SUM(value) FILTER (WHERE measure = 'canary_private_relay_allowed'), 0) AS relay_allowed,
        COALESCE(SUM(value) FILTER (WHERE measure = 'canary_firefox_doh_denied'), 0) AS doh_denied,
        COALESCE(SUM(value) FILTER (WHERE measure = 'canary_firefox_doh_allowed'), 0) AS doh_allowed
    FROM coverage
    GROUP BY 1, 2
)
SELECT
    days.day,
    sensors.sensor,
    seen.day IS NOT NULL AS captured,
    seen.frames,
    seen.flows,
    seen.flows_unnamed,
    seen.bytes,
    seen.bytes_unnamed,
    seen.bytes_tunnel,
    CASE WHEN seen.day IS NOT NULL THEN COALESCE(seen.frames_dropped, 0) END AS frames_dropped,
    CASE WHEN seen.day IS NOT NULL THEN COALESCE(seen.frames_cut, 0) END AS frames_cut,
    CASE WHEN seen.day IS NOT NULL THEN COALESCE(seen.frames_twice, 0) END AS frames_twice,
    CASE WHEN seen.day IS NOT NULL THEN COALESCE(seen.bytes_unseen, 0) END AS bytes_unseen,
    CASE
        WHEN seen.relay_denied > 0 AND seen.relay_allowed > 0 THEN 'both'
        WHEN seen.relay_denied > 0 THEN 'yes'
        WHEN seen.relay_allowed > 0 THEN 'no'
        WHEN seen.day IS NOT NULL THEN 'unknown'
    END AS told_not_to_use_private_relay,
    CASE
        WHEN seen.doh_denied > 0 AND seen.doh_allowed > 0 THEN 'both'
        WHEN seen.doh_denied > 0 THEN 'yes'
        WHEN seen.doh_allowed > 0 THEN 'no'
        WHEN seen.day IS NOT NULL THEN 'unknown'
    END AS told_not_to_use_firefox_doh
FROM days
CROSS JOIN sensors
LEFT JOIN seen ON seen.day = days.day AND seen.sensor = sensors.sensor
ORDER BY days.day, sensors.sensor
