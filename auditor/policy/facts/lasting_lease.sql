-- How long a lease or claim lasts. What was only foretold of it is over for good once another device was seen to be given
-- the address after it was last seen to hold. A device that claims more than 16 addresses in the day speaks for others, as
-- a router does: its claims count for nothing.
SELECT
    l.address_key,
    l.client_key,
    l.from_minute,
    CASE WHEN h.over_minute < l.to_minute THEN h.over_minute ELSE l.to_minute END AS to_minute,
    CASE WHEN h.doubtful_minute < l.to_minute THEN h.doubtful_minute ELSE l.to_minute END AS sure_minute,
    l.skew,
    l.kind,
    l.claim,
    l.since_minute,
    l.seen_minute,
    l.randomised,
    l.source,
    l.frame
FROM lease AS l
LEFT JOIN (
    SELECT c.client_key
    FROM lease AS c
    WHERE c.claim AND c.client_key NOT IN ('student', 'guest')
    GROUP BY c.client_key
    HAVING COUNT(DISTINCT c.address_key) > 16
) AS stand_in
    ON stand_in.client_key = l.client_key
LEFT JOIN handed_on_lease AS h
    ON h.address_key = l.address_key
    AND h.client_key = l.client_key
    AND h.source = l.source
    AND h.skew = l.skew
    AND h.since_minute = l.since_minute
    AND h.seen_minute = l.seen_minute
WHERE stand_in.client_key IS NULL OR NOT l.claim
