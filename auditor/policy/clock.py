"""Schedules, calendar and exceptions as UTC epoch minutes of one local day, and minutes as local time.

The only clock code of the policy: what it hands to SQL are integers. `auditor.district.localtime` has the
rule for times that come twice or never. A shift and an exception's time of day belong to the day on which
they begin; what runs past midnight is part of both days' answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import groupby
from zoneinfo import ZoneInfo

from auditor.district import EVERY_SITE, CalendarRow, District, ExceptionRow, ScheduleRow
from auditor.district.localtime import first_minute, local_day, midnight

__all__ = ["Duty", "Window", "day_bounds", "duty", "exception_windows", "local_day", "local_iso"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """Work time of an employee, and the rows it comes from. The intervals of one employee never overlap."""

    employee_id: str
    start_minute: int
    end_minute: int  # exclusive
    schedule: str
    schedule_line: int  # in schedules.csv
    calendar_line: int  # in calendar.csv, where it names another schedule for the day; 0 otherwise


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
    ranges: dict[tuple[str, int], list[ScheduleRow]] = defaultdict(list)
    for row in district.schedules:
        ranges[row.schedule, row.weekday].append(row)
    calendar = {(row.day, row.site): row for row in district.calendar}
    start, end = day_bounds(day, district.timezone)
    shifts = [
        shift
        for begins in (day - _DAY, day)
        for shift in _shifts_begun(district, begins, ranges, calendar)
        if shift.start_minute < end and start < shift.end_minute and district.staff_on(shift.employee_id, day)
    ]
    shifts.sort(key=lambda shift: (shift.employee_id, shift.start_minute, shift.schedule_line))
    return [shift for _, own in groupby(shifts, key=lambda shift: shift.employee_id) for shift in _apart(own)]


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


def _shifts_begun(
    district: District,
    day: date,
    ranges: dict[tuple[str, int], list[ScheduleRow]],
    calendar: dict[tuple[date, str], CalendarRow],
) -> Iterator[Duty]:
    local_range = cache(partial(_range, zone=district.timezone))
    for staff in district.staff:
        if not staff.covers(day):
            continue
        special = calendar.get((day, staff.site)) or calendar.get((day, EVERY_SITE))
        if special and special.kind == "no_work":
            continue
        schedule = special.schedule if special else staff.schedule
        for row in ranges.get((schedule, day.weekday()), ()):
            begin, end = local_range(day, row.start_minute, row.end_minute)
            line = special.line if special else 0
            yield Duty(staff.employee_id, begin, end, schedule, row.line, line)


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


def _apart(shifts: Iterator[Duty]) -> Iterator[Duty]:
    """Shifts in the order of their starts, each cut where those before it reach; empty ones left out."""
    reached: int | None = None
    for shift in shifts:
        begin = shift.start_minute if reached is None else max(shift.start_minute, reached)
        if begin < shift.end_minute:
            yield replace(shift, start_minute=begin)
            reached = shift.end_minute
