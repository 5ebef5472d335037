-- The use with the device as the School District knows it and who had it at that minute. A device that is not in
-- devices.csv is unknown, and so is one that hides behind a randomised MAC: nobody can say whose it is.
SELECT
    t.*,
    CASE
        WHEN d.device_id IS NOT NULL THEN d.device_id
        WHEN t.client_key <> '' THEN CONCAT('unknown-', SUBSTR(t.client_key, 1, 12))
        ELSE CONCAT('unknown-', SUBSTR(t.address_key, 1, 12))
    END AS device_id,
    COALESCE(d.ownership, 'unknown') AS ownership,
    CASE WHEN t.client_key IN ('student', 'guest') THEN t.client_key ELSE COALESCE(d.holder, 'unknown') END AS holder,
    COALESCE(d.person, '') AS holder_person,
    COALESCE(d.holding, 0) AS device_holding,
    COALESCE(d.line, 0) AS device_line
FROM client_traffic AS t
LEFT JOIN device AS d
    ON d.client_key = t.client_key
    AND t.minute >= d.from_minute
    AND t.minute < d.to_minute
    AND (d.holder IN ('student', 'guest') OR NOT d.randomised)
