-- Which device the network had given an address to, and when (DHCP).
SELECT
    address_key,
    client_key,
    CAST(from_minute AS BIGINT) AS from_minute,
    CAST(to_minute AS BIGINT) AS to_minute,
    source,
    CAST(frame AS BIGINT) AS frame
FROM given_leases
