"""What somebody may have meant by a date or time that is not written as the district's files want it."""

from __future__ import annotations

import re
from datetime import date, timedelta

DATES = "dates are YYYY-MM-DD, such as 2026-11-16"
TIMES = "times are HH:MM from 00:00 to 24:00, such as 07:30"
MOMENTS = "write 2026-11-16, 2026-11-16T08:05 or 2026-11-16T08:05-06:00"
_TOO_NARROW = "the spreadsheet's column was too narrow when the file was saved: widen it and save again"
_DAY_NUMBER = re.compile(r"(\d{5})(?:[.,](\d{1,12}))?", re.ASCII)  # days since 1899-12-30, and a fraction
_ORDERS = re.compile(r"(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})\.?(?:[T ,]+(\S.*))?", re.ASCII)
_MONTHS = {name: at for at, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun"), start=1)} | {
    name: at for at, name in enumerate(("jul", "aug", "sep", "oct", "nov", "dec"), start=7)
}
_TWELVE = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s*([ap])\.?\s*m\.?", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?:[:.]\d{2}(?:[.,]\d+)?)?", re.ASCII | re.IGNORECASE)
_DIGITS = re.compile(r"(\d{1,2})(\d{2})", re.ASCII)
_FRACTION = re.compile(r"0[.,](\d{1,12})", re.ASCII)


def date_hint(text: str) -> str:
    """What to write in place of a text that is no date."""
    if set(text) == {"#"}:
        return _TOO_NARROW
    days = _days(text)
    return f"did you mean {' or '.join(days)}? {_capital(DATES)}" if days else DATES


def moment_hint(text: str) -> str:
    """What to write in place of a text that is neither a date nor a date-time."""
    if set(text) == {"#"}:
        return _TOO_NARROW
    days, clock = _days(text), ""
    rest = _ORDERS.fullmatch(text)
    if rest and rest[4]:
        clock = _clock(rest[4])
    elif "T" in text and not days:
        front, _, back = text.partition("T")
        days, clock = _days(front), _clock(back)
    found = _DAY_NUMBER.fullmatch(text)
    if found and found[2]:
        clock = _of_fraction(found[2])
    if not days:
        return MOMENTS
    meant = " or ".join(f"{day}T{clock}" if clock else day for day in days)
    return f"did you mean {meant}? {_capital(MOMENTS)}"


def time_hint(text: str) -> str:
    """What to write in place of a text that is no time of day."""
    if set(text) == {"#"}:
        return _TOO_NARROW
    clock = _clock(text)
    return f"did you mean {clock}? {_capital(TIMES)}" if clock else TIMES


def _days(text: str) -> list[str]:
    """The days that a text may mean; two where month and day may be exchanged."""
    number = _DAY_NUMBER.fullmatch(text)
    if number:  # 20000 is in 1954, 80000 in 2119
        return [_iso(*_parts(int(number[1])))] if 20_000 <= int(number[1]) <= 80_000 else []
    if re.fullmatch(r"(?:19|20)\d{6}", text, re.ASCII):
        return _possible([(int(text[:4]), int(text[4:6]), int(text[6:]))])
    found = _ORDERS.fullmatch(text)
    if not found:
        return _worded(text)
    first, middle, last = int(found[1]), int(found[2]), int(found[3])
    if len(found[1]) == 4:
        return _possible([(first, middle, last)])
    if len(found[3]) not in (2, 4) or len(found[1]) > 2:
        return []
    year = last if len(found[3]) == 4 else 2000 + last
    return _possible([(year, first, middle), (year, middle, first)])


def _worded(text: str) -> list[str]:
    """A day whose month is a word: `Nov 16, 2026`, `16-Nov-26`."""
    words = re.findall(r"[^\W\d_]+|\d+", text)
    months = [_MONTHS[word[:3].casefold()] for word in words if word[:3].casefold() in _MONTHS]
    numbers = [word for word in words if word.isdecimal() and word.isascii() and len(word) <= 4]
    if len(months) != 1 or len(numbers) != 2 or len(words) != 3:
        return []
    if len(numbers[0]) == 4:
        numbers.reverse()
    year = int(numbers[1]) + (2000 if len(numbers[1]) == 2 else 0)
    return _possible([(year, months[0], int(numbers[0]))])


def _possible(candidates: list[tuple[int, int, int]]) -> list[str]:
    days = []
    for year, month, day in candidates:
        try:
            days.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(days))


def _parts(number: int) -> tuple[int, int, int]:
    day = date(1899, 12, 30) + timedelta(days=number)
    return day.year, day.month, day.day


def _iso(year: int, month: int, day: int) -> str:
    return date(year, month, day).isoformat()


def _clock(text: str) -> str:
    """The time of day that a text may mean, as HH:MM; "" where none."""
    text = text.strip()
    twelve = _TWELVE.fullmatch(text)
    if twelve and 1 <= int(twelve[1]) <= 12:
        hour = int(twelve[1]) % 12 + 12 * (twelve[3].casefold() == "p")
        return _hours(hour, int(twelve[2] or 0))
    fraction = _FRACTION.fullmatch(text)
    if fraction:
        return _of_fraction(fraction[1])
    found = _CLOCK.fullmatch(text) or _DIGITS.fullmatch(text)
    return _hours(int(found[1]), int(found[2])) if found else ""


def _of_fraction(digits: str) -> str:
    """The time of a fraction of a day, as spreadsheets keep it."""
    minute = round(int(digits) * 1440 / 10 ** len(digits))
    return _hours(minute // 60, minute % 60)


def _hours(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
