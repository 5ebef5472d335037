-- The days of the period, or its weeks (by their Monday) when it is longer than a month, and on how many of its days anything was captured.
WITH days AS (
    SELECT
        CAST(unnest(generate_series(CAST(first_day AS DATE), CAST(last_day AS DATE), INTERVAL 1 DAY)) AS DATE) AS day,
        days > 31 AS by_week
    FROM period
)
SELECT
    CAST(CASE WHEN by_week THEN CAST(date_trunc('week', day) AS DATE) ELSE day END AS VARCHAR) AS bucket,
    by_week,
    COUNT(*) AS days,
    COUNT(*) FILTER (WHERE CAST(day AS VARCHAR) IN (SELECT CAST(day AS VARCHAR) FROM coverage)) AS days_captured
FROM days
GROUP BY 1, 2
ORDER BY 1
