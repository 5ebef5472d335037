"""Schedules, calendar and exceptions as UTC epoch minutes of one local day, and minutes as local time.

The only clock code of the policy: what it hands to SQL are integers. `auditor.district.localtime` has the
rule for times that come twice or never. A shift, school hours and an exception's time of day belong to the day
on which they begin: that day's rows decide, also of what runs past midnight.

**Work time** is an employee's. On a day on which a shift begins, the row of staff.csv that holds gives site,
role and schedule. Of the rows of the calendar for that date, one holds: those of the site go before those of
`*`, and at the same place a row for the role goes before one for `staff` and that before one for everybody (empty
`applies_to`); rows for `school` don't count. It says
- `no_work`: no shift begins;
- `use_schedule`: shifts are those of that schedule;
- `no_school`: shifts are the employee's own, as without any row: staff works, there is no school.
The ranges are the rows of the schedule for that weekday that hold on that date (`valid_from`, `valid_to`).
Whoever has no schedule in staff.csv has no fixed hours: the calendar doesn't give them any.

**School hours** are a site's, whoever it is: those of the schedule that `[[sites]]` names. Of the rows of the
calendar, those of the site go before those of `*`, and at the same place one for `school` before one for everybody;
rows for `staff` or a role don't count. `no_work` and `no_school`: there are none; `use_schedule`: that schedule's.
Of a site that `[[sites]]` does not name they are not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import groupby
from typing import TypeVar
from zoneinfo import ZoneInfo

from auditor.district import (
    EVERY_SITE,
    SCHOOL,
    STAFF,
    CalendarRow,
    District,
    ExceptionRow,
    ScheduleRow,
    StaffRow,
)
from auditor.district.localtime import first_minute, local_day, midnight

__all__ = [
    "Duty",
    "SchoolTime",
    "Window",
    "day_bounds",
    "duty",
    "exception_windows",
    "local_day",
    "local_iso",
    "school_row",
    "school_time",
    "work_row",
]

_DAY = timedelta(days=1)
_Ranges = dict[tuple[str, int], list[ScheduleRow]]  # by schedule and weekday
_Calendar = dict[tuple[str, str], CalendarRow]  # of one day, by site and whom it applies to


@dataclass(frozen=True, slots=True)
class Duty:
    """Work time of an employee, and the rows it comes from. The intervals of one employee never overlap."""

    employee_id: str
    start_minute: int
    end_minute: int  # exclusive
    schedule: str
    schedule_line: int  # in schedules.csv
    calendar_file: str = (
        ""  # of the calendar's row that holds on the day the shift begins; "" where none does
    )
    calendar_line: int = 0


@dataclass(frozen=True, slots=True)
class SchoolTime:
    """School hours of a site, and the row they come from. The intervals of one site never overlap."""

    site: str
    start_minute: int
    end_minute: int  # exclusive
    schedule_line: int  # in schedules.csv


_Interval = TypeVar("_Interval", Duty, SchoolTime)


@dataclass(frozen=True, slots=True)
class Window:
    """Time within an exception, valid or not. The intervals of one exception never overlap."""

    exception_id: str
    line: int  # in exceptions.csv
    start_minute: int
    end_minute: int  # exclusive


def day_bounds(day: date, zone: str) -> tuple[int, int]:
    """The UTC epoch minutes [start, end) of a local day: 23, 24 or 25 hours."""
    return midnight(day, zone), midnight(day + _DAY, zone)


def local_iso(minute: int, zone: str) -> str:
    """A UTC epoch minute as `2026-11-16T08:05-06:00`."""
    return datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).isoformat(timespec="minutes")


def duty(district: District, day: date) -> list[Duty]:
    """Work time that touches a local day, by employee and start; shifts are whole, not cut at midnight.

    For employees with a row in staff.csv on that day. A shift follows the schedule, the site and the calendar
    of the day it begins. Where the shift of the evening before still runs, it goes first.
    """
    ranges = _ranges(district)
    start, end = day_bounds(day, district.timezone)
    employed = {row.employee_id for row in district.staff if row.covers(day)}
    shifts = [
        shift
        for begins in (day - _DAY, day)
        for shift in _shifts_begun(district, begins, ranges)
        if shift.start_minute < end and start < shift.end_minute and shift.employee_id in employed
    ]
    shifts.sort(key=lambda shift: (shift.employee_id, shift.start_minute, shift.schedule_line))
    return [shift for _, own in groupby(shifts, key=lambda shift: shift.employee_id) for shift in _apart(own)]


def work_row(district: District, day: date, staff: StaffRow) -> CalendarRow | None:
    """The row of the calendar that holds on a day for an employee's work time; None where none does."""
    return _work_row(_calendar(district, day), staff)


def school_row(district: District, day: date, site: str) -> CalendarRow | None:
    """The row of the calendar that holds on a day for a site's school hours; None where none does."""
    return _first_of(_calendar(district, day), site, (SCHOOL, ""))


def school_time(district: District, day: date) -> list[SchoolTime]:
    """School hours that touch a local day, by site and start, of the sites of which they are known."""
    ranges = _ranges(district)
    local_range = cache(partial(_range, zone=district.timezone))
    start, end = day_bounds(day, district.timezone)
    found = []
    for site in district.settings.sites:
        hours = []
        for begins in (day - _DAY, day):
            special = school_row(district, begins, site.name)
            if special and special.kind != "use_schedule":
                continue
            for row in ranges.get((special.schedule if special else site.school_hours, begins.weekday()), ()):
                if row.covers(begins):
                    span = local_range(begins, row.start_minute, row.end_minute)
                    hours.append(SchoolTime(site.name, *span, row.line))
        hours.sort(key=lambda one: (one.start_minute, one.schedule_line))
        found += [one for one in _apart(iter(hours)) if one.start_minute < end and start < one.end_minute]
    return sorted(found, key=lambda one: (one.site, one.start_minute))


def exception_windows(district: District, day: date) -> list[Window]:
    """The time of every exception within a local day, by line and start.

    Invalid exceptions have windows too, with their open ends open: `auditor.district.exception_fault` decides
    whether one counts.
    """
    bounds = day_bounds(day, district.timezone)
    local_range = cache(partial(_range, zone=district.timezone))
    return [
        window
        for exception in district.exceptions
        if _overlap((exception.from_minute, exception.to_minute), bounds)
        for window in _windows(exception, day, bounds, local_range)
    ]


def _ranges(district: District) -> _Ranges:
    ranges: _Ranges = defaultdict(list)
    for row in district.schedules:
        ranges[row.schedule, row.weekday].append(row)
    return ranges


def _calendar(district: District, day: date) -> _Calendar:
    """The rows of the calendar for one day. Two for the same place and people are a mistake of the folder."""
    return {(row.site, row.applies_to): row for row in reversed(district.calendar) if row.day == day}


def _work_row(calendar: _Calendar, staff: StaffRow) -> CalendarRow | None:
    role = staff.role.casefold()
    own = (
        () if role in ("", SCHOOL, STAFF) else (role,)
    )  # the words of the calendar go before a role of that name
    return _first_of(calendar, staff.site, (*own, STAFF, ""))


def _first_of(calendar: _Calendar, site: str, whom: Iterable[str]) -> CalendarRow | None:
    found = (calendar.get((place, people)) for place in (site, EVERY_SITE) for people in whom)
    return next((row for row in found if row), None)


def _shifts_begun(district: District, day: date, ranges: _Ranges) -> Iterator[Duty]:
    local_range = cache(partial(_range, zone=district.timezone))
    calendar = _calendar(district, day)
    for staff in district.staff:
        if not staff.schedule or not staff.covers(day):
            continue
        special = _work_row(calendar, staff) if calendar else None
        if special and special.kind == "no_work":
            continue
        schedule = special.schedule if special and special.kind == "use_schedule" else staff.schedule
        source = (special.file, special.line) if special else ("", 0)
        for row in ranges.get((schedule, day.weekday()), ()):
            if row.covers(day):
                begin, end = local_range(day, row.start_minute, row.end_minute)
                yield Duty(staff.employee_id, begin, end, schedule, row.line, *source)


def _windows(
    exception: ExceptionRow,
    day: date,
    bounds: tuple[int, int],
    local_range: Callable[[date, int, int], tuple[int, int]],
) -> Iterator[Window]:
    start = exception.start_minute or 0
    end = 1440 if exception.end_minute is None else exception.end_minute
    for begins in (day - _DAY, day):
        if exception.weekdays and begins.weekday() not in exception.weekdays:
            continue
        begin, stop = local_range(begins, start, end)
        begin = max(begin, bounds[0], begin if exception.from_minute is None else exception.from_minute)
        stop = min(stop, bounds[1], stop if exception.to_minute is None else exception.to_minute)
        if begin < stop:
            yield Window(exception.exception_id, exception.line, begin, stop)


def _range(day: date, start: int, end: int, zone: str) -> tuple[int, int]:
    """The UTC epoch minutes of a local range begun on a day; an end at or before the start is next day."""
    midnight_local = datetime(day.year, day.month, day.day)
    if end <= start:
        end += 1440
    return (
        first_minute(midnight_local + timedelta(minutes=start), zone),
        first_minute(midnight_local + timedelta(minutes=end), zone),
    )


def _overlap(period: tuple[int | None, int | None], bounds: tuple[int, int]) -> bool:
    begin, end = period
    return (begin is None or begin < bounds[1]) and (end is None or bounds[0] < end)


def _apart(shifts: Iterator[_Interval]) -> Iterator[_Interval]:
    """Intervals in the order of their starts, each cut where those before it reach; empty ones left out."""
    reached: int | None = None
    for shift in shifts:
        begin = shift.start_minute if reached is None else max(shift.start_minute, reached)
        if begin < shift.end_minute:
            yield shift if begin == shift.start_minute else replace(shift, start_minute=begin)
            reached = shift.end_minute
