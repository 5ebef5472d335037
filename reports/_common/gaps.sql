-- Times of which a sensor has nothing although the traffic around them makes that unlikely (or it ended for good).
SELECT sensor, started_at, ended_at, minutes, inside, in_work_time FROM gaps ORDER BY sensor, started_at
