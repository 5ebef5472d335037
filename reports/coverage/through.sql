-- What reached the sensors through access points and tunnels: one row an address of such an end, by sensor. Ends that may
-- be a client's own machine are not named; they stand together as "others".
SELECT
    sensor,
    SUBSTR(measure, 15) AS seen_through,
    COUNT(DISTINCT day) AS days,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure LIKE 'flows%'), 0) AS BIGINT) AS flows,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure LIKE 'bytes%'), 0) AS BIGINT) AS bytes
FROM coverage
WHERE measure LIKE 'flows_through %' OR measure LIKE 'bytes_through %'
GROUP BY 1, 2
ORDER BY sensor, seen_through
