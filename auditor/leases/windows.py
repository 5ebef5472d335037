"""Audit logs of Windows DHCP servers: `DhcpSrvLog-Mon.log`, `DhcpV6SrvLog-Mon.log`.

    ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name, TransactionID, ...
    10,11/18/26,08:00:00,Assign,10.20.1.50,el-lt-03.example.org,00005E00530A,,...

Below a text that explains the numbers, in the server's language. Times are local and say no zone; how long leases
last is not written. The server begins each weekday's file anew. Numbers: "Analyze DHCP Server Log Files" in
Microsoft's documentation, and the text in the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from auditor.leases.doubts import NOT_UNDERSTOOD, Doubts
from auditor.leases.fold import Event, fold
from auditor.leases.lines import Lines
from auditor.leases.reader import LOCAL_TIMES, TWICE, Place, Reader, Reading
from auditor.leases.seconds import DAY_S, clock_seconds, day_seconds
from auditor.leases.values import ip_of, mac_of, mac_of_hex_duid
from auditor.leases.wallclock import WallClock

_ROW = re.compile(r"\d{2,5},(\d{1,4}([/.-])\d{1,2}\2\d{1,4}),\d{1,2}:\d\d:\d\d,")
_GRANTED = ("10", "11", "20", "21", "11002", "11004", "11005")  # new, renewed, BOOTP; request, renew, rebind
_GIVEN_BACK = ("12", "11006", "11007")  # released; declined, released
_TAKEN_BACK = (
    "16",
    "17",
    "18",
    "23",
    "11016",
    "11017",
    "11018",
)  # deleted or expired; the client may not be named
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_IN_NAME = re.compile(rf"-({'|'.join(_WEEKDAYS)})\b", re.IGNORECASE)
_WEEK_S = 8 * DAY_S  # a weekday's file is begun anew after seven days


def recognises(head: list[str]) -> bool:
    return any(_ROW.match(line) and len(line.split(",")) >= 6 for line in head)


def read(lines: Lines, place: Place, doubts: Doubts) -> Reading:
    clock = WallClock(place.zone)
    dates: set[tuple[int, int, int]] = set()
    separators: set[str] = set()
    for number, cells in _rows(lines):
        clock_s = clock_seconds(cells[2])
        numbers = _numbers(cells[1])
        if clock_s is not None and numbers:
            clock.watch(number, numbers, clock_s)
            if len(dates) < 4096:
                dates.add(numbers)
            separators.add(cells[1].strip("0123456789")[:1])
    day_first, why = _day_comes_first(dates, separators, place)
    entries = fold(_events(lines, clock, day_first, doubts), doubts, place.assumed_lease_s)
    return Reading(f"{LOCAL_TIMES}, {why}", entries)


def _rows(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines:
        if _ROW.match(line):
            yield number, line.split(",")


def _events(lines: Lines, clock: WallClock, day_first: bool, doubts: Doubts) -> Iterator[Event]:
    for number, cells in _rows(lines):
        kind = cells[0]
        is_grant, is_named_end = kind in _GRANTED, kind in _GIVEN_BACK
        if not (is_grant or is_named_end or kind in _TAKEN_BACK):
            continue
        is_v6 = len(kind) == 5
        numbers, clock_s = _numbers(cells[1]), clock_seconds(cells[2])
        day_s = _day_seconds(numbers, day_first) if numbers else None
        ip = ip_of(cells[4]) if len(cells) > 5 else ""
        if is_v6:
            if len(cells) > 6 and cells[6].strip() not in ("", "0"):
                continue  # it failed
            mac = mac_of_hex_duid(cells[8]) if len(cells) > 8 else ""
        else:
            mac = mac_of(cells[6].strip()) if len(cells) > 6 else ""
        behind = 9 if is_v6 else 7  # cells up to the one that names the client
        is_cut = len(cells) < behind or (not lines.ended and len(cells) == behind)
        if day_s is None or clock_s is None or not ip or ((is_grant or is_named_end) and is_cut):
            doubts.add(NOT_UNDERSTOOD, number)
            continue
        when = clock.utc(number, numbers, day_s, clock_s)
        if when.earliest_s != when.latest_s:
            doubts.add(TWICE, number)
        yield Event(number, ip, mac, when.latest_s, None, not is_grant, when.earliest_s)


@lru_cache(64)
def _numbers(text: str) -> tuple[int, int, int] | None:
    parts = re.split(r"[/.-]", text)
    return (int(parts[0]), int(parts[1]), int(parts[2])) if all(map(str.isascii, parts)) else None


def _day_seconds(numbers: tuple[int, int, int], day_first: bool) -> int | None:
    first, second, year = numbers
    if first > 31:  # 2026-11-18
        return day_seconds(first, second, year)
    month, day = (second, first) if day_first else (first, second)
    return day_seconds(year if year > 99 else 2000 + year, month, day)


def _day_comes_first(
    dates: set[tuple[int, int, int]], separators: set[str], place: Place
) -> tuple[bool, str]:
    """Whether dates are day/month/year, and how that is known."""
    if any(first > 31 for first, _, _ in dates):
        return False, "dates are year-month-day"
    day_first = any(first > 12 for first, _, _ in dates)
    month_first = any(second > 12 for _, second, _ in dates)
    if day_first != month_first:
        return day_first, f"dates are {'day/month' if day_first else 'month/day'} by their numbers"
    if separators == {"."}:
        return True, "dates are day.month as they are written with dots"
    weekday = _WEEKDAY_IN_NAME.search(place.name)
    both = [{_day_seconds(numbers, order) for numbers in dates} - {None} for order in (False, True)]
    if weekday:
        number = _WEEKDAYS.index(weekday[1].lower())
        fits = [any(_weekday(day_s) == number for day_s in days if day_s is not None) for days in both]
        if fits[0] != fits[1]:
            return fits[
                1
            ], f"dates are {'day/month' if fits[1] else 'month/day'} by the weekday in the file's name"
    near = [
        any(day_s is not None and 0 <= place.modified_s + DAY_S - day_s <= _WEEK_S for day_s in days)
        for days in both
    ]
    if near[0] != near[1]:
        return near[
            1
        ], f"dates are {'day/month' if near[1] else 'month/day'} by when the file was last written"
    return False, "dates are taken for month/day, as Microsoft documents them"


def _weekday(day_s: int) -> int:
    return date.fromordinal(day_s // DAY_S + date(1970, 1, 1).toordinal()).weekday()


WINDOWS_LOG = Reader("Windows DHCP audit log", recognises, read)
