-- Use of public social media networks (III.A) on this day, as the sensors saw it: by minute, client and host.
-- Only the platforms' own sites and apps (visit) and their media and API hosts (content) count. What is of one minute,
-- site, client and platform bears one use_id.
SELECT
    CAST(t.use_id AS BIGINT) AS use_id,
    CAST(t.minute AS BIGINT) AS minute,
    t.site,
    t.client_key,
    t.address_key,
    t.randomised,
    t.platform,
    t.category,
    t.evidence,
    t.host,
    t.name_source,
    CAST(t.bytes_up AS BIGINT) AS bytes_up,
    CAST(t.bytes_down AS BIGINT) AS bytes_down,
    CAST(t.flows AS BIGINT) AS flows,
    t.capture,
    CAST(t.frame AS BIGINT) AS frame,
    t.seen_through
FROM given_activity AS t
CROSS JOIN settings AS s
WHERE t.evidence IN ('visit', 'content')
  AND t.minute >= s.start_minute
  AND t.minute < s.end_minute
