-- Which device had an address, and when: by lease (DHCP, lease files, RADIUS accounting), or by the device's own claim
-- (ARP, neighbour discovery). What a lease file or log says may be off by so many minutes: its clock is not the sensors'.
SELECT
    l.address_key,
    l.client_key,
    CAST(l.from_minute AS BIGINT) AS from_minute,
    CAST(l.to_minute AS BIGINT) AS to_minute,
    CASE WHEN l.logged THEN s.skew_minutes ELSE 0 END AS skew,
    l.kind,
    (l.kind IN ('arp', 'nd')) AS claim,
    CAST(l.since_minute AS BIGINT) AS since_minute,
    CAST(l.seen_minute AS BIGINT) AS seen_minute,
    l.randomised,
    l.source,
    CAST(l.frame AS BIGINT) AS frame
FROM given_leases AS l
CROSS JOIN settings AS s
WHERE l.kind <> 'logon'
