-- One row a capture file: what was read of it, and how many frames or records ended in a verdict of the ledger.
SELECT
    captures.path,
    captures.sensor,
    captures.site,
    captures.first_ns,
    captures.last_ns,
    captures.frames,
    captures.size_bytes,
    captures.status,
    captures.notes,
    CAST(COALESCE(SUM(capture_ledger.count), 0) AS BIGINT) AS set_aside,
    captures.sha256
FROM captures
LEFT JOIN capture_ledger ON capture_ledger.sha256 = captures.sha256
GROUP BY ALL
ORDER BY captures.sensor, captures.first_ns, captures.path
