"""The stopwatch: stages inside stages, generators, and what `--profile` prints."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditor.stopwatch import NO_STOPWATCH, REST, START, Stopwatch

PROGRAM = str(Path(sys.executable).with_name("auditor"))
ROOT = Path(__file__).resolve().parents[1]


def test_each_moment_belongs_to_one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [10.0]
    monkeypatch.setattr(time, "process_time", lambda: clock[0])
    monkeypatch.setattr(time, "perf_counter", lambda: 2 * clock[0])

    def items() -> object:
        for number in range(2):
            clock[0] += 1
            yield number

    stopwatch = Stopwatch()
    with stopwatch.stage("outer"):
        clock[0] += 2
        with stopwatch.stage("inner"):
            clock[0] += 4
        clock[0] += 8
    for _ in stopwatch.each("got", items()):
        clock[0] += 16
    lines = list(stopwatch.lines())
    assert stopwatch.cpu_s == {START: 10, REST: 32, "outer": 10, "inner": 4, "got": 2}
    assert {name: stopwatch.wall_s[name] for name in ("outer", "inner", "got")} == {
        "outer": 20, "inner": 8, "got": 4,
    }  # fmt: skip
    assert lines[-2].split()[:2] == ["together", "58.000"]


def test_no_stopwatch_hands_on_what_it_gets() -> None:
    items = [1, 2]
    assert NO_STOPWATCH.each("got", items) is items
    with NO_STOPWATCH.stage("any"):
        NO_STOPWATCH.count(1, 2)


@pytest.mark.parametrize("what", ["names", "flows"])
def test_profile_goes_to_stderr_alone(what: str) -> None:
    command = [PROGRAM, "extract", "--what", what, "--format", "csv", "sample_pcaps/vlan.pcap"]
    plain = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    profiled = subprocess.run([*command, "--profile"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert profiled.stdout == plain.stdout
    assert "stage" not in plain.stderr
    for part in (
        "start-up",
        "read and walk",
        "packets, flows and names",
        "write",
        "packets/s",
        "peak memory",
    ):
        assert part in profiled.stderr
