-- Sensors at which single MAC addresses carried more client addresses than one device has, as a router's does.
SELECT
    sensor,
    COUNT(DISTINCT day) AS days,
    CAST(SUM(value) FILTER (WHERE measure = 'bytes_by_routers') AS BIGINT) AS bytes_by_routers,
    CAST(SUM(value) FILTER (WHERE measure = 'bytes') AS BIGINT) AS bytes
FROM coverage
WHERE sensor IN (SELECT sensor FROM coverage WHERE measure = 'bytes_by_routers')
GROUP BY sensor
ORDER BY sensor
