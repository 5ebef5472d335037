-- The use by minute, client and platform: its bytes, and what its hosts prove. A visit is to the platform's own site or
-- app; hosts on the list of approved tools are told from the others.
SELECT
    MIN(t.use_id) AS use_id,
    t.minute,
    t.site,
    t.client_key,
    t.address_key,
    t.randomised,
    t.platform,
    MIN(t.category) AS category,
    MAX(CASE WHEN t.evidence = 'visit' THEN 1 ELSE 0 END) AS visit,
    MAX(CASE WHEN t.evidence = 'content' THEN 1 ELSE 0 END) AS content,
    MAX(CASE WHEN t.evidence = 'visit' AND t.name_source <> 'dns' THEN 1 ELSE 0 END) AS named_on_the_wire,
    MAX(CASE WHEN t.evidence = 'visit' AND h.host IS NULL THEN 1 ELSE 0 END) AS visits_unapproved,
    MIN(CASE WHEN h.host IS NULL THEN 0 ELSE 1 END) AS all_approved,
    CAST(SUM(t.bytes_up) AS BIGINT) AS bytes_up,
    CAST(SUM(t.bytes_down) AS BIGINT) AS bytes_down,
    CAST(SUM(t.flows) AS BIGINT) AS flows,
    CAST(SUM(CASE WHEN t.evidence = 'visit' THEN t.flows ELSE 0 END) AS BIGINT) AS visit_flows
FROM traffic AS t
LEFT JOIN approved_host AS h ON h.platform = t.platform AND h.host = t.host
GROUP BY t.minute, t.site, t.client_key, t.address_key, t.randomised, t.platform
