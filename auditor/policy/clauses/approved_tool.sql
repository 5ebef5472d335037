-- III.B, IV.C: use of tools "which the School District or the School Board has approved". A session that visits
-- nothing else is an approved tool's; else a minute is, in which all hosts are on the list.
SELECT
    p.*,
    (p.session_visits_unapproved = 0) AS approved_session,
    (p.session_visits_unapproved = 0 OR p.all_approved = 1) AS approved
FROM prong AS p
