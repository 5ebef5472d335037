"""`staff.csv`: who the employees are, where they work and who supervises them."""

from __future__ import annotations

from pathlib import Path

from auditor.district.csvfile import Columns, read_rows
from auditor.district.rows import NOT_EMPLOYEES, StaffRow
from auditor.district.values import parse_day
from auditor.errors import Problem

COLUMNS = Columns(
    "staff.csv",
    ("employee_id", "name", "email", "site", "role", "supervisor_id", "schedule"),
    ("valid_from", "valid_to", "username"),
    free=("name", "email", "role"),
)


def read_staff(folder: Path, problems: list[Problem]) -> tuple[StaffRow, ...]:
    rows = []
    for row in read_rows(folder, COLUMNS, problems):
        employee_id = row.identifier("employee_id")
        if employee_id in NOT_EMPLOYEES:
            row.error(
                f"`employee_id` can't be {employee_id!r}", "the word has a meaning of its own in devices.csv"
            )
        staff = StaffRow(
            line=row.line,
            employee_id=employee_id,
            name=row.text("name"),
            email=row.text("email"),
            site=row.required("site"),
            role=row.text("role"),
            supervisor_id=row.text("supervisor_id"),
            schedule=row.text("schedule"),
            valid_from=row.value("valid_from", parse_day, None),
            valid_to=row.value("valid_to", parse_day, None),
            username=row.text("username"),
        )
        if staff.valid_from and staff.valid_to and staff.valid_to < staff.valid_from:
            row.error("`valid_to` is before `valid_from`", "are the two dates exchanged?")
        rows.append(staff)
    return tuple(rows)
