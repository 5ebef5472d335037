-- Which device had an address at a minute, where the sensor saw no MAC: the lease that began last holds.
SELECT address_key, minute, client_key, source, frame
FROM (
    SELECT
        t.address_key,
        t.minute,
        l.client_key,
        l.source,
        l.frame,
        ROW_NUMBER() OVER (
            PARTITION BY t.address_key, t.minute
            ORDER BY l.from_minute DESC, l.to_minute DESC, l.client_key, l.source, l.frame
        ) AS newest_first
    FROM (SELECT DISTINCT address_key, minute FROM traffic WHERE client_key = '') AS t
    INNER JOIN lease AS l
        ON l.address_key = t.address_key AND t.minute >= l.from_minute AND t.minute < l.to_minute
) AS held
WHERE newest_first = 1
