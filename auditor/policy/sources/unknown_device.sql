-- What a device is called that is not in devices.csv, by the pseudonym of its MAC or, where none was seen, its address.
SELECT client_key, device_id
FROM given_unknown_devices
