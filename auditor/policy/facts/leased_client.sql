-- Which device had an address at a minute, where the sensor saw no MAC: the one whose lease or claim began after every
-- other device was last seen to have the address. Minutes in which another device may still have had it, or may have had
-- it already, since the clock of a log is off by a little, are nobody's. A claim doesn't stand against another device's
-- lease. Where none stands, the address is in dispute and nobody's; where it may be a student's or guest's, it is theirs.
SELECT
    k.address_key,
    k.minute,
    CASE
        WHEN b.client_key = 'unknown' THEN w.no_client
        WHEN b.client_key IS NOT NULL THEN b.client_key
        WHEN k.student = 1 THEN w.student_client
        WHEN k.guest = 1 THEN w.guest_client
        ELSE w.no_client
    END AS client_key,
    CASE
        WHEN b.client_key = 'unknown' THEN 'unknown_device'
        WHEN b.client_key IS NULL AND k.held = 1 THEN 'disputed'
        WHEN b.client_key IS NULL THEN 'no_lease'
        ELSE ''
    END AS doubt,
    COALESCE(b.randomised, FALSE) AS randomised,
    COALESCE(b.kind, '') AS kind,
    COALESCE(b.source, '') AS source,
    COALESCE(b.frame, 0) AS frame
FROM (
    SELECT
        address_key,
        minute,
        MAX(CASE WHEN holds THEN 1 ELSE 0 END) AS held,
        MAX(CASE WHEN aside = 'student' THEN 1 ELSE 0 END) AS student,
        MAX(CASE WHEN aside = 'guest' THEN 1 ELSE 0 END) AS guest
    FROM held_address
    GROUP BY address_key, minute
) AS k
CROSS JOIN word AS w
LEFT JOIN standing_lease AS b
    ON b.address_key = k.address_key AND b.minute = k.minute AND b.best_first = 1
