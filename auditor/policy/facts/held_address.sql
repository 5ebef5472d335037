-- Every lease and claim that held, or may have held, at a minute, of addresses that the sensor saw without a MAC. What a
-- log says may have begun earlier or ended later, by as much as its clock may be off.
SELECT
    t.address_key,
    t.minute,
    l.client_key,
    CASE WHEN l.client_key IN ('student', 'guest') THEN l.client_key ELSE COALESCE(d.holder, '') END AS aside,
    (t.minute >= l.from_minute AND t.minute < l.to_minute) AS holds,
    (t.minute < l.sure_minute) AS sure,
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
INNER JOIN lasting_lease AS l
    ON l.address_key = t.address_key AND t.minute >= l.from_minute - l.skew AND t.minute < l.to_minute + l.skew
LEFT JOIN device AS d
    ON d.client_key = l.client_key
    AND t.minute >= d.from_minute
    AND t.minute < d.to_minute
    AND d.holder IN ('student', 'guest')
