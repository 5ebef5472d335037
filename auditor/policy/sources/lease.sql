-- Which device had an address, and when: by lease (DHCP), or by the device's own claim (ARP, neighbour discovery).
SELECT
    address_key,
    client_key,
    CAST(from_minute AS BIGINT) AS from_minute,
    CAST(to_minute AS BIGINT) AS to_minute,
    kind,
    (kind IN ('arp', 'nd')) AS claim,
    CAST(seen_minute AS BIGINT) AS seen_minute,
    source,
    CAST(frame AS BIGINT) AS frame
FROM given_leases
