-- Use on devices whose user is not known: counted, never laid to a person.
SELECT
    COUNT(DISTINCT device_id) AS devices,
    CAST(COALESCE(SUM(minutes), 0) AS BIGINT) AS minutes_at_least,
    CAST(COALESCE(SUM(span_minutes), 0) AS BIGINT) AS minutes_at_most
FROM findings
WHERE disposition = 'unattributed'
