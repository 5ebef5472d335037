-- Use "approved by the employee's supervisor" (IV.B): the hours of this day that each exception covers.
-- One with a fault excuses nothing (exceptions.csv).
SELECT
    exception_id,
    person,
    scope,
    platform,
    category,
    device_id,
    CAST(approved_minute AS BIGINT) AS approved_minute,
    CAST(start_minute AS BIGINT) AS start_minute,
    CAST(end_minute AS BIGINT) AS end_minute,
    fault
FROM given_approvals
