-- The devices on this day, whose equipment they are and who had them when (devices.csv). A holding is an
-- unbroken time in which one device had one owner.
SELECT
    client_key,
    device_id,
    ownership,
    holder,
    person,
    randomised,
    CAST(holding AS BIGINT) AS holding,
    CAST(from_minute AS BIGINT) AS from_minute,
    CAST(to_minute AS BIGINT) AS to_minute,
    CAST(line AS BIGINT) AS line
FROM given_devices
