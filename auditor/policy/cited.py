"""Rows of the district's files as an explanation cites them: where they stand and what they say.

Line numbers are those of the audit. Where the file has changed since, the line may hold another row by now: then it
is named and not read out. Names and mail addresses stay out, and employees appear by their pseudonyms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from auditor.district.rows import (
    ApprovedToolRow,
    CalendarRow,
    DeviceRow,
    District,
    ExceptionRow,
    ScheduleRow,
    StaffRow,
)
from auditor.policy import clock
from auditor.policy.explain import Known, Node
from auditor.policy.wording import WEEKDAYS, clock_text

Hide = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Cited:
    """A row that a judgement rests on."""

    file: str
    line: int  # 0 where the line is not known any more
    text: str  # "" where the file has changed since the audit

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def node(self) -> Node:
        changed = "the row of the audit; the file has changed since, so it is not read out"
        return Node(self.text or changed, self.where)

    def to_dict(self) -> dict[str, Any]:
        """For JSON: `row` is null where the file has changed since the audit."""
        return {"file": self.file, "line": self.line, "row": self.text or None}


def cite(known: Known, file: str, line: int) -> Cited:
    """The row that stood on a line of a file at the audit."""
    if not known.is_unchanged(file):
        return Cited(file, line, "")
    return Cited(file, line, _text(known, file, line) or "there is no such row")


def _text(known: Known, file: str, line: int) -> str:
    district, hide = known.district, known.hide
    if file == "staff.csv":
        return next((staff_words(row, hide) for row in district.staff if row.line == line), "")
    if file == "devices.csv":
        return next((device_words(row, district, hide) for row in district.devices if row.line == line), "")
    if file == "schedules.csv":
        return next((schedule_words(row) for row in district.schedules if row.line == line), "")
    rows = [row for row in district.calendar if (row.file, row.line) == (file, line)]
    rows.sort(key=lambda row: row.day != known.day)  # a line of a calendar.ics may be about many days
    return calendar_words(rows[0]) if rows else ""


def staff_words(row: StaffRow, hide: Hide) -> str:
    schedule = f"schedule {row.schedule}" if row.schedule else "no schedule"
    supervisor = f"supervisor {hide(row.supervisor_id)}" if row.supervisor_id else "no supervisor"
    return f"{row.role} at {row.site}, {schedule}, {supervisor}{_days(row.valid_from, row.valid_to)}"


def device_words(row: DeviceRow, district: District, hide: Hide) -> str:
    kind = f" ({row.kind})" if row.kind else ""
    holder = f"assigned to {hide(row.assigned_to)}" if row.assigned_to else "assigned to nobody"
    period = _minutes(row.from_minute, row.to_minute, district.timezone)
    return f"{row.device_id}{kind}, {row.ownership}, {holder}{period}"


def schedule_words(row: ScheduleRow) -> str:
    hours = f"{clock_text(row.start_minute)} to {clock_text(row.end_minute)}"
    return f"schedule {row.schedule}: {WEEKDAYS[row.weekday]} {hours}{_days(row.valid_from, row.valid_to)}"


def calendar_words(row: CalendarRow) -> str:
    what = f"schedule {row.schedule}" if row.kind == "use_schedule" else row.kind.replace("_", " ")
    site = "every site" if row.site == "*" else row.site
    whom = f", for {row.applies_to}" if row.applies_to else ""
    return f"{row.day}, {site}{whom}: {what}" + (f" ({row.note})" if row.note else "")


def exception_words(row: ExceptionRow, district: District, hide: Hide) -> str:
    zone = district.timezone
    approved = f" at {clock.local_iso(row.approved_minute, zone)}" if row.approved_minute is not None else ""
    parts = [
        row.platform or "no platform",
        f'for "{hide(row.purpose)}"' if row.purpose else "no purpose",
        f"approved by {hide(row.approved_by)}{approved}" if row.approved_by else "approved by nobody",
        _minutes(row.from_minute, row.to_minute, zone).removeprefix(", ") or "without beginning and end",
        " ".join(WEEKDAYS[day] for day in row.weekdays),
        f"{clock_text(row.start_minute or 0)} to {clock_text(row.end_minute or 0)}"
        if (row.start_minute, row.end_minute) != (None, None)
        else "",
        f"on {row.device_id} alone" if row.device_id else "",
    ]
    return ", ".join(part for part in parts if part)


def tool_words(row: ApprovedToolRow, hide: Hide) -> str:
    by = f", approved by {hide(row.approved_by)}" if row.approved_by else ""
    return f"{row.platform}, basis {row.basis}{by}{_days(row.valid_from, row.valid_to)}"


def tools_of(
    district: District, day: date, platform: str, hosts: Iterable[str], hide: Hide
) -> Iterator[Cited]:
    """The rows of approved_tools.csv that speak of a platform, or of one of these hosts of it, on a day."""
    for tool in district.approved_tools:
        name = tool.platform.lower().strip(".")
        named = name == platform or any(f".{host}".endswith(f".{name}") for host in hosts if "." in name)
        if tool.valid_from <= day and (tool.valid_to is None or day <= tool.valid_to) and named:
            yield Cited("approved_tools.csv", tool.line, tool_words(tool, hide))


def _days(first: date | None, last: date | None) -> str:
    return (f", from {first}" if first else "") + (f", through {last}" if last else "")


def _minutes(start: int | None, end: int | None, zone: str) -> str:
    begins = f", from {clock.local_iso(start, zone)}" if start is not None else ""
    return begins + (f", until {clock.local_iso(end, zone)}" if end is not None else "")
