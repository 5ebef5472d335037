"""`exceptions.csv`: the approvals of supervisors. What makes one valid is in `validity`."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from auditor.district.csvfile import Columns, read_rows
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
    start, end = cache(partial(parse_start, zone=zone)), cache(partial(parse_end, zone=zone))
    approved = cache(partial(parse_approval, zone=zone))
    rows = []
    for row in read_rows(folder, COLUMNS, problems):
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
