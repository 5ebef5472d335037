"""What `auditor demo` prints at its end: the whole audit on one screen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from auditor.report.inputs import ReportInputs
from auditor.report.page import DASH, clock, day, hours, number, percent, span

_DECIDED = {
    "unapproved": ("without a matching approval", "bold cyan"),
    "excepted": ("excused by an exception", "green"),
    "approved_tool": ("on an approved tool", "green"),
    "permitted": ("outside the reading in force", "dim"),
    "unattributed": ("user not known, laid to nobody", "yellow"),
}
_BAR = 24  # cells
_TOP = 6  # platforms


class DemoSummary:
    """A rich renderable of at most about 40 lines; plain text where the console is no terminal.

    `reports` are the paths of what was written. `Console().print(DemoSummary(...))`.
    """

    def __init__(self, inputs: ReportInputs, reports: Sequence[Path] = ()) -> None:
        self.inputs = inputs
        self.reports = reports
        self.findings: list[dict[str, Any]] = inputs.findings.to_pylist()
        self.measures: Counter[str] = Counter()
        for row in inputs.coverage.to_pylist():
            self.measures[row["measure"]] += row["value"]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in self._parts(options.ascii_only):
            if options.ascii_only:
                yield from (_to_ascii(segment) for segment in console.render(part, options))
            else:
                yield part

    def _parts(self, ascii_only: bool) -> Iterator[Text | Table]:
        period = f"{day(self.inputs.first_day)} to {day(self.inputs.last_day, year=True)}"
        yield Text()
        yield Text.assemble((self.inputs.district_name, "bold"), f"  {period}")
        reading = ", ".join(prong.replace("_", " ") for prong in self.inputs.reading) or "nothing"
        yield Text(f"Clause IV.B as enforced: {reading}", "dim")
        yield Text()
        yield self._read()
        yield Text()
        yield self._decided(ascii_only)
        if unapproved := [row for row in self.findings if row["disposition"] == "unapproved"]:
            yield Text()
            yield self._platforms(unapproved, ascii_only)
            yield Text()
            yield from self._sample(unapproved)
        yield Text()
        yield Text("A row is use without a matching approval. Network metadata can't show intent.", "dim")
        if self.reports:
            yield Text()
            yield Text("Reports", "bold")
            yield from (Text(f"  {path}", "cyan", no_wrap=True, overflow="ignore") for path in self.reports)
        yield Text()

    def _read(self) -> Table:
        """What was read, who is known, what could not be seen."""
        told, seen = self.inputs, self.measures
        cut = sum(mark.get("status") != "whole" for mark in told.captures)
        frames = seen["frames"] or sum(mark.get("frames") or 0 for mark in told.captures)
        grid = _grid()
        grid.add_row(
            "Read",
            f"{_count(len(told.captures), 'capture')}, {_count(frames, 'frame')}, "
            f"{_count(seen['flows'], 'connection')}" + (f"; {cut} cut short" if cut else ""),
        )
        named = seen["flows_kept"] + seen["flows_unlisted"]
        asked = named + seen["flows_unnamed"]
        grid.add_row("Named", f"{percent(named, asked)} of the {_count(asked, 'connection')} looked into")
        if told.staff_count:
            grid.add_row(
                "Who", f"{_count(told.staff_count, 'employee')}, {_count(told.device_count, 'device')}"
            )
        dark = seen["bytes_unnamed"] + seen["bytes_tunnel"]
        grid.add_row("Not seen", f"{percent(dark, seen['bytes'])} of the bytes (no name, or a tunnel)")
        if aside := sum(told.ledger.values()):
            grid.add_row("Set aside", f"{number(aside)} ({', '.join(sorted(told.ledger)[:3])})")
        if told.problems:
            grid.add_row("Check", f"{_count(len(told.problems), 'warning')} on the district folder")
        return grid

    def _decided(self, ascii_only: bool) -> Table:
        """Sessions by disposition, with a bar."""
        rows = defaultdict(list)
        for row in self.findings:
            rows[row["disposition"]].append(row)
        most = max((len(group) for group in rows.values()), default=0)
        table = _columns(
            f"{_count(len(self.findings), 'session')} on public social media", "sessions", "persons"
        )
        for disposition, (label, style) in _DECIDED.items():
            group = rows.get(disposition, [])
            persons = {row["person"] for row in group if row["person"]}
            bar = _bar(len(group), len(group), most, ascii_only, style)
            table.add_row(label, number(len(group)), number(len(persons)) if persons else "", bar)
        return table

    def _platforms(self, unapproved: list[dict[str, Any]], ascii_only: bool) -> Table:
        """The platforms with the most unapproved minutes, solid to the lower bound, pale to the upper."""
        low: Counter[str] = Counter()
        high: Counter[str] = Counter()
        for row in unapproved:
            low[row["platform"]] += row["unapproved_minutes"]
            high[row["platform"]] += row["unapproved_minutes"] + row["span_minutes"] - row["minutes"]
        works = [platform for platform in low if platform in self.inputs.reference_platforms]
        ranked = sorted(low.keys() - set(works), key=lambda platform: (-low[platform], platform))
        least, most = sum(low[platform] for platform in ranked), sum(high[platform] for platform in ranked)
        title = f"Without a matching approval: {hours(least)} at least, {hours(most)} at most"
        table = _columns(title, "minutes", "")
        top = max(high.values())
        for platform in ranked[:_TOP]:
            name = self.inputs.platform_names.get(platform, platform)
            bar = _bar(low[platform], high[platform], top, ascii_only, "cyan")
            table.add_row(name, span(low[platform], high[platform]), "", bar)
        for label, group in (
            (f"{len(ranked[_TOP:])} more", ranked[_TOP:]),
            ("besides, works of reference", works),
        ):
            if group:
                table.add_row(label, span(sum(low[p] for p in group), sum(high[p] for p in group)), "", "")
        return table

    def _sample(self, unapproved: list[dict[str, Any]]) -> Iterator[Text]:
        """The longest of the surest findings."""
        sure = {"high": 2, "medium": 1}
        row = max(unapproved, key=lambda row: (sure.get(row["confidence"], 0), row["unapproved_minutes"]))
        name = self.inputs.platform_names.get(row["platform"], row["platform"])
        times = f"{day(row['day'])}, {clock(row['started_at'])}{DASH}{clock(row['ended_at'])}"
        yield Text.assemble(("One of them  ", "bold"), (row["finding_id"], "cyan"))
        yield Text(f"  {row['person']} on {name}, {times} at {row['site']}, {row['ownership']} device")
        yield Text(f"  {span(row['minutes'], row['span_minutes'])} minutes, confidence {row['confidence']}")
        yield Text(f"  The whole chain: auditor explain {row['finding_id']}")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    return grid


def _columns(title: str, first: str, second: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False
    )
    table.add_column("", min_width=30, no_wrap=True)
    table.add_column(first, justify="right", header_style="dim", min_width=8, no_wrap=True)
    table.add_column(second, justify="right", header_style="dim", min_width=7, no_wrap=True)
    table.add_column("", no_wrap=True)
    return table


def _bar(low: int, high: int, top: int, ascii_only: bool, style: str) -> Text:
    """A bar of up to 24 cells; anything above 0 shows at least one."""
    if not high or not top:
        return Text()
    sure = round(_BAR * low / top)
    full = max(round(_BAR * high / top), 1)
    solid, pale = ("#", "-") if ascii_only else ("━", "─")
    return Text.assemble((solid * sure, style), (pale * (full - sure), f"dim {style}"))


def _count(amount: int, noun: str) -> str:
    return f"{number(amount)} {noun}{'' if amount == 1 else 's'}"


def _to_ascii(segment: Segment) -> Segment:
    return Segment(segment.text.replace(DASH, "-").encode("ascii", "replace").decode(), segment.style)


def demo_summary(inputs: ReportInputs, reports: Sequence[Path] = ()) -> DemoSummary:
    """The summary of these inputs and of the reports written from them."""
    return DemoSummary(inputs, reports)
