-- The use with the device that it came from: by the MAC that was seen, or else by who had its address.
SELECT
    t.use_id,
    t.minute,
    t.site,
    CASE WHEN t.client_key <> '' THEN t.client_key ELSE COALESCE(l.client_key, t.client_key) END AS client_key,
    t.address_key,
    t.randomised,
    (t.randomised OR COALESCE(l.randomised, FALSE)) AS hidden,
    COALESCE(l.client_key <> '', FALSE) AS by_lease,
    CASE WHEN t.client_key <> '' THEN '' ELSE COALESCE(l.doubt, 'no_lease') END AS doubt,
    COALESCE(l.kind, '') AS lease_kind,
    COALESCE(l.source, '') AS lease_source,
    COALESCE(l.frame, 0) AS lease_frame,
    t.platform,
    t.category,
    t.visit,
    t.content,
    t.named_on_the_wire,
    t.visits_unapproved,
    t.all_approved,
    t.bytes_up,
    t.bytes_down,
    t.flows,
    t.visit_flows
FROM platform_traffic AS t
LEFT JOIN leased_client AS l
    ON t.client_key = '' AND l.address_key = t.address_key AND l.minute = t.minute
