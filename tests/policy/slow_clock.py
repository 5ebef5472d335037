"""Local time for the second opinion: one minute after the other, by the clock on the wall (zoneinfo) alone.

Where clocks are set back, the wall reads an hour twice; where they are set forward, it never reads one. What
holds "from 01:30" begins with the first minute at which the wall reads 01:30 or anything later, and it does not
begin again. So what counts at a minute is the furthest that the clock has got to by then.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

# No clock has been set back by more since 1970 than Casey's, in Antarctica: three hours.
LONGEST_SET_BACK = 180


@cache
def wall(minute: int, zone: str) -> datetime:
    """What the clock on the wall reads at a minute, without its zone."""
    return datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@cache
def furthest(minute: int, zone: str) -> datetime:
    """The latest time that the clock on the wall has read by a minute."""
    return max(wall(earlier, zone) for earlier in range(minute - LONGEST_SET_BACK, minute + 1))


def local_day(minute: int, zone: str) -> date:
    """Which local day it is: the latest that the clock has got to."""
    return furthest(minute, zone).date()


def inside(minute: int, zone: str, begun_on: date, start: int, end: int) -> bool:
    """Whether a minute is in a range of local time (minutes after midnight) that began on a day.

    An end at or before the start is on the next day.
    """
    midnight = datetime(begun_on.year, begun_on.month, begun_on.day)
    if end <= start:
        end += 24 * 60
    return midnight + timedelta(minutes=start) <= furthest(minute, zone) < midnight + timedelta(minutes=end)


def begun(minute: int, zone: str, begun_on: date, start: int) -> int:
    """The first minute of the range that a minute is in: back as long as the clock had got to its start."""
    begins = datetime(begun_on.year, begun_on.month, begun_on.day) + timedelta(minutes=start)
    while furthest(minute - 1, zone) >= begins:
        minute -= 1
    return minute


def iso(minute: int, zone: str) -> str:
    """The minute as `2026-11-16T08:05-06:00`."""
    return datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).isoformat(timespec="minutes")
