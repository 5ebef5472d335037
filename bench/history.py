"""The record: a line a run in history.csv, and what has become worse since the line before."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Sequence

from bench.measures import Compared, Size
from bench.tables import commit
from bench.tools import PEERS, ROOT, US

HISTORY = ROOT / "bench" / "history.csv"
MIXES = ("small", "bulk")
OF_A_MIX = (
    "gigabytes",
    *(f"times_{tool.name.lower()}" for tool in PEERS),
    "times_ndpireader_cpu",
    "of_bound",
    "peak_mb",
)
COLUMNS = (
    "date", "commit", *(f"{mix}_{name}" for mix in MIXES for name in OF_A_MIX),
    "largest_gb", "largest_peak_mb", "largest_cost_growth", "two_workers",
)  # fmt: skip
FALL = 0.15  # of a ratio, that is said


def line(compared: Sequence[Compared], sizes: Sequence[Size], pair: float | None) -> dict[str, str]:
    """A run's figures by column; what was not measured is empty."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")
    told = dict.fromkeys(COLUMNS, "") | {"date": now, "commit": commit()}
    for done in compared:
        mix = done.capture.mix
        told[f"{mix}_gigabytes"] = f"{done.capture.gigabytes:g}"
        for tool in PEERS:
            if tool.name in done.runs:
                told[f"{mix}_times_{tool.name.lower()}"] = f"{done.ratio(tool.name):.2f}"
        if "ndpiReader" in done.runs:
            told[f"{mix}_times_ndpireader_cpu"] = f"{done.ratio('ndpiReader', cpu=True):.2f}"
        told[f"{mix}_of_bound"] = f"{done.of_bound:.4f}"
        told[f"{mix}_peak_mb"] = f"{done.peak_bytes(US.name) / 1e6:.0f}"
    if sizes:
        first, last = sizes[0], sizes[-1]
        growth = (last.cpu_seconds / last.gigabytes) / (first.cpu_seconds / first.gigabytes)
        told["largest_gb"], told["largest_peak_mb"] = f"{last.gigabytes:.1f}", f"{last.peak_bytes / 1e6:.0f}"
        told["largest_cost_growth"] = f"{growth:.2f}"
    if pair is not None:
        told["two_workers"] = f"{pair:.2f}"
    return told


def fallen(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """What has fallen by more than FALL since the run before, in words; only what both have measured alike."""
    found = []
    for name in COLUMNS:
        ratio = "_times_" in name or name.endswith("of_bound") or name == "two_workers"
        mix = name.partition("_")[0]
        alike = mix not in MIXES or before[f"{mix}_gigabytes"] == now[f"{mix}_gigabytes"]
        if ratio and alike and before[name] and now[name]:
            was, is_now = float(before[name]), float(now[name])
            if is_now < (1 - FALL) * was:
                found.append(f"{name} fell from {was:g} to {is_now:g} since {before['commit']}")
    return found


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
