-- Every exception on file. One that is not valid excuses nothing; the last figure is what it would have excused.
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
    COALESCE(exceptions.would_have_excused_minutes, 0) AS would_have_excused_minutes
FROM exceptions
ORDER BY exceptions.line, exceptions.exception_id
