-- Why the users of devices are not known; each device stands at the reason that most of its minutes have.
SELECT reason, COUNT(*) AS devices, CAST(SUM(minutes) AS BIGINT) AS minutes
FROM (
    SELECT
        device_id,
        FIRST(reason ORDER BY minutes DESC, reason) AS reason,
        SUM(minutes) AS minutes
    FROM nobodys
    GROUP BY device_id
)
GROUP BY reason
ORDER BY reason
