"""The benchmark of decisions: `python -m bench --decisions`. How long `auditor audit` takes from the warehouse's
activity to findings and minutes written, and how that grows with the days.

The yardstick is the least that anybody would have to do: DuckDB reads the same columns of the same files and adds
them up by minute, client and platform.
"""

from __future__ import annotations

import csv
import datetime
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.made_warehouse import make, school_days
from bench.tables import commit
from bench.tools import DATA, ROOT, Failed, Run

MARKERS = "<!-- decisions: begin -->", "<!-- decisions: end -->"
HISTORY = ROOT / "bench" / "decisions.csv"
COLUMNS = ("date", "commit", "rows", "seconds", "cpu_seconds", "peak_mb", "times_yardstick", "cost_growth")
FALL = 0.15  # of a ratio, that is said
YARDSTICK = """
import sys, duckdb
with duckdb.connect(config={"threads": 2}) as connection:
    for pattern in sys.argv[1:]:
        connection.execute(f'''
            SELECT COUNT(*), SUM(octets) FROM (
                SELECT minute, site, client_key, address_key, platform, MIN(category), MIN(host), MIN(name_source),
                    SUM(bytes_up + bytes_down) AS octets, SUM(flows)
                FROM read_parquet('{pattern}') WHERE evidence IN ('visit', 'content') GROUP BY ALL)''').fetchall()
"""


@dataclass(frozen=True)
class Decided:
    """The runs over the first so many days."""

    days: int
    rows: int  # of activity
    staff_days: int
    findings: int
    minutes: int
    runs: list[Run]
    yardsticks: list[Run]

    @property
    def seconds(self) -> float:
        return median(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        return median(run.cpu_seconds for run in self.runs)

    @property
    def peak_bytes(self) -> int:
        return max(run.peak_bytes for run in self.runs)

    @property
    def times_yardstick(self) -> float:
        """Of processor time, which a busy machine disturbs less."""
        return median(
            run.cpu_seconds / least.cpu_seconds for run, least in zip(self.runs, self.yardsticks, strict=True)
        )


def decisions(
    days: Sequence[int],
    rows_a_day: int,
    staff: int,
    rounds: int,
    cores: tuple[int, ...],
    say: Callable[[str], None],
) -> list[Decided]:
    """Measures the audit of the first 1, 2, ... school days, in turns with the yardstick."""
    say(f"making {max(days)} days of {rows_a_day:,} rows, where they aren't there")
    folder = make(DATA / f"decisions-{staff}x{rows_a_day}x{max(days)}", max(days), rows_a_day, staff)
    done = []
    for number in sorted(days):
        of = school_days(number)
        audit = (
            "-m",
            "auditor.cli",
            "audit",
            "--quiet",
            "-d",
            str(folder),
            "--from",
            str(of[0]),
            "--to",
            str(of[-1]),
        )
        files = [str(folder / f"warehouse/activity/day={day}/*/*.parquet") for day in of]
        runs, yardsticks = [], []
        for _ in range(rounds):
            yardsticks.append(_run(("-c", YARDSTICK, *files), cores))
            runs.append(_run(audit, cores))
        written = [_rows(folder / "warehouse", kind, of) for kind in ("findings", "minutes")]
        done.append(Decided(number, number * rows_a_day, number * staff, *written, runs, yardsticks))
        say(f"{number * rows_a_day / 1e6:g} million rows: {done[-1].seconds:.1f} s")
    return done


def _run(arguments: tuple[str, ...], cores: tuple[int, ...]) -> Run:
    """A Python process of its own on these cores, from its start to its end."""
    begun = time.perf_counter()
    child = subprocess.Popen(
        (sys.executable, *arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise Failed(f"{' '.join(arguments[:3])} ended with {child.returncode}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _rows(warehouse: Path, kind: str, days: Sequence[datetime.date]) -> int:
    import pyarrow.parquet as pq

    paths = (warehouse / kind / f"day={day}" / f"{kind}.parquet" for day in days)
    return sum(pq.read_metadata(path).num_rows for path in paths)


def growth(done: Sequence[Decided]) -> float:
    """Processor time a row of the most rows over that of the fewest; start-up weighs on the latter."""
    return (done[-1].cpu_seconds / done[-1].rows) / (done[0].cpu_seconds / done[0].rows)


def page(done: Sequence[Decided], rounds: int, cores: int) -> str:
    """What docs/performance.md shows between its markers."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    lines = [
        f"Measured {today} at commit {commit()}, {cores} cores; medians of {rounds} rounds in turns "
        "with the yardstick.\n",
        "| rows of activity | staff-days | findings | minutes | time "
        "| CPU time | a million rows | yardsticks | peak memory |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {each.rows / 1e6:g} million | {each.staff_days:,} | {each.findings:,} | {each.minutes:,} "
        f"| {each.seconds:.1f} s | {each.cpu_seconds:.1f} s | {each.seconds / each.rows * 1e6:.2f} s "
        f"| {each.times_yardstick:.1f} x | {each.peak_bytes / 1e6:.0f} MB |"
        for each in done
    ]
    return "\n".join(lines) + "\n"


def line(done: Sequence[Decided]) -> dict[str, str]:
    """A run's figures by column."""
    most = done[-1]
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")
    return {
        "date": now,
        "commit": commit(),
        "rows": str(most.rows),
        "seconds": f"{most.seconds:.1f}",
        "cpu_seconds": f"{most.cpu_seconds:.1f}",
        "peak_mb": f"{most.peak_bytes / 1e6:.0f}",
        "times_yardstick": f"{most.times_yardstick:.2f}",
        "cost_growth": f"{growth(done):.2f}",
    }


def risen(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """What has become dearer by more than FALL since the run before, in words; only of as many rows."""
    if before["rows"] != now["rows"]:
        return []
    return [
        f"{name} rose from {before[name]} to {now[name]} since {before['commit']}"
        for name in ("times_yardstick", "peak_mb")
        if float(now[name]) > (1 + FALL) * float(before[name])
    ]


def last() -> dict[str, str] | None:
    """The line of the run before; None where there is none."""
    if not HISTORY.exists():
        return None
    with HISTORY.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return rows[-1] if rows else None


def append(told: dict[str, str]) -> None:
    new = not HISTORY.exists()
    with HISTORY.open("a", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            out.writeheader()
        out.writerow(told)
