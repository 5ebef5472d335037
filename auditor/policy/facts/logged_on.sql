-- Which employee was logged on at a device at a minute: the one whose log-on began after every other user was last heard
-- of there, and in that minute beyond what the log's clock may be off. Where two may have been, it names nobody; first
-- and last are the employees that it may have been.
SELECT
    k.client_key,
    k.minute,
    COALESCE(b.person, w.nobody) AS person,
    COALESCE(b.source, '') AS source,
    COALESCE(b.frame, 0) AS frame,
    CASE WHEN b.client_key IS NOT NULL THEN b.person ELSE k.first_person END AS first_person,
    CASE WHEN b.client_key IS NOT NULL THEN b.person ELSE k.last_person END AS last_person,
    (b.client_key IS NULL AND k.held = 1 AND k.last_person <> '') AS two_named
FROM (
    SELECT
        client_key,
        minute,
        MAX(CASE WHEN holds THEN 1 ELSE 0 END) AS held,
        MIN(CASE WHEN person <> '' THEN person END) AS first_person,
        MAX(person) AS last_person
    FROM held_logon
    GROUP BY client_key, minute
) AS k
CROSS JOIN word AS w
LEFT JOIN (
    SELECT
        h.*,
        ROW_NUMBER() OVER (
            PARTITION BY h.client_key, h.minute
            ORDER BY h.from_minute DESC, h.to_minute DESC, h.source, h.frame
        ) AS best_first
    FROM held_logon AS h
    LEFT JOIN (
        SELECT DISTINCT a.client_key, a.minute, a.person, a.from_minute, a.source
        FROM held_logon AS a
        INNER JOIN held_logon AS other
            ON other.client_key = a.client_key AND other.minute = a.minute AND other.person <> a.person
        WHERE a.holds
          AND (
              a.minute < a.from_minute + a.skew
              OR other.seen_minute + CASE WHEN other.source = a.source THEN 0 ELSE a.skew + other.skew END
              >= a.from_minute
          )
    ) AS disputed
        ON disputed.client_key = h.client_key
        AND disputed.minute = h.minute
        AND disputed.person = h.person
        AND disputed.from_minute = h.from_minute
        AND disputed.source = h.source
    WHERE h.holds AND disputed.client_key IS NULL
) AS b
    ON b.client_key = k.client_key AND b.minute = k.minute AND b.best_first = 1
