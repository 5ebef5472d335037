-- The minutes of sessions: runs in which the platform's own site or app was opened at least once. Media and API
-- hosts alone are no use: they also come with other people's pages.
SELECT r.first_minute, opened.session_visits_unapproved, a.*
FROM active_minute AS a
INNER JOIN run_minute AS r ON r.use_id = a.use_id
INNER JOIN (
    SELECT device_id, holding, platform, first_minute, MAX(visits_unapproved) AS session_visits_unapproved
    FROM run_minute
    GROUP BY device_id, holding, platform, first_minute
    HAVING MAX(visit) = 1
) AS opened
    ON opened.device_id = r.device_id
    AND opened.holding = r.holding
    AND opened.platform = r.platform
    AND opened.first_minute = r.first_minute
