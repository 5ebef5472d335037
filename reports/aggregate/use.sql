-- One person's use in the finest cell of the report. These rows never leave the program: see auditor/report/aggregate.py.
-- low: minutes in which use was seen; high: the idle minutes inside the same sessions counted too.
SELECT
    person,
    COALESCE(site, '') AS site,
    COALESCE(role, '') AS role,
    category,
    platform,
    CASE
        WHEN (SELECT days FROM period) > 31 THEN CAST(CAST(date_trunc('week', CAST(day AS DATE)) AS DATE) AS VARCHAR)
        ELSE CAST(day AS VARCHAR)
    END AS bucket,
    platform IN (SELECT platform FROM reference_platforms) AS reference,
    CAST(SUM(unapproved_minutes) AS BIGINT) AS low,
    CAST(SUM(CASE WHEN unapproved_minutes > 0 THEN unapproved_minutes + span_minutes - minutes ELSE 0 END) AS BIGINT) AS high,
    CAST(SUM(excepted_minutes) AS BIGINT) AS excepted,
    CAST(SUM(CASE WHEN disposition = 'approved_tool' THEN minutes ELSE 0 END) AS BIGINT) AS approved_tool,
    CAST(SUM(excepted_minutes + CASE WHEN disposition = 'approved_tool' THEN minutes ELSE 0 END) AS BIGINT) AS approved
FROM findings
WHERE person <> '' -- and not NULL
GROUP BY ALL
ORDER BY ALL
