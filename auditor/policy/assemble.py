"""Findings and their minutes as tables, from a day's views: in their order, with ids, exceptions and hosts as texts.

What the engines do differently stands here and not among the views: joining texts, hashing, sorting.
"""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# The views that are read here.
ASKED = frozenset({"finding", "judged_minute", "excuse", "laid_traffic", "traffic", "set_aside"})
_SESSION = "device_id, holding, platform, first_minute"
# The place of each session among the findings.
_PLACED = f"""
    CREATE TABLE placed AS
    SELECT
        {_SESSION},
        ROW_NUMBER() OVER (ORDER BY first_minute, device_id, platform, person, holding) - 1 AS place,
        ROW_NUMBER() OVER (PARTITION BY first_minute, device_id, platform ORDER BY person, holding) AS nth
    FROM finding
"""
# `f-` and 12 hex digits, from what stands in the row. Two rows may begin alike, where a device is somebody's by one
# adapter and in doubt by the other: the number of the second one, by person, is hashed too.
_FINDINGS = f"""
    SELECT
        f.*,
        'f-' || SUBSTR(
            SHA256(CONCAT_WS('|', f.day, f.device_id, f.platform, f.started_at, CASE WHEN p.nth > 1 THEN p.nth END)),
            1, 12
        ) AS finding_id,
        COALESCE(e.exception_ids, '') AS exception_id
    FROM finding AS f
    INNER JOIN placed AS p USING ({_SESSION})
    LEFT JOIN (
        SELECT {_SESSION}, STRING_AGG(DISTINCT exception_id, ' ' ORDER BY exception_id) AS exception_ids
        FROM excuse GROUP BY {_SESSION}
    ) AS e USING ({_SESSION})
    ORDER BY p.place
"""
# To be filled with the columns that are asked for; put in order afterwards, which is faster.
_MINUTES = f"""
    SELECT p.place, j.use_id, {{}}, COALESCE(e.exception_ids, '') AS exception_id
    FROM judged_minute AS j
    INNER JOIN placed AS p USING ({_SESSION})
    LEFT JOIN (
        SELECT use_id, STRING_AGG(DISTINCT exception_id, ' ' ORDER BY exception_id) AS exception_ids
        FROM excuse GROUP BY use_id
    ) AS e USING (use_id)
"""
# Which judged minute each use is of.
_USED = """
    SELECT l.use_id, j.use_id AS judged
    FROM laid_traffic AS l
    INNER JOIN judged_minute AS j USING (device_id, holding, platform, minute)
"""
_HOSTS = "SELECT use_id, host FROM traffic"


def findings_and_minutes(
    views: duckdb.DuckDBPyConnection, day: str, findings: pa.Schema, minutes: pa.Schema
) -> tuple[pa.Table, pa.Table]:
    """The findings by start, device and platform, and their minutes by finding and minute, in these columns."""
    views.execute(_PLACED)
    found = _fetched(views, _FINDINGS)
    judged = _in_order(_fetched(views, _MINUTES.format(_columns_of(views, minutes))))
    by_session, by_minute = _host_texts(views, judged)
    ids = found["finding_id"].combine_chunks()
    columns = {
        "finding_id": ids.take(judged["place"].combine_chunks()),
        "day": pa.repeat(day, judged.num_rows),
        "hosts": by_minute,
    }
    return _shaped(found, {"hosts": by_session}, findings), _shaped(judged, columns, minutes)


def _fetched(views: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return views.sql(query).to_arrow_table()


def _columns_of(views: duckdb.DuckDBPyConnection, schema: pa.Schema) -> str:
    """Those of the schema's columns that judged minutes have."""
    there = views.sql("SELECT * FROM judged_minute").columns
    return ", ".join(f"j.{name}" for name in schema.names if name in there)


def _in_order(judged: pa.Table) -> pa.Table:
    """The minutes by the finding's place and minute."""
    place, minute = _numbers(judged, "place"), _numbers(judged, "minute")
    return judged.combine_chunks().take(pa.array(np.lexsort((minute, place))))


def _numbers(rows: pa.Table, name: str) -> npt.NDArray[np.int64]:
    column: npt.NDArray[np.int64] = rows[name].to_numpy().astype(np.int64)
    return column


def _host_texts(views: duckdb.DuckDBPyConnection, judged: pa.Table) -> tuple[pa.Array, pa.Array]:
    """The hosts of each session, and of each of the minutes `judged`, in order and joined by spaces."""
    used, seen = _fetched(views, _USED), _fetched(views, _HOSTS)
    uses, judged_uses = _numbers(used, "use_id"), _numbers(judged, "use_id")
    row_of = np.full(max(uses.max(initial=0), judged_uses.max(initial=0)) + 1, -1)
    row_of[judged_uses] = np.arange(len(judged_uses))
    row_of_use = np.full(int(_numbers(seen, "use_id").max(initial=0)) + 1, -1)
    row_of_use[uses] = row_of[_numbers(used, "judged")]
    row = row_of_use[_numbers(seen, "use_id")]
    hosts = seen["host"].dictionary_encode().unify_dictionaries().combine_chunks()
    names = hosts.dictionary.to_pylist()
    words = sorted(names)
    order = {word: number for number, word in enumerate(words)}
    host = np.array([order[name] for name in names], np.int64)[hosts.indices.to_numpy()]
    in_session = row >= 0
    many = max(1, len(words))
    each = _distinct(row[in_session] * many + host[in_session])
    whole = _distinct(_numbers(judged, "place")[each // many] * many + each % many)
    listed = pa.array(words, pa.string())
    return _joined(whole, many, listed), _joined(each, many, listed)


def _distinct(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Sorted and without repetition; np.unique takes ten times as long."""
    ordered = np.sort(keys)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def _joined(keys: npt.NDArray[np.int64], many: int, words: pa.Array) -> pa.Array:
    """The words of each group, joined; a key is the group's number times `many`, and the word's."""
    begins = np.flatnonzero(np.diff(keys // many, prepend=-1))
    offsets = pa.array(np.append(begins, len(keys)), pa.int32())
    return pc.binary_join(pa.ListArray.from_arrays(offsets, words.take(pa.array(keys % many))), " ")


def _shaped(rows: pa.Table, more: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    columns = [more.get(name, rows[name] if name in rows.schema.names else None) for name in schema.names]
    return pa.table(columns, names=schema.names).cast(schema).combine_chunks()
