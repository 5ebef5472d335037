-- One row a day, sensor and kind of tunnel or encrypted DNS: nobody can say what was used inside.
SELECT
    CAST(day AS VARCHAR) AS day,
    sensor,
    regexp_extract(measure, '^(bytes|flows)_tunnel_(.*)$', 2) AS kind,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure LIKE 'flows%'), 0) AS BIGINT) AS flows,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure LIKE 'bytes%'), 0) AS BIGINT) AS bytes
FROM coverage
WHERE regexp_matches(measure, '^(bytes|flows)_tunnel_')
GROUP BY 1, 2, 3
ORDER BY 1, 2, bytes DESC, kind
