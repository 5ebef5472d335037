"""`schedules.csv`: work time by weekday; several rows a day where lunch is duty-free."""

from __future__ import annotations

from pathlib import Path

from auditor.district.csvfile import Columns, read_rows
from auditor.district.rows import ScheduleRow
from auditor.district.values import parse_clock, parse_weekday
from auditor.errors import Problem

COLUMNS = Columns("schedules.csv", ("schedule", "weekday", "start", "end"))


def read_schedules(folder: Path, problems: list[Problem]) -> tuple[ScheduleRow, ...]:
    return tuple(
        ScheduleRow(
            line=row.line,
            schedule=row.required("schedule"),
            weekday=row.value("weekday", parse_weekday, 0, required=True),
            start_minute=row.value("start", parse_clock, 0, required=True),
            end_minute=row.value("end", parse_clock, 0, required=True),
        )
        for row in read_rows(folder, COLUMNS, problems)
    )
