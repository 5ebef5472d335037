-- Use that is counted and not looked into: it is not an employee's.
SELECT
    standing,
    CAST(SUM(flows) AS BIGINT) AS flows,
    CAST(SUM(bytes_up + bytes_down) AS BIGINT) AS bytes
FROM laid_traffic
WHERE standing IN ('student', 'guest', 'not_staff')
GROUP BY standing
