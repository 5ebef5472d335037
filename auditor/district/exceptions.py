"""`exceptions.csv`: the approvals of supervisors. What makes one valid is in `validity`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

from auditor.district.csvfile import Columns, Row, read_rows, rows_of
from auditor.district.rows import ExceptionRow
from auditor.district.values import parse_approval, parse_clock, parse_end, parse_start, parse_weekdays
from auditor.errors import Problem

COLUMNS = Columns(
    "exceptions.csv",
    (
        "exception_id",
        "employee_id",
        "platform",
        "purpose",
        "approved_by",
        "approved_at",
        "valid_from",
        "valid_to",
    ),
    ("weekdays", "start", "end", "device_id"),
    needed=False,
    free=("purpose",),
)


def read_exceptions(folder: Path, zone: str, problems: list[Problem]) -> tuple[ExceptionRow, ...]:
    return _typed(read_rows(folder, COLUMNS, problems), zone)


def exceptions_of(text: str, zone: str, problems: list[Problem]) -> tuple[ExceptionRow, ...]:
    """The rows of a text that is not in the district folder, or not yet."""
    return _typed(rows_of(text, COLUMNS, problems), zone)


def cells_by_line(text: str) -> dict[int, dict[str, str]]:
    """The cells of each row as the file has them; what is wrong with them is not told."""
    return {row.line: row.cells for row in rows_of(text, COLUMNS, [])}


def _typed(found: Iterable[Row], zone: str) -> tuple[ExceptionRow, ...]:
    start, end = cache(partial(parse_start, zone=zone)), cache(partial(parse_end, zone=zone))
    approved = cache(partial(parse_approval, zone=zone))
    rows = []
    for row in found:
        approval = row.value("approved_at", approved, None)
        rows.append(
            ExceptionRow(
                line=row.line,
                exception_id=row.identifier("exception_id"),
                employee_id=row.required("employee_id"),
                platform=row.text("platform").casefold(),
                purpose=row.text("purpose"),
                approved_by=row.text("approved_by"),
                approved_minute=approval[0] if approval else None,
                approved_day=approval[1] if approval else None,
                from_minute=row.value("valid_from", start, None),
                to_minute=row.value("valid_to", end, None),
                weekdays=row.value("weekdays", parse_weekdays, ()),
                start_minute=row.value("start", parse_clock, None),
                end_minute=row.value("end", parse_clock, None),
                device_id=row.text("device_id"),
            )
        )
    return tuple(rows)
