"""Runs a report's queries over its inputs, in an in-memory DuckDB that can reach no file and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from auditor.report.inputs import ReportInputs

Row = dict[str, Any]
Tables = dict[str, list[Row]]

_text, _number = pa.string(), pa.int64()
_CAPTURES = pa.schema(
    dict.fromkeys(("sha256", "path", "sensor", "site", "status", "notes"), _text)
    | dict.fromkeys(("size_bytes", "first_ns", "last_ns", "frames"), _number)
)
_CAPTURE_LEDGER = pa.schema({"sha256": _text, "verdict": _text, "count": _number})
_EXCEPTIONS = pa.schema(
    dict.fromkeys(("exception_id", "employee", "platform", "purpose", "fault", "state", "place"), _text)
    | dict.fromkeys(("line", "excused_minutes", "would_have_excused_minutes"), _number)
    | dict.fromkeys(
        ("excused_sessions", "alone_minutes", "shared_minutes", "before_approval_minutes"), _number
    )
    | {"valid": pa.bool_()}
)
_NOBODYS = pa.schema({"device_id": _text, "reason": _text, "sessions": _number, "minutes": _number})
_CLOCKS = pa.schema(
    dict.fromkeys(("file", "format", "times"), _text)
    | dict.fromkeys(("holds", "compared", "ahead_seconds", "tolerated_seconds"), _number)
)
_DECIDED_ANEW = pa.schema(dict.fromkeys(("day", "decided_on", "why"), _text))
_GAPS = pa.schema(
    {"sensor": _text, "started_at": _text, "ended_at": _text, "minutes": _number}
    | dict.fromkeys(("inside", "in_work_time"), pa.bool_())
)
_PROBLEMS = pa.schema(dict.fromkeys(("where_", "what", "hint", "severity"), _text))
_LEDGER = pa.schema({"verdict": _text, "count": _number})
_PERIOD = pa.schema({"first_day": _text, "last_day": _text, "days": _number})
_NAMES = pa.schema({"platform": _text, "name": _text})
_REFERENCE = pa.schema({"platform": _text})


def run(queries: Mapping[str, str], inputs: ReportInputs) -> dict[str, pa.Table]:
    """One table a query. The registered tables are named in `reports/README.md`."""
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        for name, table in _registered(inputs).items():
            connection.register(name, table)
        connection.execute(
            "SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true"
        )
        return {name: connection.sql(sql).to_arrow_table() for name, sql in queries.items()}


def _registered(inputs: ReportInputs) -> dict[str, pa.Table]:
    days = (inputs.last_day - inputs.first_day).days + 1
    period = {
        "first_day": inputs.first_day.isoformat(),
        "last_day": inputs.last_day.isoformat(),
        "days": days,
    }
    captures = [{**mark, "notes": "; ".join(mark.get("notes") or [])} for mark in inputs.captures]
    ledgers = [
        {"sha256": mark.get("sha256"), "verdict": verdict, "count": count}
        for mark in inputs.captures
        for verdict, count in (mark.get("ledger") or {}).items()
    ]
    problems = [
        {"where_": problem.where, "what": problem.what, "hint": problem.hint, "severity": problem.severity}
        for problem in inputs.problems
    ]
    return {
        "findings": inputs.findings,
        "coverage": inputs.coverage,
        "period": _table([period], _PERIOD),
        "captures": _table(captures, _CAPTURES),
        "capture_ledger": _table(ledgers, _CAPTURE_LEDGER),
        "exceptions": _table(inputs.exceptions, _EXCEPTIONS),
        "decided_anew": _table(inputs.decided_anew, _DECIDED_ANEW),
        "nobodys": _table(inputs.nobodys, _NOBODYS),
        "clocks": _table(inputs.clocks, _CLOCKS),
        "gaps": _table(inputs.gaps, _GAPS),
        "problems": _table(problems, _PROBLEMS),
        "ledger": _table([{"verdict": v, "count": c} for v, c in inputs.ledger.items()], _LEDGER),
        "platform_names": _table(
            [{"platform": p, "name": n} for p, n in inputs.platform_names.items()], _NAMES
        ),
        "reference_platforms": _table(
            [{"platform": p} for p in sorted(inputs.reference_platforms)], _REFERENCE
        ),
    }


def _table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """The rows as a table of these columns; what a row lacks is NULL, what it has beyond is left out."""
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
    )
