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
        CAST(SUM(value) FILTER (WHERE measure = 'bytes_tunnel') AS BIGINT) AS bytes_tunnel
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
    seen.bytes_tunnel
FROM days
CROSS JOIN sensors
LEFT JOIN seen ON seen.day = days.day AND seen.sensor = sensors.sensor
ORDER BY days.day, sensors.sensor
