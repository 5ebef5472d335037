"""What may stand in a cell: dates, times, weekdays, MAC addresses. Text in, numbers and dates out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from auditor.district.cellhints import DATES, date_hint, moment_hint, time_hint
from auditor.district.localtime import first_minute, local_day, midnight, utc_minute

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_NAMES = {
    name: number
    for number, full in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
    for name in (full, full[:3])
}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?:(Z)|([+-])(\d{2}):?(\d{2}))?", re.ASCII)
_MAC = re.compile(
    r"[0-9a-f]{12}|[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}"
)


class CellError(ValueError):
    """A cell can't be read: what is wrong with it, and a hint."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


def parse_day(text: str) -> date:
    """`2026-11-16`"""
    found = _DATE.fullmatch(text)
    if not found:
        raise CellError("is not a date", date_hint(text))
    return _calendar_day(text)


def parse_clock(text: str) -> int:
    """`07:30` as minutes after midnight, 0 .. 1439; `24:00` is midnight. Spreadsheets drop the first zero."""
    found = _TIME.fullmatch(text)
    if found and (text == "24:00" or (int(found[1]) < 24 and int(found[2]) < 60)):
        return (int(found[1]) * 60 + int(found[2])) % 1440
    raise CellError("is not a time of day", time_hint(text))


def parse_start(text: str, zone: str) -> int:
    """The UTC epoch minute at which an interval begins: of a date, its midnight."""
    moment = _moment(text, zone)
    return midnight(moment, zone) if isinstance(moment, date) else moment


def parse_end(text: str, zone: str) -> int:
    """The UTC epoch minute, exclusive, at which an interval ends: of a date, the midnight after it."""
    moment = _moment(text, zone)
    return midnight(moment + timedelta(days=1), zone) if isinstance(moment, date) else moment


def parse_approval(text: str, zone: str) -> tuple[int, date]:
    """The UTC epoch minute and local day of an approval. A date alone counts from that day's beginning."""
    minute = parse_start(text, zone)
    return minute, local_day(minute, zone)


def parse_weekday(text: str) -> int:
    """`mon` (or `Monday`) as 0 .. `sun` as 6."""
    number = _WEEKDAY_NAMES.get(text.casefold())
    if number is None:
        raise CellError("is not a weekday", "one of " + ", ".join(WEEKDAYS))
    return number


def parse_weekdays(text: str) -> tuple[int, ...]:
    """`mon wed` or `mon-fri` as sorted weekday numbers."""
    days: set[int] = set()
    for part in re.split(r"[\s,;/]+", text.strip()):
        first, dash, last = part.partition("-")
        begin = parse_weekday(first)
        length = (parse_weekday(last) - begin) % 7 if dash else 0
        days.update((begin + step) % 7 for step in range(length + 1))
    return tuple(sorted(days))


def parse_mac(text: str) -> str:
    """A MAC address in any common spelling as `aa:bb:cc:dd:ee:ff`."""
    spelt = text.casefold()
    if not _MAC.fullmatch(spelt):
        raise CellError("is not a MAC address", _mac_hint(spelt))
    digits = re.sub(r"[^0-9a-f]", "", spelt)
    if int(digits[:2], 16) & 1:
        raise CellError(
            "is a group address, no device has it", "copy the address from the device or the inventory"
        )
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def is_randomised(mac: str) -> bool:
    """Whether an address is locally administered (IEEE 802, second bit): made up by the device."""
    return bool(int(mac[:2], 16) & 2)


def _mac_hint(text: str) -> str:
    if re.fullmatch(r"[\d.,]+e\+?\d+|\d{9,11}", text):
        return "a spreadsheet made a number of it; format the column as text and enter it again"
    return "12 hex digits, such as 3c:22:fb:01:02:03"


def _moment(text: str, zone: str) -> date | int:
    """A date, or the UTC epoch minute of a date-time."""
    found = _MOMENT.fullmatch(text)
    if not found:
        if _DATE.fullmatch(text):
            return _calendar_day(text)
        raise CellError("is not a date or date-time", moment_hint(text))
    day, clock = _calendar_day(found[1]), parse_clock(found[2])
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=clock, days=found[2] == "24:00")
    if found[3]:
        return utc_minute(local.replace(tzinfo=UTC))
    if not found[4]:
        return first_minute(local, zone)
    offset = timedelta(hours=int(found[5]), minutes=int(found[6])) * (-1 if found[4] == "-" else 1)
    if abs(offset) >= timedelta(days=1) or int(found[6]) > 59:
        raise CellError("has an impossible UTC offset", "offsets look like -06:00")
    return utc_minute(local.replace(tzinfo=timezone(offset)))


def _calendar_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CellError("is no day of the calendar", DATES) from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise CellError(f"is not between {_FIRST_YEAR} and {_LAST_YEAR}", "an open end is an empty cell")
    return day
