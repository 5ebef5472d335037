"""Times in which a sensor captured nothing although the traffic around them makes that unlikely.

Quiet networks are silent for minutes, and nights are quieter than days. So a silence is held against its own
neighbourhood, the hour before it and the hour after it, of which the quieter counts:

- it lasts at least SHORTEST minutes;
- were silent minutes to come by chance, as often as in the quieter hour, one so long would come less than once in a
  million (the share of silent minutes to the power of its length);
- it is LONGER times as long as any other silence in the two hours but for the three longest, since a failing sensor
  makes several.

Shorter losses show in what TCP's receivers acknowledge, and in the sensor's own counters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from auditor.jobs.quality import runs_of
from auditor.records import IntArray
from auditor.warehouse import CaptureMark

SHORTEST = 3  # minutes
HOUR = 60
CHANCE = 1e-6
LONGER = 5
LET_PASS = 3
AROUND = 7 * 24 * HOUR  # minutes beyond the period that are looked at: a gap may begin before it
MINUTE_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class Gap:
    """UTC epoch minutes [start, end) of which a sensor has nothing."""

    sensor: str
    start_minute: int
    end_minute: int
    inside: bool  # within one capture; else between two


def find_gaps(marks: Iterable[CaptureMark], start: int, end: int) -> list[Gap]:
    """The gaps that touch the minutes [start, end), by sensor and time. Captures of older versions of this program
    say nothing of their minutes and are taken to have no gap inside."""
    by_sensor: defaultdict[str, list[CaptureMark]] = defaultdict(list)
    for mark in marks:
        by_sensor[mark.sensor].append(mark)
    return [
        Gap(sensor, first, last, _is_inside(by_sensor[sensor], first, last))
        for sensor in sorted(by_sensor)
        for first, last in _silences(_seen(by_sensor[sensor], start - AROUND, end + AROUND), end)
        if first < end and last > start
    ]


def _seen(marks: list[CaptureMark], start: int, end: int) -> tuple[int, IntArray]:
    """The first minute with frames, and for each minute from there to the last one with frames 1 if it has any."""
    seen = np.zeros(end - start, np.int64)
    for mark in marks:
        whole = f"{mark.first_ns // MINUTE_NS}+{(mark.last_ns - mark.first_ns) // MINUTE_NS + 1}"
        for first, last in runs_of(mark.seen_minutes or (whole if mark.frames else "")):
            seen[max(first - start, 0) : max(last - start, 0)] = 1
    found = np.flatnonzero(seen)
    if not len(found):
        return start, seen[:0]
    return start + int(found[0]), seen[found[0] : found[-1] + 1]


def _silences(timeline: tuple[int, IntArray], until: int) -> Iterator[tuple[int, int]]:
    """The silences that are gaps; the last may reach to `until`, with nothing behind it."""
    first, seen = timeline
    if first + len(seen) < until and len(seen):
        seen = np.concatenate([seen, np.zeros(until - first - len(seen), np.int64)])
    edges = np.flatnonzero(np.diff(seen))
    starts, ends = (
        edges[::2] + 1,
        np.r_[edges[1::2] + 1, [len(seen)] if len(edges) % 2 else []].astype(np.int64),
    )
    for number in np.flatnonzero(ends - starts >= SHORTEST).tolist():
        start, end = int(starts[number]), int(ends[number])
        hours = seen[max(0, start - HOUR) : start], seen[end : end + HOUR]
        silent = max((int((hour == 0).sum()) + 1) / (len(hour) + 2) for hour in hours)
        near = (starts < end + HOUR) & (ends > start - HOUR)
        near[number] = False
        others = np.sort((ends - starts)[near])[::-1]
        usual = int(others[LET_PASS]) if len(others) > LET_PASS else 0
        if silent ** (end - start) < CHANCE and end - start >= LONGER * usual:
            yield first + start, first + end


def _is_inside(marks: list[CaptureMark], start: int, end: int) -> bool:
    return any(mark.first_ns < start * MINUTE_NS and mark.last_ns >= end * MINUTE_NS for mark in marks)
