"""What a district folder says, as typed rows: one frozen class a file, and `District` that holds them.

Every row carries the line of its CSV where it begins. Days are local dates, both ends included; times are
UTC epoch minutes with an exclusive end; `None` is an open end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from auditor.district.settings import Settings
from auditor.errors import Problem

EVERY_SITE = "*"  # in calendar.csv
SCHOOL, STAFF = "school", "staff"  # in `applies_to` of calendar.csv beside roles; "" is both
NOT_EMPLOYEES = ("student", "guest", "shared")  # in `assigned_to` beside employee ids; "" is nobody


@dataclass(frozen=True, slots=True)
class StaffRow:
    """An employee's place and supervisor for a run of days; an employee may have several rows in turn."""

    line: int
    employee_id: str
    name: str
    email: str
    site: str
    role: str
    supervisor_id: str  # "" where nobody supervises: the superintendent
    schedule: str  # "" where the employee has no fixed work time
    valid_from: date | None
    valid_to: date | None  # through this day
    username: str = ""  # with which the employee logs on to the network, where it isn't the e-mail address

    def covers(self, day: date) -> bool:
        """Whether the row holds on a local day."""
        starts = self.valid_from is None or self.valid_from <= day
        return starts and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """Who has a device, known by one MAC address, in one period. Loans and reassignments are more rows."""

    line: int
    device_id: str
    mac: str  # "aa:bb:cc:dd:ee:ff"
    ownership: Literal["district", "personal"]
    assigned_to: str  # an employee_id, one of NOT_EMPLOYEES, or ""
    kind: str
    from_minute: int | None
    to_minute: int | None
    spelt: str = ""  # the MAC address as the file has it


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A range of work time on one weekday. An end at or before the start is on the next day."""

    line: int
    schedule: str
    weekday: int  # 0 = Monday .. 6 = Sunday
    start_minute: int  # minutes after local midnight, 0 .. 1439
    end_minute: int
    valid_from: date | None = None  # of the day on which the range begins
    valid_to: date | None = None  # through this day

    def covers(self, day: date) -> bool:
        """Whether the row holds for a range that begins on a local day of its weekday."""
        starts = self.valid_from is None or self.valid_from <= day
        return starts and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A day on which a site, or every site, or some people there, do not follow their schedules."""

    line: int
    day: date
    site: str  # or EVERY_SITE
    # no_work: neither work nor school; no_school: work as usual, no school; use_schedule: that schedule's hours
    kind: Literal["no_work", "no_school", "use_schedule"]
    schedule: str  # for use_schedule
    note: str
    file: str = "calendar.csv"  # or calendar.ics
    applies_to: str = (
        ""  # SCHOOL (its hours), STAFF (work time), a role (work time of its employees); "" = all
    )

    @property
    def where(self) -> str:
        """`calendar.csv:3`"""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """A supervisor's approval of an employee's use; `validity.exception_fault` says whether it is valid."""

    line: int
    exception_id: str
    employee_id: str
    platform: str  # a platform id, "category:<id>" or "*"
    purpose: str
    approved_by: str
    approved_minute: int | None  # a date alone counts from the beginning of that day
    approved_day: date | None  # local day of the approval
    from_minute: int | None
    to_minute: int | None
    weekdays: tuple[int, ...]  # 0 = Monday; empty = every day
    start_minute: int | None  # minutes after local midnight; None = from the day's beginning
    end_minute: int | None  # None = to the day's end; at or before the start = on the next day
    device_id: str  # "" = any device


@dataclass(frozen=True, slots=True)
class ApprovedToolRow:
    """A platform on the district's list of approved tools (III.B, IV.C) for a run of days."""

    line: int
    platform: str  # a platform id, or a host suffix (holds a dot)
    basis: Literal["III.B", "IV.C"]
    approved_by: str
    valid_from: date
    valid_to: date | None  # through this day


@dataclass(frozen=True)
class District:
    """A whole district folder, read and checked. Made by `load_district`."""

    folder: Path
    settings: Settings
    staff: tuple[StaffRow, ...]
    devices: tuple[DeviceRow, ...]
    schedules: tuple[ScheduleRow, ...]
    calendar: tuple[CalendarRow, ...]
    exceptions: tuple[ExceptionRow, ...]
    approved_tools: tuple[ApprovedToolRow, ...]
    warnings: tuple[Problem, ...] = ()

    @property
    def timezone(self) -> str:
        """The IANA name of the district's time zone."""
        return self.settings.district.timezone

    @property
    def warehouse(self) -> Path:
        """The folder of the warehouse."""
        return self.folder / self.settings.storage.warehouse

    @cached_property
    def staff_by_id(self) -> dict[str, tuple[StaffRow, ...]]:
        """All rows of each employee, in the order of the file."""
        rows: dict[str, list[StaffRow]] = {}
        for row in self.staff:
            rows.setdefault(row.employee_id, []).append(row)
        return {employee_id: tuple(own) for employee_id, own in rows.items()}

    def staff_on(self, employee_id: str, day: date) -> StaffRow | None:
        """The row that holds for an employee on a local day; None where there is none."""
        return next((row for row in self.staff_by_id.get(employee_id, ()) if row.covers(day)), None)
