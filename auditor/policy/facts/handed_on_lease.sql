-- From when on another device was given the address of a lease or claim after that was last seen to hold. Where the clocks
-- leave doubt of what came first, it may have been given it: then the older one is not sure any more.
SELECT
    a.address_key,
    a.client_key,
    a.source,
    a.skew,
    a.since_minute,
    a.seen_minute,
    MIN(b.since_minute) AS doubtful_minute,
    MIN(
        CASE
            WHEN b.since_minute > a.seen_minute + CASE WHEN b.source = a.source THEN 0 ELSE a.skew + b.skew END
                THEN b.since_minute + b.skew
        END
    ) AS over_minute
FROM lease AS a
INNER JOIN lease AS b
    ON b.address_key = a.address_key
    AND b.client_key <> a.client_key
    AND NOT b.claim
    AND b.since_minute + CASE WHEN b.source = a.source THEN 0 ELSE a.skew + b.skew END >= a.seen_minute
    AND b.to_minute > a.since_minute
GROUP BY a.address_key, a.client_key, a.source, a.skew, a.since_minute, a.seen_minute
