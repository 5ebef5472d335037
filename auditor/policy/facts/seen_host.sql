-- Each host that was used, with whose use it was, and the frame and the lease that say so.
SELECT
    l.device_id,
    l.holding,
    l.platform,
    l.minute,
    l.person,
    n.holder_person,
    l.standing,
    l.unattributed_reason,
    l.client_key,
    n.randomised,
    l.by_lease,
    n.lease_kind,
    n.lease_source,
    n.lease_frame,
    l.by_logon,
    n.logon_source,
    n.logon_frame,
    t.host,
    t.evidence,
    t.name_source,
    t.bytes_up,
    t.bytes_down,
    t.flows,
    t.capture,
    t.frame,
    t.seen_through
FROM traffic AS t
INNER JOIN laid_traffic AS l ON l.use_id = t.use_id
INNER JOIN named_traffic AS n ON n.use_id = t.use_id
