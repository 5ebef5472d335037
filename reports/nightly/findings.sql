-- One row a session, as `auditor findings` gives them.
SELECT * REPLACE (CAST(day AS VARCHAR) AS day) FROM findings ORDER BY day, started_at, device_id, platform
