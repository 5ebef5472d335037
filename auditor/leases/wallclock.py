"""Stamps without zone or year, turned into UTC by what the order of a file's lines gives away.

Both need a walk through the file before the one that uses them: `watch` in the first, the others in the second.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from auditor.leases.seconds import DAY_S, day_seconds

_EPOCH = datetime(1970, 1, 1)
_PIECE_S = 900  # offsets from UTC change at whole quarters of an hour
_MOST_PIECES = 4096
_BACK_S = 900  # a clock that is read so much earlier than on the line before was set back; less is disorder
_MOST_STEPS = 4  # back within a day that are remembered; with more the day's lines are in no order
_MOST_DAYS = 4096
_LAST_YEAR_DAY = 360  # of 372: from the first of January back to the last of December


class Moment(NamedTuple):
    """A second of UTC, or the two between which nothing decides: the clock was set back and read the same twice."""

    earliest_s: int
    latest_s: int


class WallClock:
    """Local times of a zone. A time that comes twice is told by the line at which the clock goes back."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._offsets: dict[int, tuple[int, int]] = {}
        self._steps: dict[
            Hashable, list[tuple[int, int, int]]
        ] = {}  # by day: line, clock before, clock after
        self._last: tuple[Hashable, int] = (None, 0)

    def watch(self, line: int, day: Hashable, clock_s: int) -> None:
        """Notes a stamp, `clock_s` after local midnight; days are told apart by any key."""
        last_day, last_s = self._last
        if day == last_day and clock_s <= last_s - _BACK_S:
            steps = self._steps.setdefault(day, []) if len(self._steps) < _MOST_DAYS else []
            if len(steps) <= _MOST_STEPS:
                steps.append((line, last_s, clock_s))
        self._last = (day, clock_s)

    def utc(self, line: int, day: Hashable, day_s: int, clock_s: int) -> Moment:
        """The moment of a stamp that was watched. A time that never comes is that long after the clock's jump."""
        first, second = self._both_offsets(day_s + clock_s)
        early, late = day_s + clock_s - first, day_s + clock_s - second
        if first <= second:
            return Moment(early, early)
        turn = self._turn(day, day_s)
        if turn is None:
            return Moment(early, late)
        return Moment(early, early) if line < turn else Moment(late, late)

    def _turn(self, day: Hashable, day_s: int) -> int | None:
        """The line at which the clock was set back on a day; None where none shows it, or several do."""
        steps = self._steps.get(day, [])
        turns = [
            line
            for line, before, after in steps
            if self._is_twice(day_s + before) and self._is_twice(day_s + after)
        ]
        return turns[0] if len(turns) == 1 and len(steps) <= _MOST_STEPS else None

    def _is_twice(self, local_s: int) -> bool:
        first, second = self._both_offsets(local_s)
        return first > second

    def _both_offsets(self, local_s: int) -> tuple[int, int]:
        """Seconds east of UTC, of the first and of the second time that the clock reads so (PEP 495)."""
        piece = local_s // _PIECE_S
        found = self._offsets.get(piece)
        if found is None:
            if len(self._offsets) >= _MOST_PIECES:
                self._offsets.clear()
            local = _EPOCH + timedelta(seconds=piece * _PIECE_S)
            both = [local.replace(tzinfo=self._zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1)]
            found = self._offsets[piece] = (both[0] // timedelta(seconds=1), both[1] // timedelta(seconds=1))
        return found


class Years:
    """Years for stamps that have none: such that the file is in order and ends before it was last written.

    Days are numbered as if each month had 31. A stamp some hours before the last one is disorder; more is next year.
    """

    def __init__(self) -> None:
        self._turns, self._last = 0, -1
        self._latest = -1  # day of the last year
        self._leap_turns: set[int] = set()  # how often the year had turned at a 29th of February
        self.first = self.last = 0  # the years found

    def watch(self, month: int, day: int) -> int:
        """Notes a stamp; gives a number of its day that grows from year to year."""
        number = month * 31 + day
        if self._last >= 0:
            if number < self._last - 1:
                self._turns, self._latest = self._turns + 1, -1
            elif number > self._last + _LAST_YEAR_DAY:
                self._turns -= 1
        self._last = number
        self._latest = max(self._latest, number)
        if (month, day) == (2, 29) and len(self._leap_turns) < _MOST_DAYS:
            self._leap_turns.add(self._turns)
        return self._turns * 400 + number

    def settle(self, modified_s: int) -> None:
        """Ends the first walk; the stamps are then given again, from the first."""
        turns, month, day = self._turns, *divmod(self._latest - 1, 31)
        newest = 1970 + modified_s // (365 * DAY_S)
        for last in range(newest, newest - 12, -1):
            begins_s = day_seconds(last, month, day + 1)
            leap = all(day_seconds(last - turns + turn, 2, 29) is not None for turn in self._leap_turns)
            if begins_s is not None and begins_s <= modified_s + DAY_S and leap:
                self.first, self.last = last - turns, last
                break
        self._turns, self._last = 0, -1

    def day_seconds(self, month: int, day: int) -> int | None:
        """The midnight of a day of the year that `watch` has just come to; None for a day that isn't."""
        return day_seconds(self.first + self._turns, month, day) if self.first else None
