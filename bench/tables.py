"""The benchmark's results for people (Markdown) and for the record (a CSV line a mix)."""

from __future__ import annotations

import csv
import datetime
import subprocess
from collections.abc import Sequence

from bench.measures import Compared, Size
from bench.tools import PEERS, ROOT, US

PAGE = ROOT / "docs" / "performance.md"
HISTORY = ROOT / "bench" / "history.csv"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
COLUMNS = (
    "date", "commit", "mix", "gigabytes", "times_ndpireader", "times_nfstream", "times_tshark",
    "times_ndpireader_cpu", "of_bound", "peak_mb", "two_workers",
)  # fmt: skip


def page(compared: Sequence[Compared], sizes: Sequence[Size], pair: float | None, rounds: int) -> str:
    """What docs/performance.md shows between its markers."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    parts = [f"Measured {today} at commit {_commit()}; medians of {rounds} rounds in turns, one core.\n"]
    parts += [_comparison(each) for each in compared]
    if sizes:
        parts.append(_growth(sizes))
    if pair is not None:
        parts.append(f"Two workers on two files, a core each: {pair:.2f} times the work of one.\n")
    return "\n".join(parts)


def _comparison(done: Compared) -> str:
    held = done.capture
    lines = [
        f"### Mix `{held.mix}`: {held.size / 1e9:.2f} GB, {held.frame_bytes:.0f} bytes a frame, "
        f"{100 * held.named / held.packets:.1f} % of {held.packets / 1e6:.1f} million packets carry names, "
        f"{held.flows:,} flows\n",
        "| tool | packets/s | GB/s | we are | by CPU time | peak memory | file |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for tool in (US, *PEERS):
        if tool.name not in done.runs:
            lines.append(f"| {tool.name} | {'failed' if tool.there else 'not installed'} | | | | | |")
            continue
        ratios = f"{done.ratio(tool.name):.2f} x | {done.ratio(tool.name, cpu=True):.2f} x"
        lines.append(
            f"| {tool.label()} | {_thousands(done.packets_a_second(tool.name))} "
            f"| {done.bytes_a_second(tool.name) / 1e9:.3f} | {ratios if tool is not US else ' | '} "
            f"| {done.peak_bytes(tool.name) / 1e6:.0f} MB | {done.captures[tool.name].gigabytes:g} GB |"
        )
    lines.append(f"\nOf the bound (record headers only): {100 * done.of_bound:.1f} %.\n")
    return "\n".join(lines)


def _growth(sizes: Sequence[Size]) -> str:
    base = sizes[0].cpu_seconds / sizes[0].gigabytes
    lines = [
        "### Cost against size\n",
        "CPU time a gigabyte, start of the program included, as a multiple of the smallest file's.\n",
        "| file | CPU time a GB | peak memory |",
        "|--:|--:|--:|",
    ]
    lines += [
        f"| {each.gigabytes:g} GB | {each.cpu_seconds / each.gigabytes / base:.2f} x "
        f"| {each.peak_bytes / 1e6:.0f} MB |"
        for each in sizes
    ]
    return "\n".join(lines) + "\n"


def _thousands(number: float) -> str:
    return f"{number / 1000:,.0f} k"


def write_page(text: str) -> None:
    """Puts the text between the page's markers."""
    whole = PAGE.read_text()
    before, rest = whole.split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}")


def write_history(compared: Sequence[Compared], pair: float | None) -> None:
    """Appends a line a mix; a ratio that could not be had is empty."""
    new = not HISTORY.exists()
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")
    with HISTORY.open("a", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        if new:
            out.writerow(COLUMNS)
        for done in compared:
            ratios = [f"{done.ratio(tool.name):.2f}" if tool.name in done.runs else "" for tool in PEERS]
            cpu = f"{done.ratio('ndpiReader', cpu=True):.2f}" if "ndpiReader" in done.runs else ""
            peak = round(done.peak_bytes(US.name) / 1e6)
            out.writerow(
                [now, _commit(), done.capture.mix, f"{done.capture.gigabytes:g}", *ratios, cpu,
                 f"{done.of_bound:.4f}", peak, "" if pair is None else f"{pair:.2f}"]
            )  # fmt: skip


def _commit() -> str:
    told = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), capture_output=True, text=True, cwd=ROOT, check=False
    )
    return told.stdout.strip() or "unknown"
