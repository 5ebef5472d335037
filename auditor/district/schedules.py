"""`schedules.csv`: hours by weekday, of employees and of schools; several rows a day where lunch is duty-free."""

from __future__ import annotations

from pathlib import Path

from auditor.district.csvfile import Columns, read_rows
from auditor.district.rows import ScheduleRow
from auditor.district.values import parse_clock, parse_day, parse_weekday
from auditor.errors import Problem

COLUMNS = Columns("schedules.csv", ("schedule", "weekday", "start", "end"), ("valid_from", "valid_to"))


def read_schedules(folder: Path, problems: list[Problem]) -> tuple[ScheduleRow, ...]:
    rows = []
    for row in read_rows(folder, COLUMNS, problems):
        hours = ScheduleRow(
            line=row.line,
            schedule=row.required("schedule"),
            weekday=row.value("weekday", parse_weekday, 0, required=True),
            start_minute=row.value("start", parse_clock, 0, required=True),
            end_minute=row.value("end", parse_clock, 0, required=True),
            valid_from=row.value("valid_from", parse_day, None),
            valid_to=row.value("valid_to", parse_day, None),
        )
        if hours.valid_from and hours.valid_to and hours.valid_to < hours.valid_from:
            row.error("`valid_to` is before `valid_from`", "are the two dates exchanged?")
        rows.append(hours)
    return tuple(rows)
