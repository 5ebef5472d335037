"""Rows that say two things of one time: an address with two owners, an employee in two places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from auditor.district.rows import CalendarRow, DeviceRow, District, ScheduleRow, StaffRow
from auditor.errors import Problem

_DAY = 1440
_WEEK = 7 * _DAY
_LONG_AGO, _FAR_OFF = -(2**62), 2**62


@dataclass(frozen=True, slots=True)
class _Span:
    """When a row of a file holds; `end` is exclusive."""

    start: int
    end: int
    line: int


def overlap_problems(district: District, broken: Collection[str]) -> Iterator[Problem]:
    """An error for each row that begins while an earlier one still holds. Rows in `broken` are left out."""
    devices = [row for row in district.devices if f"devices.csv:{row.line}" not in broken]
    yield from _devices(devices)
    yield from _device_with_two_owners(devices)
    yield from _staff(row for row in district.staff if f"staff.csv:{row.line}" not in broken)
    yield from _schedules(row for row in district.schedules if f"schedules.csv:{row.line}" not in broken)
    yield from _calendar(row for row in district.calendar if f"{row.file}:{row.line}" not in broken)


def _devices(rows: Iterable[DeviceRow]) -> Iterator[Problem]:
    spans = defaultdict(list)
    for row in rows:
        spans[row.mac].append(_Span(_start(row), _end(row), row.line))
    for mac, owned in spans.items():
        for earlier, later in _clashes(owned):
            what = f"{mac} has an owner on line {earlier} already in that time"
            hint = "end the earlier row with `valid_to`: an address has one owner at a time"
            yield Problem(f"devices.csv:{later}", what, hint)


def _device_with_two_owners(rows: Iterable[DeviceRow]) -> Iterator[Problem]:
    """One device under several MAC addresses that is two people's, or two kinds of property, at one time.

    One session of it would be laid to both.
    """
    rows_of: defaultdict[str, list[DeviceRow]] = defaultdict(list)
    for row in rows:
        rows_of[row.device_id].append(row)
    for device_id, own in rows_of.items():
        reach: DeviceRow | None = None
        for row in sorted(own, key=lambda one: (_start(one), one.line)):
            if reach and _start(row) < _end(reach) and row.mac != reach.mac and _owner(row) != _owner(reach):
                upper, lower = sorted((reach, row), key=lambda one: one.line)
                then, now = _owner(upper), _owner(lower)
                what = f"device {device_id} is {then} on line {upper.line} in that time, here {now}"
                hint = "all MAC addresses of a device have one owner at a time"
                yield Problem(f"devices.csv:{lower.line}", what, hint)
            if reach is None or _end(row) > _end(reach):
                reach = row


def _start(row: DeviceRow) -> int:
    return _LONG_AGO if row.from_minute is None else row.from_minute


def _end(row: DeviceRow) -> int:
    return _FAR_OFF if row.to_minute is None else row.to_minute


def _owner(row: DeviceRow) -> str:
    who = row.assigned_to or "nobody"
    return f"{row.ownership} and assigned to {who}"


def _staff(rows: Iterable[StaffRow]) -> Iterator[Problem]:
    spans = defaultdict(list)
    for row in rows:
        start = (row.valid_from or date.min).toordinal()
        spans[row.employee_id].append(_Span(start, (row.valid_to or date.max).toordinal() + 1, row.line))
    for employee_id, held in spans.items():
        for earlier, later in _clashes(held):
            what = f"employee {employee_id} is on line {earlier} already in that time"
            hint = "end the earlier row with `valid_to`: rows of one employee follow each other"
            yield Problem(f"staff.csv:{later}", what, hint)


def _schedules(rows: Iterable[ScheduleRow]) -> Iterator[Problem]:
    ranges: defaultdict[str, list[ScheduleRow]] = defaultdict(list)
    for row in rows:
        ranges[row.schedule].append(row)
    for schedule, own in ranges.items():
        for earlier, later in _clashing_ranges(own):
            what = f"schedule `{schedule}` has a range on line {earlier} already in that time"
            hint = "ranges of one schedule follow each other"
            yield Problem(f"schedules.csv:{later}", what, hint)


def _clashing_ranges(rows: list[ScheduleRow]) -> list[tuple[int, int]]:
    """Pairs of lines (upper, lower), each lower line once, of ranges that share time on some date."""
    found: dict[int, int] = {}
    placed = sorted(
        ((row.weekday * _DAY + row.start_minute + week, row) for row in rows for week in (0, _WEEK)),
        key=lambda one: (one[0], one[1].line),
    )
    for at, (start, row) in enumerate(placed):
        # An end at or before the start is on the next day; both alike are a whole day.
        end = start + (row.end_minute - row.start_minute - 1) % _DAY + 1
        for begins, other in placed[at + 1 :]:
            if begins >= end:
                break
            upper, lower = sorted((row.line, other.line))
            if upper != lower and lower not in found and _meet(row, other, begins // _DAY - start // _DAY):
                found[lower] = upper
    return sorted((upper, lower) for lower, upper in found.items())


def _meet(row: ScheduleRow, later: ScheduleRow, days: int) -> bool:
    """Whether both ranges hold on some date of the first one's weekday, the second so many days later."""
    starts = [_ordinal(row.valid_from, _LONG_AGO), _ordinal(later.valid_from, _LONG_AGO) - days]
    ends = [_ordinal(row.valid_to, _FAR_OFF), _ordinal(later.valid_to, _FAR_OFF) - days]
    first = max(starts)
    weekday = (first - 1) % 7  # the ordinal 1 is a Monday
    return first + (row.weekday - weekday) % 7 <= min(ends)


def _ordinal(day: date | None, otherwise: int) -> int:
    return otherwise if day is None else day.toordinal()


def _calendar(rows: Iterable[CalendarRow]) -> Iterator[Problem]:
    first: dict[tuple[date, str, str], str] = {}
    for row in rows:
        told = first.setdefault((row.day, row.site, row.applies_to), row.where)
        if told != row.where:
            whom = f" for `{row.applies_to}`" if row.applies_to else ""
            place = told.replace(f"{row.file}:", "line ")
            what = f"{row.day} at site `{row.site}`{whom} is on {place} already"
            yield Problem(row.where, what, "keep one of the two rows")


def _clashes(spans: list[_Span]) -> list[tuple[int, int]]:
    """Pairs of lines (upper, lower) in the file, each lower line once, in which two spans share time."""
    found: dict[int, int] = {}
    reach: _Span | None = None
    for span in sorted(spans, key=lambda one: (one.start, one.line)):
        if reach and span.start < reach.end:
            upper, lower = sorted((reach.line, span.line))
            if upper != lower:
                found.setdefault(lower, upper)
        if reach is None or span.end > reach.end:
            reach = span
    return sorted((upper, lower) for lower, upper in found.items())
