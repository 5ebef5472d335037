-- One row a sensor: what it lost, by its own count and by what receivers acknowledged, and what came twice.
SELECT
    sensor,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'frames'), 0) AS BIGINT) AS frames,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes'), 0) AS BIGINT) AS bytes,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'frames_dropped'), 0) AS BIGINT) AS frames_dropped,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'frames_filtered'), 0) AS BIGINT) AS frames_filtered,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'frames_cut'), 0) AS BIGINT) AS frames_cut,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'frames_twice'), 0) AS BIGINT) AS frames_twice,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes_unseen'), 0) AS BIGINT) AS bytes_unseen,
    CAST(COALESCE(SUM(value) FILTER (WHERE measure = 'bytes_unseen_one_sided'), 0) AS BIGINT) AS bytes_unseen_one_sided
FROM coverage
GROUP BY sensor
ORDER BY sensor
