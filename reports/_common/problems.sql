-- What `auditor check` says of the district folder.
SELECT severity, where_ AS place, what, hint FROM problems ORDER BY severity, where_, what
