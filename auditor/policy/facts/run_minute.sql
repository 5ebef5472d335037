-- Active minutes that follow each other without a longer gap than counts as idle belong together; each names the
-- first of its run. A change of owner begins a new run.
SELECT
    use_id,
    device_id,
    holding,
    platform,
    minute,
    visit,
    visits_unapproved,
    MAX(begins) OVER (
        PARTITION BY device_id, holding, platform ORDER BY minute
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS first_minute
FROM (
    SELECT
        a.use_id,
        a.device_id,
        a.holding,
        a.platform,
        a.minute,
        a.visit,
        a.visits_unapproved,
        CASE
            WHEN a.minute - LAG(a.minute) OVER (
                PARTITION BY a.device_id, a.holding, a.platform ORDER BY a.minute
            ) <= s.idle_minutes THEN NULL
            ELSE a.minute
        END AS begins
    FROM active_minute AS a
    CROSS JOIN settings AS s
) AS marked
