"""Written dates and times as seconds, without any zone: 0 is 1970-01-01 00:00:00 by the clock that was read."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

DAY_S = 86400
_FIRST_DAY = date(1970, 1, 1).toordinal()
_CLOCK = re.compile(r"(\d\d?):(\d\d):(\d\d)", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1990, 2199


def seconds(year: int, month: int, day: int, clock: str) -> int | None:
    """Of a date and `HH:MM:SS`; None for none. The second after 59 is a leap second."""
    day_s, clock_s = day_seconds(year, month, day), clock_seconds(clock)
    return None if day_s is None or clock_s is None else day_s + clock_s


@lru_cache(1024)
def day_seconds(year: int, month: int, day: int) -> int | None:
    """The midnight at which a day begins."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return (date(year, month, day).toordinal() - _FIRST_DAY) * DAY_S
    except ValueError:
        return None


def clock_seconds(clock: str) -> int | None:
    """`HH:MM:SS` as seconds after midnight."""
    found = _CLOCK.fullmatch(clock)
    if not found:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3])
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second <= 60 else None
