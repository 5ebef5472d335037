-- The day that is decided and the reading of IV.B in force: which prongs are enforced, and what counts as use.
-- "During school work time" is decided by the employee's work time or, if the School District says so, by school hours.
SELECT
    day,
    CAST(start_minute AS BIGINT) AS start_minute,
    CAST(end_minute AS BIGINT) AS end_minute,
    CAST(idle_minutes AS BIGINT) AS idle_minutes,
    CAST(active_bytes AS BIGINT) AS active_bytes,
    CAST(skew_minutes AS BIGINT) AS skew_minutes,
    enforce_work_time,
    enforce_equipment,
    enforce_wifi,
    school_hours_decide,
    enforced
FROM given_settings
