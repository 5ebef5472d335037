-- The School District's employees on this day (staff.csv).
SELECT person, role, CAST(line AS BIGINT) AS line
FROM given_staff
