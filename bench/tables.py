"""The benchmark's results as Markdown."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Sequence

from bench.measures import Compared, Size, Trapped
from bench.tools import PEERS, ROOT, US

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
TRAPS = "<!-- traps: begin -->", "<!-- traps: end -->"


def page(compared: Sequence[Compared], sizes: Sequence[Size], pair: float | None, rounds: int) -> str:
    """What docs/performance.md shows between its markers."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    parts = [
        f"Measured {today} at commit {commit()}, one core; medians of {rounds} rounds in turns, one for slow tools.\n"
    ]
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
        "| tool | packets/s | GB/s | we are | by CPU time | on its file | peak memory | file |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for tool in (US, *PEERS):
        if tool.name not in done.runs:
            lines.append(f"| {tool.name} | {'failed' if tool.there else 'not installed'} | | | | | | |")
            continue
        ratios = (
            f"{done.ratio(tool.name):.2f} x | {done.ratio(tool.name, cpu=True):.2f} x "
            f"| {done.ratio_there(tool.name):.2f} x"
        )
        lines.append(
            f"| {tool.label()} | {_thousands(done.packets_a_second(tool.name))} "
            f"| {done.bytes_a_second(tool.name) / 1e9:.3f} | {ratios if tool is not US else ' | | '} "
            f"| {done.peak_bytes(tool.name) / 1e6:.0f} MB | {done.captures[tool.name].gigabytes:g} GB |"
        )
    lines.append(f"\nOf the bound (record headers only): {100 * done.of_bound:.1f} %.\n")
    return "\n".join(lines)


def _growth(sizes: Sequence[Size]) -> str:
    base = sizes[0].cpu_seconds / sizes[0].gigabytes
    lines = [
        "### Cost against size\n",
        "CPU time a gigabyte, start of the program included.\n",
        "| file | CPU time | a GB | of the smallest's | peak memory |",
        "|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {each.gigabytes:.1f} GB | {each.cpu_seconds:.2f} s | {each.cpu_seconds / each.gigabytes:.2f} s "
        f"| {each.cpu_seconds / each.gigabytes / base:.2f} x | {each.peak_bytes / 1e6:.0f} MB |"
        for each in sizes
    ]
    return (
        "\n".join(lines) + "\n\n![CPU time and peak memory against the size of the file](pictures/cost.svg)\n"
    )


def _thousands(number: float) -> str:
    return f"{number / 1000:,.0f} k"


def write_page(text: str, markers: tuple[str, str] = (BEGIN, END)) -> None:
    """Puts the text between the page's markers."""
    begin, end = markers
    before, rest = PAGE.read_text().split(begin)
    _, after = rest.split(end)
    PAGE.write_text(f"{before}{begin}\n{text}{end}{after}")


def trap_page(traps: Sequence[Trapped]) -> str:
    """The table of traps between its own markers."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    lines = [
        f"Measured {today} at commit {commit()}, one core; CPU time without start-up.\n",
        "| trap | packets | us a packet | of twice | of four times | growth | peak memory |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for each in traps:
        costs = " | ".join(f"{each.micros_a_packet(place):.2f}" for place in range(len(each.frames)))
        lines.append(
            f"| {each.trap.name} | {each.frames[0]:,} | {costs} | {each.growth:.2f} x "
            f"| {each.peak_bytes[-1] / 1e6:.0f} MB |"
        )
    return "\n".join(lines) + "\n"


def commit() -> str:
    told = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), capture_output=True, text=True, cwd=ROOT, check=False
    )
    return told.stdout.strip() or "unknown"
