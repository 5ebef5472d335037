-- The use with the device as the School District knows it and who had it at that minute. A device that is not in
-- devices.csv is unknown, and so is one that hides behind a randomised MAC: nobody can say whose it is.
SELECT
    t.*,
    COALESCE(d.device_id, u.device_id) AS device_id,
    COALESCE(d.ownership, w.unknown_ownership) AS ownership,
    CASE
        WHEN t.client_key = w.student_client THEN w.student
        WHEN t.client_key = w.guest_client THEN w.guest
        ELSE COALESCE(d.holder, w.unknown_holder)
    END AS holder,
    COALESCE(d.person, w.nobody) AS holder_person,
    COALESCE(d.holding, 0) AS device_holding,
    COALESCE(d.line, 0) AS device_line
FROM client_traffic AS t
CROSS JOIN word AS w
LEFT JOIN device AS d
    ON d.client_key = t.client_key
    AND t.minute >= d.from_minute
    AND t.minute < d.to_minute
    AND (d.holder IN ('student', 'guest') OR NOT d.randomised)
LEFT JOIN unknown_device AS u
    ON d.device_id IS NULL
    AND u.client_key = CASE WHEN t.client_key <> '' THEN t.client_key ELSE t.address_key END
