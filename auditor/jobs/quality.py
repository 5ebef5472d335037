"""How whole a capture is, from its frames as they go by: minutes that hold any, and frames that are cut short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

import numpy as np

from auditor.policy.clock import local_day
from auditor.records import Frames

MINUTE_NS = 60_000_000_000
MOST_MINUTES = 1 << 20  # two years; a capture whose clock is mad is not followed further
LATEST_NS = 1 << 62  # in the year 2116: a day can be named
MOST_RUNS = 4096  # stretches of minutes that are told apart


class Quality:
    """What one capture's frames say."""

    def __init__(self) -> None:
        self._minutes: set[int] = set()
        self._cut: defaultdict[int, Counter[str]] = defaultdict(Counter)  # by quarter of an hour

    def see(self, frames: Frames) -> None:
        """Takes in a block."""
        first, last = int(frames.time_ns.min()) // MINUTE_NS, int(frames.time_ns.max()) // MINUTE_NS
        minutes = [first] if first == last else np.unique(frames.time_ns // MINUTE_NS).tolist()
        if len(self._minutes) < MOST_MINUTES:
            self._minutes.update(minutes)
        sane = (frames.time_ns > 0) & (frames.time_ns < LATEST_NS)
        cut = np.flatnonzero((frames.captured < frames.wire) & sane)
        for quarter in np.unique(frames.time_ns[cut] // (15 * MINUTE_NS)).tolist():
            chosen = cut[frames.time_ns[cut] // (15 * MINUTE_NS) == quarter]
            counts = self._cut[quarter]
            counts["frames_cut"] += len(chosen)
            counts["bytes_cut"] += int((frames.wire[chosen] - frames.captured[chosen]).sum())

    def coverage(self, zone: str) -> dict[date, Counter[str]]:
        """Frames cut by the snap length and the bytes that they lack, by local day."""
        days: defaultdict[date, Counter[str]] = defaultdict(Counter)
        for quarter, counts in self._cut.items():
            days[local_day(quarter * 15, zone)] += counts
        return dict(days)

    def seen_minutes(self) -> str:
        """Stretches of minutes with frames, as `runs_of` reads them."""
        return text_of(self._minutes)


def text_of(minutes: Iterable[int]) -> str:
    """`29384021+60 29384100+1`: stretches of UTC epoch minutes, each its first one and how many."""
    found = np.unique(np.fromiter(minutes, np.int64))
    if not len(found):
        return ""
    holes = np.diff(found) - 1
    breaks = np.flatnonzero(holes)
    if len(breaks) >= MOST_RUNS:  # the shortest silences are let go
        breaks = np.sort(breaks[np.argsort(holes[breaks], kind="stable")[1 - MOST_RUNS :]])
    starts, ends = found[np.r_[0, breaks + 1]], found[np.r_[breaks, len(found) - 1]]
    return " ".join(f"{a}+{b - a + 1}" for a, b in zip(starts.tolist(), ends.tolist(), strict=True))


def runs_of(text: str) -> list[tuple[int, int]]:
    """The stretches of `text_of` as [start, end)."""
    runs = (part.split("+") for part in text.split())
    return [(int(start), int(start) + int(count)) for start, count in runs]
