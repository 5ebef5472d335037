-- What was captured at each site and how much of it could not be named (no name on the wire, or a tunnel).
WITH places AS (SELECT sensor, MIN(site) AS site FROM captures GROUP BY sensor)
SELECT
    COALESCE(places.site, '') AS site,
    COUNT(DISTINCT coverage.day) AS days,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'flows'), 0) AS BIGINT) AS flows,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes'), 0) AS BIGINT) AS bytes,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes_unnamed'), 0) AS BIGINT) AS bytes_unnamed,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes_tunnel'), 0) AS BIGINT) AS bytes_tunnel
FROM coverage
LEFT JOIN places ON places.sensor = coverage.sensor
GROUP BY 1
ORDER BY 1
