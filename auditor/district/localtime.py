"""Local time to UTC epoch minutes and back: the one place that knows what to do when the clocks change.

The rule: a local time stands for **the first minute at which the clock on the wall reads it or later**. So
- a time that comes twice (clocks set back) is the first of the two;
- a time that never comes (clocks set forward) is the minute at which the clocks jump;
- later local times never become earlier minutes, and days follow each other without gap or overlap.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


def wall(minute: int, zone: str) -> datetime:
    """What the clock on the wall reads at a UTC epoch minute, as a time without zone."""
    return (_EPOCH + minute * _MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def first_minute(local: datetime, zone: str) -> int:
    """The first UTC epoch minute at which the clock on the wall reads `local` (without zone) or later."""
    place = ZoneInfo(zone)
    minute = utc_minute(local.replace(tzinfo=place, fold=0))  # of a time that comes twice: the first
    if wall(minute, zone) == local:
        return minute
    before = utc_minute(local.replace(tzinfo=place, fold=1))  # PEP 495: in a gap, fold=1 lies before the jump
    candidates = range(min(before, minute), max(before, minute) + 1)
    return candidates[bisect_left(candidates, local, key=lambda candidate: wall(candidate, zone))]


def utc_minute(moment: datetime) -> int:
    """The UTC epoch minute of a date-time with an offset; seconds are cut off."""
    return (moment - _EPOCH) // _MINUTE


def midnight(day: date, zone: str) -> int:
    """The UTC epoch minute at which a local day begins."""
    return first_minute(datetime(day.year, day.month, day.day), zone)


def local_day(minute: int, zone: str) -> date:
    """The local day of a UTC epoch minute: `midnight(day) <= minute < midnight(day + 1)`."""
    day = wall(minute, zone).date()
    tomorrow = day + timedelta(days=1)
    # Clocks set back across midnight show yesterday's date again; the new day has begun all the same.
    return tomorrow if minute >= midnight(tomorrow, zone) else day


def written(minute: int, zone: str) -> str:
    """A UTC epoch minute as the files have it: local time, with the offset where the clock shows it twice."""
    local = wall(minute, zone)
    text = local.isoformat(timespec="minutes")
    if first_minute(local, zone) == minute:
        return text
    ahead = round((local - wall(minute, "UTC")).total_seconds() / 60)
    sign = "-" if ahead < 0 else "+"
    return f"{text}{sign}{abs(ahead) // 60:02}:{abs(ahead) % 60:02}"
