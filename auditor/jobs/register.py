"""The register of exceptions for a report: what each one excused, and what it would have excused.

Counted by DuckDB over the decided minutes, some days at a time, so that a year of millions of minutes takes no more
memory than a week.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from auditor import pseudonym
from auditor.district import District, ExceptionRow, exception_fault
from auditor.policy import clock
from auditor.policy.decide import FINDINGS, MINUTES
from auditor.policy.hiding import ids_hidden
from auditor.policy.tables import exception_scope
from auditor.warehouse import Warehouse

Row = dict[str, Any]

_DAYS_AT_ONCE = 7
_LONG_AGO = -(2**62)
_READ = ["finding_id", "minute", "device_id", "person", "platform", "prohibited", "excused", "exception_id"]
_MINUTES = pa.schema([MINUTES.field(name) for name in _READ])
_CATEGORIES = pa.schema([FINDINGS.field(name) for name in ("finding_id", "category")])
_WINDOWS = pa.schema(
    [(name, pa.string()) for name in ("exception_id", "person", "scope", "platform", "category", "device_id")]
    + [("faulty", pa.bool_()), ("late", pa.bool_())]
    + [(name, pa.int64()) for name in ("approved_minute", "start_minute", "end_minute")]
)

# A minute that several exceptions excuse names them all, with a space between them.
_EXCUSED = """
SELECT
    own.exception_id,
    COUNT(*) AS excused_minutes,
    COUNT(*) FILTER (own.alone) AS alone_minutes,
    COUNT(*) FILTER (NOT own.alone) AS shared_minutes,
    COUNT(DISTINCT own.finding_id) AS excused_sessions
FROM (
    SELECT
        finding_id,
        UNNEST(STRING_SPLIT(exception_id, ' ')) AS exception_id,
        NOT CONTAINS(exception_id, ' ') AS alone
    FROM minutes
    WHERE exception_id <> ''
) AS own
GROUP BY own.exception_id
"""
# As clauses/excuse.sql joins them, for minutes that nothing excuses. That it was approved only after its hours is a
# fault among others: such an exception is counted as though it had come in time.
_MISSED = """
SELECT
    w.exception_id,
    COUNT(*) FILTER (w.faulty AND (w.late OR w.approved_minute <= m.minute)) AS would_have_excused_minutes,
    COUNT(*) FILTER (NOT w.late AND w.approved_minute > m.minute) AS before_approval_minutes
FROM minutes AS m
INNER JOIN categories AS c ON c.finding_id = m.finding_id
INNER JOIN windows AS w ON w.person = m.person AND m.minute >= w.start_minute AND m.minute < w.end_minute
WHERE m.prohibited
  AND NOT m.excused
  AND (w.device_id = '' OR w.device_id = m.device_id)
  AND (
      w.scope = 'any'
      OR (w.scope = 'platform' AND w.platform = m.platform)
      OR (w.scope = 'category' AND w.category = c.category)
  )
GROUP BY w.exception_id
"""
_COUNTED = (
    "excused_minutes",
    "alone_minutes",
    "shared_minutes",
    "excused_sessions",
    "would_have_excused_minutes",
    "before_approval_minutes",
)


def exception_register(
    district: District, warehouse: Warehouse, key: bytes, first: date, last: date
) -> list[Row]:
    """One row an exception of exceptions.csv, in its order, on the days decided from `first` to `last`.

    `excused_minutes` (in `excused_sessions`) are `alone_minutes` and `shared_minutes`, which others excuse as well;
    `would_have_excused_minutes` are those that a faulty one would have excused and nothing else did, and
    `before_approval_minutes` those that came before its approval and nothing else excused.
    """
    faults = {row.line: exception_fault(row, district) for row in district.exceptions}
    counts = _counts(district, warehouse, key, faults, first, last)
    hidden = ids_hidden(district, key)
    bounds = clock.day_bounds(first, district.timezone)[0], clock.day_bounds(last, district.timezone)[1]
    rows = []
    for exception in district.exceptions:
        fault = faults[exception.line]
        counted = {name: counts[exception.exception_id, name] for name in _COUNTED}
        rows.append(
            {
                "exception_id": exception.exception_id,
                "line": exception.line,
                "place": f"exceptions.csv:{exception.line}",
                "employee": pseudonym.person(key, exception.employee_id),
                "platform": exception.platform,
                "purpose": exception.purpose,
                "valid": not fault,
                "fault": hidden(fault),
                "state": _state(exception, bool(counted["excused_minutes"]), bounds),
                **counted,
            }
        )
    return rows


def _counts(
    district: District, warehouse: Warehouse, key: bytes, faults: Mapping[int, str], first: date, last: date
) -> Counter[tuple[str, str]]:
    """Minutes and sessions by exception and by what is counted."""
    counts: Counter[tuple[str, str]] = Counter()
    covers = _covers(district, faults, key)
    decided = [day for day in warehouse.audited_days() if first <= day <= last]
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        for begin in range(0, len(decided), _DAYS_AT_ONCE):
            days = decided[begin : begin + _DAYS_AT_ONCE]
            connection.register("minutes", warehouse.minutes(days[0], days[-1], _MINUTES))
            connection.register("categories", warehouse.findings(days[0], days[-1], _CATEGORIES))
            connection.register("windows", _windows(district, days, covers))
            for query in (_EXCUSED, _MISSED):
                found = connection.sql(query)
                names = found.columns[1:]
                for exception_id, *values in found.fetchall():
                    counts.update(
                        {(exception_id, name): value for name, value in zip(names, values, strict=True)}
                    )
    return counts


def _covers(district: District, faults: Mapping[int, str], key: bytes) -> dict[int, Row]:
    """By line all that decides whether an exception covers a minute, but for its hours."""
    covers: dict[int, Row] = {}
    for row in district.exceptions:
        scope, platform, category = exception_scope(row.platform)
        covers[row.line] = {
            "exception_id": row.exception_id,
            "person": pseudonym.person(key, row.employee_id),
            "scope": scope,
            "platform": platform,
            "category": category,
            "device_id": row.device_id,
            "faulty": bool(faults[row.line]),
            "late": "it was approved only after" in faults[row.line],
            "approved_minute": _LONG_AGO if row.approved_minute is None else row.approved_minute,
        }
    return covers


def _windows(district: District, days: Sequence[date], covers: Mapping[int, Row]) -> pa.Table:
    """The hours of every exception on these days."""
    rows = [
        {**covers[window.line], "start_minute": window.start_minute, "end_minute": window.end_minute}
        for day in days
        for window in clock.exception_windows(district, day)
    ]
    return pa.Table.from_pylist(rows, schema=_WINDOWS)


def _state(exception: ExceptionRow, used: bool, bounds: tuple[int, int]) -> str:
    """In a word, how an exception stands to the period."""
    start, end = bounds
    if exception.to_minute is not None and exception.to_minute <= start:
        return "expired"
    if exception.from_minute is not None and exception.from_minute >= end:
        return "not yet begun"
    return "used" if used else "not used"
