-- Each host that was used, with whose use it was, and the frame and the lease that say so.
SELECT
    l.device_id,
    l.holding,
    l.platform,
    l.minute,
    l.person,
    l.holder_person,
    l.standing,
    l.client_key,
    l.randomised,
    l.by_lease,
    l.lease_kind,
    l.lease_source,
    l.lease_frame,
    l.by_logon,
    l.logon_source,
    l.logon_frame,
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
