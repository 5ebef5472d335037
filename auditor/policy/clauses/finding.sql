-- One row a session: how much of it is prohibited, how much of that a supervisor had approved, what is left, and
-- how sure we are. Use without a matching approval is what the network can show; intent it can't.
SELECT
    n.device_id,
    n.holding,
    n.platform,
    n.first_minute,
    s.day,
    n.person,
    n.ownership,
    n.site,
    n.role,
    n.category,
    b.local_time AS started_at,
    e.local_time AS ended_at,
    CAST(n.minutes AS BIGINT) AS minutes,
    CAST(n.last_minute - n.first_minute + 1 AS BIGINT) AS span_minutes,
    CAST(n.work_minutes AS BIGINT) AS work_minutes,
    CAST(n.prohibited_minutes AS BIGINT) AS prohibited_minutes,
    CAST(n.excepted_minutes AS BIGINT) AS excepted_minutes,
    CAST(n.prohibited_minutes - n.excepted_minutes AS BIGINT) AS unapproved_minutes,
    TRIM(CONCAT(n.work_time_prong, n.equipment_prong, n.wifi_prong)) AS prongs,
    CASE
        WHEN n.standing = 'unattributed' THEN 'unattributed'
        WHEN n.approved_session = 1 THEN 'approved_tool'
        WHEN n.prohibited_minutes = 0 THEN 'permitted'
        WHEN n.prohibited_minutes = n.excepted_minutes THEN 'excepted'
        ELSE 'unapproved'
    END AS disposition,
    CASE n.named_by_dns_only + n.known_by_lease + n.named_by_logon + n.thin
        WHEN 0 THEN 'high'
        WHEN 1 THEN 'medium'
        ELSE 'low'
    END AS confidence,
    CAST(n.bytes_up AS BIGINT) AS bytes_up,
    CAST(n.bytes_down AS BIGINT) AS bytes_down,
    CAST(n.school_minutes AS BIGINT) AS school_minutes,
    s.enforced
FROM session AS n
CROSS JOIN settings AS s
INNER JOIN local_time AS b ON b.minute = n.first_minute
INNER JOIN local_time AS e ON e.minute = n.last_minute + 1
