"""Where the time goes, by stage: what `--profile` prints."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

T = TypeVar("T")

START, REST = "start-up", "all else"


class NoStopwatch:
    """Measures nothing and costs nothing."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Counts what is done inside as this stage's; a stage inside another one interrupts it."""
        return nullcontext()

    def each(self, name: str, items: Iterable[T]) -> Iterable[T]:
        """The items; the time it takes to get them is this stage's."""
        return items

    def count(self, packets: int, size: int) -> None:
        """Notes that packets were read, and their bytes in the capture."""


NO_STOPWATCH = NoStopwatch()


class Stopwatch(NoStopwatch):
    """Seconds by stage, of this process's processor time and by the clock on the wall."""

    def __init__(self) -> None:
        """What came before is start-up."""
        self._stages = [REST]  # the one that runs, behind those it interrupts
        self._now = time.process_time(), time.perf_counter()
        self.cpu_s = defaultdict(float, {START: self._now[0]})
        self.wall_s = defaultdict(float, {START: _since_start_s(self._now[0])})
        self.packets = self.size = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._turn()
        self._stages.append(name)
        try:
            yield
        finally:
            self._turn()
            self._stages.pop()

    def each(self, name: str, items: Iterable[T]) -> Iterator[T]:
        remaining = iter(items)
        while True:
            with self.stage(name):
                try:
                    item = next(remaining)
                except StopIteration:
                    return
            yield item

    def count(self, packets: int, size: int) -> None:
        self.packets += packets
        self.size += size

    def _turn(self) -> None:
        before, self._now = self._now, (time.process_time(), time.perf_counter())
        self.cpu_s[self._stages[-1]] += self._now[0] - before[0]
        self.wall_s[self._stages[-1]] += self._now[1] - before[1]

    def lines(self) -> Iterator[str]:
        """The table for people: stages in the order in which they came first, then sums and speed."""
        self._turn()
        cpu_s, wall_s = sum(self.cpu_s.values()), sum(self.wall_s.values())
        yield f"{'stage':<28} {'CPU s':>8} {'wall s':>8} {'of CPU':>7}"
        for name in sorted(self.cpu_s, key=lambda name: name == REST):
            share = self.cpu_s[name] / cpu_s if cpu_s else 0.0
            yield f"{name:<28} {self.cpu_s[name]:8.3f} {self.wall_s[name]:8.3f} {share:7.1%}"
        yield f"{'together':<28} {cpu_s:8.3f} {wall_s:8.3f}"
        if self.packets and wall_s:
            speed = (
                f"{self.packets / wall_s / 1000:,.0f} thousand packets/s, {self.size / wall_s / 1e9:.3f} GB/s"
            )
            yield f"{self.packets:,} packets, {self.size / 1e9:.3f} GB: {speed}"
        yield f"peak memory {_peak_bytes() / 1e6:.0f} MB"


def _since_start_s(cpu_s: float) -> float:
    """Since this process began, where the system tells (proc(5): field 22 of stat); else its processor time."""
    try:
        with open("/proc/self/stat", "rb") as file:  # noqa: PTH123 - one small read
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return cpu_s


def _peak_bytes() -> int:
    """Of memory held at once; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
