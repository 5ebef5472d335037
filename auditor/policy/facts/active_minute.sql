-- The minutes in which a device used a platform: it exchanged at least the bytes that count as use. Each
-- bears the least use_id of its use.
SELECT
    MIN(t.use_id) AS use_id,
    t.device_id,
    t.holding,
    t.platform,
    t.minute,
    MIN(t.category) AS category,
    MIN(t.site) AS site,
    MIN(t.ownership) AS ownership,
    CASE WHEN MIN(t.person) <> '' THEN 'employee' ELSE 'unattributed' END AS standing,
    MIN(t.person) AS person,
    MIN(t.role) AS role,
    MIN(t.staff_line) AS staff_line,
    MIN(t.device_line) AS device_line,
    CAST(SUM(t.bytes_up) AS BIGINT) AS bytes_up,
    CAST(SUM(t.bytes_down) AS BIGINT) AS bytes_down,
    MAX(t.visit) AS visit,
    MAX(t.content) AS content,
    MAX(t.named_on_the_wire) AS named_on_the_wire,
    MAX(t.visits_unapproved) AS visits_unapproved,
    MIN(t.all_approved) AS all_approved,
    MAX(CASE WHEN t.by_lease THEN 1 ELSE 0 END) AS by_lease,
    MAX(CASE WHEN t.by_logon THEN 1 ELSE 0 END) AS by_logon,
    MIN(t.unattributed_reason) AS unattributed_reason,
    CAST(SUM(t.visit_flows) AS BIGINT) AS visit_flows
FROM laid_traffic AS t
CROSS JOIN settings AS s
WHERE t.standing IN ('employee', 'unattributed')
GROUP BY t.device_id, t.holding, t.platform, t.minute
HAVING SUM(t.bytes_up + t.bytes_down) >= MAX(s.active_bytes)
