-- "School District approved" tools (III.B, IV.C): the hosts that are on the list this day (approved_tools.csv).
SELECT platform, host, CAST(MIN(line) AS BIGINT) AS line
FROM given_approved_hosts
GROUP BY platform, host
