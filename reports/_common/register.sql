-- Every exception on file. Minutes are excused by it alone or by others as well (shared). One that is not valid excuses
-- nothing; would_have is what it would have excused. Before its approval nothing is excused either.
SELECT
    exceptions.exception_id,
    exceptions.line,
    exceptions.employee,
    exceptions.platform,
    COALESCE(exceptions.purpose, '') AS purpose,
    COALESCE(exceptions.state, '') AS state,
    COALESCE(exceptions.valid, FALSE) AS valid,
    COALESCE(exceptions.fault, '') AS fault,
    COALESCE(exceptions.excused_minutes, 0) AS excused_minutes,
    COALESCE(exceptions.would_have_excused_minutes, 0) AS would_have_excused_minutes,
    COALESCE(exceptions.excused_sessions, 0) AS excused_sessions,
    COALESCE(exceptions.alone_minutes, 0) AS alone_minutes,
    COALESCE(exceptions.shared_minutes, 0) AS shared_minutes,
    COALESCE(exceptions.before_approval_minutes, 0) AS before_approval_minutes,
    COALESCE(exceptions.place, '') AS place
FROM exceptions
ORDER BY exceptions.line, exceptions.exception_id
