"""The administrators' report: counts of persons and minutes, small groups withheld, nobody named.

Two families of figures share the lines, each protected by itself: *unapproved* use (persons, minutes at least
and at most) and *approved* use (minutes excused by an exception or on an approved tool).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.report.inputs import ReportInputs
from auditor.report.suppress import Partition, Record, Shown, protect
from auditor.report.tables import Row, Tables

DIMENSIONS = ("bucket", "category", "site", "role")  # a table each; platforms are lines inside categories
LINE_COLUMNS = ["table", "parent", "line", "state", "persons"]
LINE_COLUMNS += ["minutes_at_least", "minutes_at_most", "approved_minutes"]


def build(tables: Tables, inputs: ReportInputs) -> Tables:
    """What may leave the house, from the queries' rows on persons.

    Tables: `total`, `reference`, `unattributed` (one row each), `reasons`, `lines`, `coverage`, `days`.
    A figure that is None is withheld.
    """
    least = max(1, inputs.minimum_cell)
    social = [row for row in tables["use"] if not row["reference"]]
    reference = [row for row in tables["use"] if row["reference"]]
    unapproved = _Family(social, "low", tables, least)
    approved = _Family(social, "approved", tables, least)
    return {
        "total": [_total(unapproved, approved, social, least)],
        "lines": [line for name in DIMENSIONS for line in _lines(name, unapproved, approved)],
        "reference": [_total(_Family(reference, "low", tables, least), None, reference, least)],
        "unattributed": [_unattributed(tables["unattributed"][0], least)],
        "reasons": _reasons(tables["reasons"], least),
        "days": tables["days"],
        "coverage": tables["coverage"],
    }


@dataclass(frozen=True, slots=True)
class _Figures:
    persons: int
    low: int
    high: int


class _Family:
    """The records of one kind of use, its partitions, and which of their lines may be shown."""

    def __init__(self, rows: list[Row], measure: str, tables: Tables, least: int) -> None:
        self.rows = [row for row in rows if row[measure] > 0]
        self.measure = measure
        self.partitions = {part.name: part for part in _partitions(self.rows, rows, tables)}
        records = [Record(row["person"], row[measure]) for row in self.rows]
        self.shown: dict[str, Shown] = protect(records, list(self.partitions.values()), least)
        self.whole = self.figures(range(len(self.rows)))
        self.told = self.whole.persons == 0 or self.whole.persons >= least

    def figures(self, members: Iterable[int]) -> _Figures:
        rows = [self.rows[number] for number in members]
        low = sum(row[self.measure] for row in rows)
        return _Figures(len({row["person"] for row in rows}), low, sum(row["high"] for row in rows))

    def line(self, part: str, label: str) -> _Figures | None:
        """The figures of a line that may be shown, None of one that is withheld."""
        if part not in self.partitions or label not in self.shown[part].lines:
            return None
        return self.figures(self.partitions[part].lines[label])

    def together(self, part: str) -> _Figures | None:
        """The figures of all withheld lines, where some are and some are not: a reader could compute them."""
        if part not in self.partitions or not self.shown[part].withheld:
            return None
        lines, shown = self.partitions[part].lines, self.shown[part]
        if not any(lines[label] for label in shown.lines):
            return None  # they are the whole
        return self.figures(frozenset().union(*(lines[label] for label in shown.withheld)))


def _partitions(records: list[Row], rows: list[Row], tables: Tables) -> Iterator[Partition]:
    """One a dimension, and one a category of its platforms.

    Labels come from use of any kind (`rows`), the sites and the days, so that a label's presence does
    not say that there was unapproved use.
    """
    labels: dict[str, list[str]] = {name: sorted({row[name] for row in rows}) for name in DIMENSIONS}
    labels["site"] = sorted({*labels["site"], *(row["site"] for row in tables["coverage"] if row["site"])})
    labels["bucket"] = sorted({*labels["bucket"], *(row["bucket"] for row in tables["days"])})
    for name in DIMENSIONS:
        yield Partition(name, _split(records, name, labels[name]))
    for category in labels["category"]:
        platforms = sorted({row["platform"] for row in rows if row["category"] == category})
        inside = _split(records, "platform", platforms)
        members = {label: _within(records, of, category) for label, of in inside.items()}
        yield Partition(category, members, ("category", category))


def _split(records: list[Row], column: str, labels: list[str]) -> dict[str, frozenset[int]]:
    return {
        label: frozenset(number for number, row in enumerate(records) if row[column] == label)
        for label in labels
    }


def _within(records: list[Row], members: frozenset[int], category: str) -> frozenset[int]:
    return frozenset(number for number in members if records[number]["category"] == category)


def _lines(name: str, unapproved: _Family, approved: _Family) -> Iterator[Row]:
    """The lines of one table: shown ones by minutes (days by date), then withheld ones by label.

    The order of withheld lines must not tell their size.
    """
    for label in _ordered(name, name, unapproved):
        yield _line(name, "", label, unapproved.line(name, label), approved.line(name, label))
        if name == "category":
            for platform in _ordered(label, name, unapproved):
                figures, excused = unapproved.line(label, platform), approved.line(label, platform)
                if figures or excused:
                    yield _line("platform", label, platform, figures, excused)
            yield from _together("platform", label, label, unapproved, approved)
    yield from _together(name, "", name, unapproved, approved)


def _ordered(part: str, name: str, family: _Family) -> list[str]:
    labels = list(family.partitions[part].lines)

    def rank(label: str) -> tuple[int, str]:
        figures = family.line(part, label)
        return (1 if figures is None else -figures.low, label)

    return sorted(labels) if name == "bucket" else sorted(labels, key=rank)


def _together(table: str, parent: str, part: str, unapproved: _Family, approved: _Family) -> Iterator[Row]:
    figures, excused = unapproved.together(part), approved.together(part)
    if figures or excused:
        row = _line(table, parent, "", figures, excused)
        yield {**row, "state": "withheld lines together"}


def _line(table: str, parent: str, label: str, figures: _Figures | None, excused: _Figures | None) -> Row:
    return {
        "table": table,
        "parent": parent,
        "line": label,
        "state": "withheld" if figures is None else "shown",
        "persons": figures.persons if figures else None,
        "minutes_at_least": figures.low if figures else None,
        "minutes_at_most": figures.high if figures else None,
        "approved_minutes": excused.low if excused else None,
    }


def _total(unapproved: _Family, approved: _Family | None, rows: list[Row], least: int) -> Row:
    figures = unapproved.whole if unapproved.told else None
    excused = approved.whole if approved and approved.told else None
    line = _line("total", "", "", figures, excused)
    return {**line, **_kinds_of_approval(rows, least, excused is not None)}


def _kinds_of_approval(rows: list[Row], least: int, told: bool) -> Mapping[str, Any]:
    """Exceptions and approved tools apart, if each rests on enough persons: one is the other's difference."""
    kinds = ("excepted", "approved_tool")
    persons = {kind: len({row["person"] for row in rows if row[kind] > 0}) for kind in kinds}
    if not told or any(0 < persons[kind] < least for kind in kinds):
        return dict.fromkeys(f"{kind}_minutes" for kind in kinds)
    return {f"{kind}_minutes": sum(row[kind] for row in rows) for kind in kinds}


def _unattributed(row: Row, least: int) -> Row:
    """Devices stand for persons here: each may be one person's."""
    return row if row["devices"] == 0 or row["devices"] >= least else dict.fromkeys(row)


def _reasons(rows: list[Row], least: int) -> list[Row]:
    """Why users are not known, by reason; small lines are put together until each stands for enough devices.

    What is put together is at least as many devices, so that the sum of all gives no small line away. No line at all
    where only one would be left.
    """
    lines = sorted(rows, key=lambda row: (row["devices"], row["reason"]))
    shown = [row for row in lines if row["devices"] >= least]
    rest = [row for row in lines if row["devices"] < least]
    while rest and sum(row["devices"] for row in rest) < least and shown:
        rest.append(shown.pop(0))
    if rest and shown:
        sums = {name: sum(row[name] for row in rest) for name in ("devices", "minutes")}
        return [*sorted(shown, key=lambda row: str(row["reason"])), {"reason": "other", **sums}]
    return [] if rest else sorted(shown, key=lambda row: str(row["reason"]))
