-- The leases and claims that nothing speaks against: no other device was seen to have the address after they began, or
-- may have had it in that minute, or got it since they were last seen to hold. All of an address and minute are one device's.
SELECT
    h.address_key,
    h.minute,
    h.client_key,
    h.kind,
    h.randomised,
    h.source,
    h.frame,
    ROW_NUMBER() OVER (
        PARTITION BY h.address_key, h.minute
        ORDER BY CASE WHEN h.claim THEN 1 ELSE 0 END, h.since_minute DESC, h.to_minute DESC, h.source, h.frame
    ) AS best_first
FROM held_address AS h
LEFT JOIN (
    SELECT DISTINCT a.address_key, a.minute, a.client_key, a.claim, a.since_minute, a.skew, a.source
    FROM held_address AS a
    INNER JOIN held_address AS other
        ON other.address_key = a.address_key
        AND other.minute = a.minute
        AND other.client_key <> a.client_key
    WHERE a.holds
      AND (
          a.minute < a.since_minute + a.skew
          OR other.seen_minute + CASE WHEN other.source = a.source THEN 0 ELSE a.skew + other.skew END >= a.since_minute
          OR (a.claim AND NOT other.claim)
      )
) AS disputed
    ON disputed.address_key = h.address_key
    AND disputed.minute = h.minute
    AND disputed.client_key = h.client_key
    AND disputed.claim = h.claim
    AND disputed.since_minute = h.since_minute
    AND disputed.skew = h.skew
    AND disputed.source = h.source
WHERE h.holds AND h.sure AND disputed.client_key IS NULL
