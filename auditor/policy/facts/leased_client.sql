-- Which device had an address at a minute, where the sensor saw no MAC: the one whose lease or claim began after every
-- other device was last seen to have the address. A claim doesn't stand against another device's lease. Where none
-- stands, the address is in dispute and nobody's.
SELECT address_key, minute, client_key, kind, source, frame
FROM (
    SELECT
        h.*,
        ROW_NUMBER() OVER (
            PARTITION BY h.address_key, h.minute
            ORDER BY CASE WHEN h.claim THEN 1 ELSE 0 END, h.from_minute DESC, h.to_minute DESC, h.source, h.frame
        ) AS best_first
    FROM held_address AS h
    LEFT JOIN (
        SELECT DISTINCT a.address_key, a.minute, a.client_key, a.claim, a.from_minute
        FROM held_address AS a
        INNER JOIN held_address AS other
            ON other.address_key = a.address_key
            AND other.minute = a.minute
            AND other.client_key <> a.client_key
            AND (other.seen_minute >= a.from_minute OR (a.claim AND NOT other.claim))
    ) AS disputed
        ON disputed.address_key = h.address_key
        AND disputed.minute = h.minute
        AND disputed.client_key = h.client_key
        AND disputed.claim = h.claim
        AND disputed.from_minute = h.from_minute
    WHERE disputed.client_key IS NULL
) AS standing
WHERE best_first = 1
