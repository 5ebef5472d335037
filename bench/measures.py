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
from bench.traps import Trap, write


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
    """Runs on one mix. Slow tools may have read a smaller capture; `ours_there` are ours on the same one."""

    capture: Capture
    bound: list[float] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    ours_there: dict[str, list[Run]] = field(default_factory=dict)
    captures: dict[str, Capture] = field(default_factory=dict)  # which a tool has read

    def packets_a_second(self, tool: str) -> float:
        return self.captures[tool].packets / median(run.seconds for run in self.runs[tool])

    def bytes_a_second(self, tool: str) -> float:
        return self.captures[tool].size / median(run.seconds for run in self.runs[tool])

    def _a_cpu_second(self, tool: str) -> float:
        return self.captures[tool].packets / median(run.cpu_seconds for run in self.runs[tool])

    def ratio(self, tool: str, cpu: bool = False) -> float:
        """How many times as many packets a second we read, each on the capture it was given."""
        if cpu:
            return self._a_cpu_second(US.name) / self._a_cpu_second(tool)
        return self.packets_a_second(US.name) / self.packets_a_second(tool)

    def ratio_there(self, tool: str) -> float:
        """How many times as fast we are on the very capture that the tool has read."""
        theirs, ours = self.runs[tool], self.ours_there[tool]
        return median(run.seconds for run in theirs) / median(run.seconds for run in ours)

    def peak_bytes(self, tool: str) -> int:
        return max(run.peak_bytes for run in self.runs[tool])

    @property
    def of_bound(self) -> float:
        """Our whole process's speed as a fraction of the bound."""
        return median(self.bound) / median(run.seconds for run in self.runs[US.name])


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
    """Us, the bound and the peers that are there, in turns; slow peers read a smaller capture, and once only."""
    large, small = capture(mix, gigabytes), capture(mix, min(gigabytes, slow_gigabytes))
    done = Compared(large)
    measure(US, small.path, core)  # compiles the kernel where that is to be done
    tools = [tool for tool in PEERS if tool.there]
    for number in range(rounds):
        done.bound.append(measure_bound(large.path, core))
        ours = {large.path: measure(US, large.path, core)}
        _note(done, US, large, ours[large.path], ours[large.path])
        for tool in tools:
            if number and tool.slow:
                continue
            which = small if tool.slow else large
            if which.path not in ours:
                ours[which.path] = measure(US, which.path, core)
            try:
                _note(done, tool, which, measure(tool, which.path, core), ours[which.path])
            except Failed as failure:
                say(str(failure))
        say(f"{mix}: round {number + 1} of {rounds}")
    return done


def _note(done: Compared, tool: Tool, which: Capture, run: Run, ours: Run) -> None:
    done.captures[tool.name] = which
    done.runs.setdefault(tool.name, []).append(run)
    done.ours_there.setdefault(tool.name, []).append(ours)


@dataclass(frozen=True)
class Size:
    """How we do on a capture of one size."""

    gigabytes: float
    cpu_seconds: float  # median
    peak_bytes: int


def growth(mix: str, sizes: Sequence[float], rounds: int, core: int, keep_gigabytes: float) -> list[Size]:
    """Our cost on captures of several sizes; those larger than `keep_gigabytes` are removed afterwards."""
    done = []
    for gigabytes in sizes:
        made = capture(mix, gigabytes)
        runs = [measure(US, made.path, core) for _ in range(rounds)]
        cpu_seconds = median(run.cpu_seconds for run in runs)
        done.append(Size(made.size / 1e9, cpu_seconds, max(run.peak_bytes for run in runs)))
        if gigabytes > keep_gigabytes:
            made.path.unlink()
            made.path.with_suffix(".json").unlink()
    return done


TRAP_SIZES = (1, 2, 4)


@dataclass(frozen=True)
class Trapped:
    """What a trap cost, by size."""

    trap: Trap
    frames: list[int]
    cpu_seconds: list[float]  # without those of an empty capture
    peak_bytes: list[int]

    def micros_a_packet(self, place: int) -> float:
        return 1e6 * self.cpu_seconds[place] / self.frames[place]

    @property
    def growth(self) -> float:
        """How many times as much a packet of the largest capture costs as one of the smallest; 1 is linear."""
        return self.micros_a_packet(-1) / self.micros_a_packet(0)


def trapped(trap: Trap, scale: float, rounds: int, core: int) -> Trapped:
    """Our cost on a trap, at TRAP_SIZES times its size; the least of the rounds counts."""
    DATA.mkdir(exist_ok=True)
    path = DATA / "trap.pcap"
    write(iter(()), 0, path)
    start = min(measure(US, path, core).cpu_seconds for _ in range(rounds + 1))
    done = Trapped(trap, [], [], [])
    for times in TRAP_SIZES:
        frames = max(int(trap.frames * scale * times), 1)
        write(trap.make(), frames, path)
        runs = [measure(US, path, core) for _ in range(rounds)]
        done.frames.append(frames)
        done.cpu_seconds.append(max(min(run.cpu_seconds for run in runs) - start, 1e-6))
        done.peak_bytes.append(max(run.peak_bytes for run in runs))
    path.unlink()
    return done


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
