-- Every log-on at a device that held, or may have held, at a minute of use. A log's clock may be off by a little.
SELECT
    t.client_key,
    t.minute,
    l.person,
    (t.minute >= l.from_minute AND t.minute < l.to_minute) AS holds,
    l.from_minute,
    l.to_minute,
    l.seen_minute,
    l.skew,
    l.source,
    l.frame
FROM (
    SELECT DISTINCT c.client_key, c.minute
    FROM client_traffic AS c
    INNER JOIN (SELECT DISTINCT client_key FROM logon) AS k ON k.client_key = c.client_key
) AS t
INNER JOIN logon AS l
    ON l.client_key = t.client_key AND t.minute >= l.from_minute - l.skew AND t.minute < l.to_minute + l.skew
