-- The minutes of each session counted up.
SELECT
    device_id,
    holding,
    platform,
    first_minute,
    MAX(minute) AS last_minute,
    MIN(category) AS category,
    MIN(CASE WHEN minute = first_minute THEN site END) AS site,
    MIN(ownership) AS ownership,
    MIN(standing) AS standing,
    MIN(person) AS person,
    MIN(role) AS role,
    COUNT(*) AS minutes,
    SUM(CASE WHEN work_time THEN 1 ELSE 0 END) AS work_minutes,
    CASE WHEN COUNT(school_hours) = COUNT(*) THEN SUM(CASE WHEN school_hours THEN 1 ELSE 0 END) END AS school_minutes,
    SUM(CASE WHEN prohibited THEN 1 ELSE 0 END) AS prohibited_minutes,
    SUM(CASE WHEN prohibited AND excused THEN 1 ELSE 0 END) AS excepted_minutes,
    MAX(CASE WHEN counts_work_time THEN 'work_time ' ELSE '' END) AS work_time_prong,
    MAX(CASE WHEN counts_equipment THEN 'equipment ' ELSE '' END) AS equipment_prong,
    MAX(CASE WHEN counts_wifi THEN 'wifi ' ELSE '' END) AS wifi_prong,
    MIN(CASE WHEN approved_session THEN 1 ELSE 0 END) AS approved_session,
    SUM(bytes_up) AS bytes_up,
    SUM(bytes_down) AS bytes_down,
    CASE WHEN MAX(named_on_the_wire) = 0 THEN 1 ELSE 0 END AS named_by_dns_only,
    MAX(by_lease) AS known_by_lease,
    CASE WHEN SUM(visit_flows) = 1 AND MAX(content) = 0 AND COUNT(*) = 1 THEN 1 ELSE 0 END AS thin
FROM judged_minute
GROUP BY device_id, holding, platform, first_minute
