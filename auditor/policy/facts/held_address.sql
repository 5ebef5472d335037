-- Every lease and claim that held at a minute, of addresses that the sensor saw without a MAC. A device that claims more
-- than 16 addresses in the day speaks for others, as a router does: its claims count for nothing.
SELECT
    t.address_key,
    t.minute,
    l.client_key,
    l.claim,
    l.kind,
    l.from_minute,
    l.to_minute,
    l.seen_minute,
    l.source,
    l.frame
FROM (SELECT DISTINCT address_key, minute FROM traffic WHERE client_key = '') AS t
INNER JOIN lease AS l
    ON l.address_key = t.address_key AND t.minute >= l.from_minute AND t.minute < l.to_minute
LEFT JOIN (
    SELECT c.client_key
    FROM lease AS c
    WHERE c.claim
    GROUP BY c.client_key
    HAVING COUNT(DISTINCT c.address_key) > 16
) AS stand_in
    ON stand_in.client_key = l.client_key
WHERE stand_in.client_key IS NULL OR NOT l.claim
