"""One local day decided: activity, leases and the district folder in, findings and their minutes out.

The same inputs give the same rows in the same order, whatever the order of the inputs' rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from auditor.district.rows import District
from auditor.policy.assemble import ASKED, findings_and_minutes
from auditor.policy.coded import coded, numbered
from auditor.policy.lasting import Lasting
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
    # why it is nobody's, "" where it is somebody's: randomised shared unassigned unknown_device no_lease disputed
    # two_named
    + [("unattributed_reason", _TEXT)]
)


_USE = ("minute", "site", "client_key", "address_key", "randomised", "platform")  # that bears one use_id


@dataclass(frozen=True)
class Decision:
    """What the policy says of one local day."""

    findings: pa.Table  # of schema FINDINGS, by start, device and platform
    minutes: pa.Table  # of schema MINUTES, by finding and minute
    coverage: Mapping[str, int]  # what was set aside: "bytes_not_staff", "flows_student", ...


def decide_day(district: District, day: date, activity: pa.Table, leases: pa.Table, key: bytes) -> Decision:
    """Decides one local day.

    `activity` and `leases` have the columns of the warehouse's tables; rows of other days are ignored.
    `key` is the district's pseudonym key.
    """
    return decide_another(Lasting(district, key), day, activity, leases)


def decide_another(
    lasting: Lasting, day: date, activity: pa.Table, leases: pa.Table, threads: int | None = None
) -> Decision:
    """Decides one of several local days of a district, on so many threads (by default one a core)."""
    evaluation = _evaluated(lasting, day, activity, leases, threads, ASKED)
    del activity  # takes much room, and is not needed once the engine has it
    with evaluation as views:
        tables = findings_and_minutes(views, day.isoformat(), FINDINGS, MINUTES)
        return Decision(*tables, _set_aside(views))


@contextmanager
def day_evaluated(
    district: District, day: date, activity: pa.Table, leases: pa.Table, key: bytes
) -> Iterator[duckdb.DuckDBPyConnection]:
    """All views of the policy over one local day, to be read while the context lasts."""
    with _evaluated(Lasting(district, key), day, activity, leases) as views:
        yield views


@contextmanager
def _evaluated(
    lasting: Lasting,
    day: date,
    activity: pa.Table,
    leases: pa.Table,
    threads: int | None = None,
    asked: frozenset[str] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    activity = activity.drop_columns([name for name in ("day", "sensor") if name in activity.schema.names])
    activity = activity.unify_dictionaries().combine_chunks()  # what follows takes each column whole
    given = parameters(lasting, day, activity, leases) | {
        "given_activity": activity.append_column("use_id", numbered(activity, _USE)),
        "given_leases": leases,
    }
    tables = coded(given)
    del activity, given
    with evaluated(tables, threads, asked) as views:
        yield views


def _set_aside(views: duckdb.DuckDBPyConnection) -> dict[str, int]:
    counts = {}
    for standing, flows, octets in views.execute("SELECT * FROM set_aside ORDER BY standing").fetchall():
        counts[f"flows_{standing}"] = flows
        counts[f"bytes_{standing}"] = octets
    return counts
