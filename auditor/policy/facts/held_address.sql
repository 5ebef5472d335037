-- Every lease and claim that held, or may have held, at a minute, of addresses that the sensor saw without a MAC. What a
-- log says may have begun earlier or ended later, by as much as its clock may be off. A device that claims more than 16
-- addresses in the day speaks for others, as a router does: its claims count for nothing.
SELECT
    t.address_key,
    t.minute,
    l.client_key,
    CASE WHEN l.client_key IN ('student', 'guest') THEN l.client_key ELSE COALESCE(d.holder, '') END AS aside,
    (t.minute >= l.from_minute AND t.minute < l.to_minute) AS holds,
    l.claim,
    l.kind,
    l.from_minute,
    l.to_minute,
    l.since_minute,
    l.seen_minute,
    l.skew,
    l.randomised,
    l.source,
    l.frame
FROM (SELECT DISTINCT address_key, minute FROM traffic WHERE client_key = '') AS t
INNER JOIN lease AS l
    ON l.address_key = t.address_key AND t.minute >= l.from_minute - l.skew AND t.minute < l.to_minute + l.skew
LEFT JOIN (
    SELECT c.client_key
    FROM lease AS c
    WHERE c.claim AND c.client_key NOT IN ('student', 'guest')
    GROUP BY c.client_key
    HAVING COUNT(DISTINCT c.address_key) > 16
) AS stand_in
    ON stand_in.client_key = l.client_key
LEFT JOIN device AS d
    ON d.client_key = l.client_key
    AND t.minute >= d.from_minute
    AND t.minute < d.to_minute
    AND d.holder IN ('student', 'guest')
WHERE stand_in.client_key IS NULL OR NOT l.claim
