-- What was counted and not kept, by what was seen.
SELECT verdict, count FROM ledger WHERE count > 0 ORDER BY count DESC, verdict
