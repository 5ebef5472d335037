-- IV.B: "only permitted on a case by case basis, when used for a work related purpose and approved by the
-- employee's supervisor". Which exceptions excuse which minutes: valid ones, approved before the use.
SELECT DISTINCT m.use_id, m.device_id, m.holding, m.platform, m.first_minute, m.minute, e.exception_id
FROM prohibited AS m
INNER JOIN approval AS e
    ON e.person = m.person AND m.minute >= e.start_minute AND m.minute < e.end_minute
WHERE m.prohibited
  AND e.fault = ''
  AND e.approved_minute <= m.minute
  AND (e.device_id = '' OR e.device_id = m.device_id)
  AND (
      e.scope = 'any'
      OR (e.scope = 'platform' AND e.platform = m.platform)
      OR (e.scope = 'category' AND e.category = m.category)
  )
