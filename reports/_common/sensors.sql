-- One row a sensor: what it captured and how much of it carried no name or went through a tunnel.
SELECT
    sensor,
    COUNT(DISTINCT day) AS days,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'frames'), 0) AS BIGINT) AS frames,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'flows'), 0) AS BIGINT) AS flows,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'flows_unnamed'), 0) AS BIGINT) AS flows_unnamed,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes'), 0) AS BIGINT) AS bytes,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes_unnamed'), 0) AS BIGINT) AS bytes_unnamed,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes_tunnel'), 0) AS BIGINT) AS bytes_tunnel
FROM coverage
GROUP BY sensor
ORDER BY sensor
