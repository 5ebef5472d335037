"""One local day decided: activity, leases and the district folder in, findings and their minutes out.

The same inputs give the same rows in the same order, whatever the order of the inputs' rows.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from auditor.district.rows import District
from auditor.policy.tables import parameters
from auditor.policy.views import evaluated

_TEXT, _WHOLE, _TRUTH = pa.string(), pa.int64(), pa.bool_()

# The columns of the contract, in its order.
FINDINGS = pa.schema(
    [(name, _TEXT) for name in ("finding_id", "day", "person", "device_id", "ownership", "site", "role")]
    + [(name, _TEXT) for name in ("platform", "category", "started_at", "ended_at")]
    + [(name, _WHOLE) for name in ("minutes", "span_minutes", "work_minutes", "prohibited_minutes")]
    + [(name, _WHOLE) for name in ("excepted_minutes", "unapproved_minutes")]
    + [(name, _TEXT) for name in ("prongs", "disposition", "exception_id", "confidence")]
    + [("bytes_up", _WHOLE), ("bytes_down", _WHOLE), ("hosts", _TEXT)]
    + [("school_minutes", _WHOLE), ("enforced", _TEXT)]  # null where the site's school hours are not known
)

# One row an active minute of a session. Lines are those of the district's files; 0 where none applies: of the
# employee's work time (`schedule_line`, and the calendar's row for that day), of school hours (`school_line`).
# `school_hours` is null where those of the site are not known.
MINUTES = pa.schema(
    [("finding_id", _TEXT), ("day", _TEXT), ("minute", _WHOLE)]
    + [(name, _TEXT) for name in ("device_id", "person", "platform")]
    + [(name, _TRUTH) for name in ("work_time", "school_hours", "equipment", "wifi")]
    + [(name, _TRUTH) for name in ("prohibited", "excused", "approved")]
    + [("exception_id", _TEXT)]
    + [("schedule_line", _WHOLE), ("calendar_file", _TEXT)]
    + [(name, _WHOLE) for name in ("calendar_line", "school_line", "device_line", "staff_line")]
    + [("bytes_up", _WHOLE), ("bytes_down", _WHOLE), ("visit", _TRUTH), ("hosts", _TEXT)]
)

_SESSION = "device_id, holding, platform, first_minute"
_Key = tuple[Any, ...]


@dataclass(frozen=True)
class Decision:
    """What the policy says of one local day."""

    findings: pa.Table  # of schema FINDINGS, by start, device and platform
    minutes: pa.Table  # of schema MINUTES, by finding and minute
    coverage: Mapping[str, int]  # what was set aside: "bytes_not_staff", "flows_student", ...


def decide_day(district: District, day: date, activity: pa.Table, leases: pa.Table, key: bytes) -> Decision:
    """Decides one local day.

    `activity` and `leases` have the columns of the warehouse's tables; rows of other days are ignored. `key`
    is the district's pseudonym key.
    """
    with day_evaluated(district, day, activity, leases, key) as views:
        ids = _finding_ids(views)
        return Decision(_findings(views, ids), _minutes(views, ids, day), _set_aside(views))


@contextmanager
def day_evaluated(
    district: District, day: date, activity: pa.Table, leases: pa.Table, key: bytes
) -> Iterator[duckdb.DuckDBPyConnection]:
    """All views of the policy over one local day, to be read while the context lasts."""
    given = {"given_activity": activity, "given_leases": leases}
    with evaluated(given | parameters(district, day, key, activity)) as views:
        yield views


def finding_id(day: str, device_id: str, platform: str, started_at: str) -> str:
    """The id of a finding: `f-` and 12 hex digits, from what stands in its row."""
    digest = hashlib.sha256(f"{day}|{device_id}|{platform}|{started_at}".encode()).hexdigest()
    return f"f-{digest[:12]}"


def _finding_ids(views: duckdb.DuckDBPyConnection) -> dict[_Key, str]:
    """The finding id of each session, in the order of the findings."""
    order = "first_minute, device_id, platform, person, holding"
    rows = views.execute(f"SELECT {_SESSION}, day, started_at FROM finding ORDER BY {order}").fetchall()
    return {row[:4]: finding_id(row[4], row[0], row[2], row[5]) for row in rows}


def _findings(views: duckdb.DuckDBPyConnection, ids: Mapping[_Key, str]) -> pa.Table:
    exceptions = _texts(views, f"SELECT DISTINCT {_SESSION}, exception_id AS text FROM excuse")
    hosts = _texts(views, f"SELECT DISTINCT {_SESSION}, host AS text FROM session_host")
    return _finished(views, "finding", FINDINGS, ids, exceptions, hosts)


def _minutes(views: duckdb.DuckDBPyConnection, ids: Mapping[_Key, str], day: date) -> pa.Table:
    exceptions = _texts(views, f"SELECT DISTINCT {_SESSION}, minute, exception_id AS text FROM excuse")
    hosts = _texts(views, f"SELECT DISTINCT {_SESSION}, minute, host AS text FROM session_host")
    return _finished(views, "judged_minute", MINUTES, ids, exceptions, hosts, day=day.isoformat())


def _texts(views: duckdb.DuckDBPyConnection, query: str) -> dict[_Key, str]:
    """The `text`s of each key (all columns before it), sorted and joined by spaces.

    Put together here: the engines' functions for it differ.
    """
    texts: defaultdict[_Key, list[str]] = defaultdict(list)
    for *key, text in views.execute(f"{query} ORDER BY text").fetchall():
        texts[tuple(key)].append(text)
    return {key: " ".join(words) for key, words in texts.items()}


def _finished(
    views: duckdb.DuckDBPyConnection,
    view: str,
    schema: pa.Schema,
    ids: Mapping[_Key, str],
    exceptions: Mapping[_Key, str],
    hosts: Mapping[_Key, str],
    **constants: str,
) -> pa.Table:
    """The rows of a view in the order of the findings, with the columns that SQL leaves to us."""
    key_names = ["device_id", "holding", "platform", "first_minute"]
    if "minute" in schema.names:
        key_names.append("minute")
    places = {session: place for place, session in enumerate(ids)}
    found = views.sql(f"SELECT * FROM {view}").to_arrow_table()
    keys = list(zip(*(found[name].to_pylist() for name in key_names), strict=True))
    order = sorted(range(len(keys)), key=lambda row: (places[keys[row][:4]], keys[row][4:]))
    found, keys = found.take(pa.array(order, pa.int64())), [keys[row] for row in order]
    texts = {
        "finding_id": [ids[key[:4]] for key in keys],
        "exception_id": [exceptions.get(key, "") for key in keys],
        "hosts": [hosts[key] for key in keys],
    } | {name: [text] * len(keys) for name, text in constants.items()}
    columns = [pa.array(texts[name], _TEXT) if name in texts else found[name] for name in schema.names]
    return pa.table(columns, names=schema.names).cast(schema).combine_chunks()


def _set_aside(views: duckdb.DuckDBPyConnection) -> dict[str, int]:
    counts = {}
    for standing, flows, octets in views.execute("SELECT * FROM set_aside ORDER BY standing").fetchall():
        counts[f"flows_{standing}"] = flows
        counts[f"bytes_{standing}"] = octets
    return counts
