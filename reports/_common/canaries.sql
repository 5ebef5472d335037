-- One row a sensor and service: whether devices were told by DNS not to use it. `told`: no, yes, both, unknown.
WITH services(service) AS (VALUES ('private_relay'), ('firefox_doh')),
sensors AS (SELECT DISTINCT sensor FROM coverage),
answers AS (
    SELECT
        sensors.sensor,
        services.service,
        CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'canary_' || service || '_asked'), 0) AS BIGINT) AS asked,
        CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'canary_' || service || '_denied'), 0) AS BIGINT) AS denied,
        CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'canary_' || service || '_allowed'), 0) AS BIGINT) AS allowed
    FROM sensors
    CROSS JOIN services
    LEFT JOIN coverage ON coverage.sensor = sensors.sensor
    GROUP BY sensors.sensor, services.service
)
SELECT
    sensor,
    service,
    CASE
        WHEN denied > 0 AND allowed > 0 THEN 'both'
        WHEN denied > 0 THEN 'yes'
        WHEN allowed > 0 THEN 'no'
        ELSE 'unknown'
    END AS told_not_to,
    asked,
    denied,
    allowed
FROM answers
ORDER BY sensor, service
