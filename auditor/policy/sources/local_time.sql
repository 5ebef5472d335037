-- What the clock on the wall reads at each minute of the day.
SELECT CAST(minute AS BIGINT) AS minute, local_time
FROM given_local_times
