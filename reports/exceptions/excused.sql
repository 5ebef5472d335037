-- What all exceptions excused together. A minute that several of them excuse counts once.
SELECT CAST(COALESCE(SUM(findings.excepted_minutes), 0) AS BIGINT) AS minutes FROM findings
