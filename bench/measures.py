"""The measurements: rounds in which the tools take turns, so that a busy machine hits all of them alike."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.tools import DATA, PEERS, ROOT, US, Failed, Run, Tool, measure, measure_bound, measure_two, warm


@dataclass(frozen=True)
class Capture:
    """A made capture and what it holds."""

    mix: str
    gigabytes: float
    path: Path
    packets: int
    size: int  # bytes
    flows: int
    named: int  # packets that carry a name
    frame_bytes: float  # average


@dataclass
class Compared:
    """Runs on one mix, a run a round; `ours` are on the same file as the tool's, in the same round."""

    capture: Capture
    bound: list[float] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    ours: dict[str, list[Run]] = field(default_factory=dict)
    captures: dict[str, Capture] = field(default_factory=dict)  # which a tool has read

    def ratio(self, tool: str, cpu: bool = False) -> float:
        """How many times as fast we are as a tool: the median of the rounds."""
        pairs = zip(self.runs[tool], self.ours[tool], strict=True)
        if cpu:
            return median(their.cpu_seconds / our.cpu_seconds for their, our in pairs)
        return median(their.seconds / our.seconds for their, our in pairs)

    def packets_a_second(self, tool: str) -> float:
        return self.captures[tool].packets / median(run.seconds for run in self.runs[tool])

    def bytes_a_second(self, tool: str) -> float:
        return self.captures[tool].size / median(run.seconds for run in self.runs[tool])

    def peak_bytes(self, tool: str) -> int:
        return max(run.peak_bytes for run in self.runs[tool])

    @property
    def of_bound(self) -> float:
        """Our whole process's speed as a fraction of the bound."""
        return median(bound / run.seconds for bound, run in zip(self.bound, self.runs[US.name], strict=True))


def capture(mix: str, gigabytes: float) -> Capture:
    """The capture, made where it isn't there, and read once."""
    path = DATA / f"{mix}-{gigabytes:g}.pcap"
    DATA.mkdir(exist_ok=True)
    told = subprocess.run(
        (sys.executable, "-m", "bench.make_mix", mix, str(gigabytes), str(path)),
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    facts = json.loads(told.stdout)
    warm(path)
    return Capture(
        mix,
        gigabytes,
        path,
        facts["packets"],
        facts["bytes"],
        facts["flows"],
        facts["named"],
        facts["frame_bytes"],
    )


def compare(
    mix: str, gigabytes: float, slow_gigabytes: float, rounds: int, core: int, say: Callable[[str], None]
) -> Compared:
    """Us, the bound and the peers that are there, in turns. Slow peers read a smaller file, and so do we then."""
    large, small = capture(mix, gigabytes), capture(mix, min(gigabytes, slow_gigabytes))
    done = Compared(large)
    measure(US, small.path, core)  # compiles the kernel where that is to be done
    tools = [tool for tool in PEERS if tool.there]
    for number in range(rounds):
        done.bound.append(measure_bound(large.path, core))
        ours = {large.path: measure(US, large.path, core)}
        _note(done, US, large, ours[large.path], ours[large.path])
        for tool in tools:
            which = small if tool.slow else large
            _take_turn(done, tool, which, ours, core, say)
        say(f"{mix}: round {number + 1} of {rounds}")
    return done


def _take_turn(
    done: Compared, tool: Tool, which: Capture, ours: dict[Path, Run], core: int, say: Callable[[str], None]
) -> None:
    if which.path not in ours:
        ours[which.path] = measure(US, which.path, core)
    try:
        _note(done, tool, which, measure(tool, which.path, core), ours[which.path])
    except Failed as failure:
        say(str(failure))


def _note(done: Compared, tool: Tool, which: Capture, run: Run, ours: Run) -> None:
    done.captures[tool.name] = which
    done.runs.setdefault(tool.name, []).append(run)
    done.ours.setdefault(tool.name, []).append(ours)


@dataclass(frozen=True)
class Size:
    """How we do on a capture of one size."""

    gigabytes: float
    cpu_seconds: float  # median
    peak_bytes: int


def growth(mix: str, sizes: Sequence[float], rounds: int, core: int) -> list[Size]:
    """Our cost on captures of several sizes."""
    captures = [capture(mix, gigabytes) for gigabytes in sizes]
    runs: dict[float, list[Run]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for each in captures:
            runs[each.gigabytes].append(measure(US, each.path, core))
    return [
        Size(size, median(run.cpu_seconds for run in of), max(run.peak_bytes for run in of))
        for size, of in runs.items()
    ]


def two_workers(mix: str, gigabytes: float, rounds: int, cores: tuple[int, int]) -> float:
    """How many times the work of one process two of them do in the same time; a file each."""
    first = capture(mix, gigabytes)
    second = first.path.with_name(f"{first.path.stem}-copy.pcap")
    second.write_bytes(first.path.read_bytes())
    try:
        ratios = [
            2 * measure(US, first.path, cores[0]).seconds / measure_two(first.path, second, cores)
            for _ in range(rounds)
        ]
    finally:
        second.unlink()
    return median(ratios)
