-- Lease files and logs that tell of these days, and by how much their clocks run ahead of the sensors': the median over
-- the leases that captures hold, too.
SELECT
    file,
    format,
    times,
    holds,
    compared,
    ahead_seconds,
    tolerated_seconds,
    COALESCE(ABS(ahead_seconds) > tolerated_seconds, FALSE) AS beyond
FROM clocks
ORDER BY beyond DESC, file
