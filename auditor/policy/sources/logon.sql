-- Which employee was logged on to the School District's network at which device, by RADIUS accounting. Where the user is
-- no employee that is known, person is empty: it was somebody. Its clock is not the sensors'.
SELECT
    l.client_key,
    l.person,
    CAST(l.from_minute AS BIGINT) AS from_minute,
    CAST(l.to_minute AS BIGINT) AS to_minute,
    s.skew_minutes AS skew,
    CAST(l.seen_minute AS BIGINT) AS seen_minute,
    l.source,
    CAST(l.frame AS BIGINT) AS frame
FROM given_leases AS l
CROSS JOIN settings AS s
WHERE l.kind = 'logon'
