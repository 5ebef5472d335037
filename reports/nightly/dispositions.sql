-- Sessions by what was decided of them. Persons are 0 where the user is not known.
SELECT
    disposition,
    COUNT(*) AS sessions,
    COUNT(DISTINCT NULLIF(person, '')) AS persons,
    COUNT(DISTINCT device_id) AS devices,
    CAST(SUM(minutes) AS BIGINT) AS minutes_at_least,
    CAST(SUM(span_minutes) AS BIGINT) AS minutes_at_most
FROM findings
GROUP BY disposition
ORDER BY CASE disposition
    WHEN 'unapproved' THEN 1 WHEN 'excepted' THEN 2 WHEN 'approved_tool' THEN 3 WHEN 'permitted' THEN 4 ELSE 5
END
