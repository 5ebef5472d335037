"""`calendar.csv`: the days on which a site, its school or some of its staff do not follow their schedules."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, cast

from auditor.district.csvfile import Columns, read_rows
from auditor.district.rows import CalendarRow
from auditor.district.values import parse_day
from auditor.errors import Problem

COLUMNS = Columns(
    "calendar.csv",
    ("date", "site", "kind"),
    ("schedule", "note", "applies_to"),
    needed=False,
    free=("note", "applies_to"),
)
_KINDS = ("no_work", "no_school", "use_schedule")


def read_calendar(folder: Path, problems: list[Problem]) -> tuple[CalendarRow, ...]:
    rows = []
    for row in read_rows(folder, COLUMNS, problems):
        entry = CalendarRow(
            line=row.line,
            day=row.value("date", parse_day, date.min, required=True),
            site=row.required("site"),
            kind=cast(Literal["no_work", "no_school", "use_schedule"], row.choice("kind", _KINDS, "no_work")),
            schedule=row.text("schedule"),
            note=row.text("note"),
            applies_to=row.text("applies_to").casefold(),
        )
        if entry.kind == "use_schedule" and not entry.schedule:
            row.error(
                "`use_schedule` names no schedule", "write one of schedules.csv in the column `schedule`"
            )
        rows.append(entry)
    return tuple(rows)
