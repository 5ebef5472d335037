"""Which lines of a table may be shown, so that no small group of persons can be read or computed.

The tables are partitions of the same records: by site, by role, by day, by category, and, inside a category
that is shown, by platform. A line is *small* when fewer than `least` persons (and somebody) stand behind it.
1. Small lines are withheld. Lines with nobody are shown as 0: that says of no person that they did anything.
2. What is withheld in one partition is known in sum (the total less what is shown). So that sum must itself
   rest on at least `least` persons and two lines, and leave each line more than one possible value; while it
   does not, the smallest shown line is withheld too. Where nothing helps, the partition is closed: all of its
   lines are withheld, the zeros too.
3. Across tables: no small line and no single person's minutes may be a linear combination of shown sums, and
   where one shown group lies inside another, their difference must be nobody or at least `least` persons.
   That assumes a reader who knows which lines overlap (all administrators work in one building).

Cf. Hundepool et al., Statistical Disclosure Control (2012), chapter 4: primary and secondary suppression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Record:
    """One person's use in one cell of the finest table; `amount` is at least 1."""

    person: str
    amount: int


@dataclass(frozen=True, slots=True)
class Partition:
    """Lines that together are the whole, or together are one line of another partition."""

    name: str
    lines: Mapping[str, frozenset[int]]  # label -> numbers of the records in it; empty for nobody
    parent: tuple[str, str] | None = None  # (partition, label) that these lines divide


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of a partition."""

    lines: frozenset[str]  # labels shown with their figures; zeros are among them
    withheld: frozenset[str]
    closed: bool  # nothing of it is shown


def protect(records: Sequence[Record], partitions: Sequence[Partition], least: int) -> dict[str, Shown]:
    """Decides for all partitions of one page together; every partition is closed if the whole is small.

    Parents come before their children in `partitions`.
    """
    everyone = len({record.person for record in records})
    if everyone == 0 or least <= 1:
        return {part.name: _open(part, set()) for part in partitions}
    if everyone < least:
        return {part.name: _closed(part) for part in partitions}
    page = _Page(records, partitions, least)
    page.withhold_small_lines()
    while (leak := next(page.leaks(), None)) is not None:
        page.withhold(*leak)
    return {part.name: page.result(part) for part in partitions}


def _closed(part: Partition) -> Shown:
    return Shown(frozenset(), frozenset(part.lines), True)


def _open(part: Partition, withheld: set[str]) -> Shown:
    return Shown(frozenset(part.lines) - withheld, frozenset(withheld), False)


class _Page:
    """The state of the search: which lines are shown. Lines are only ever withheld, so it ends."""

    def __init__(self, records: Sequence[Record], partitions: Sequence[Partition], least: int) -> None:
        self.records, self.partitions, self.least = records, partitions, least
        self.keys = [(part.name, label) for part in partitions for label, of in part.lines.items() if of]
        members = [part.lines[label] for part in partitions for label, of in part.lines.items() if of]
        self.members = dict(zip(self.keys, members, strict=True))
        self.persons = {key: self._persons(of) for key, of in self.members.items()}
        self.shown = {key for key in self.keys if self.persons[key] >= least}
        self.closed: set[str] = set()
        self._prepare_algebra()

    def _persons(self, of: frozenset[int]) -> int:
        return len({self.records[number].person for number in of})

    def withhold_small_lines(self) -> None:
        for part in self.partitions:
            self._settle(part)

    def withhold(self, name: str, label: str) -> None:
        """Withholds one more line, and what that entails in its partition and those inside it."""
        self.shown.discard((name, label))
        for part in self.partitions:
            self._settle(part)

    def _settle(self, part: Partition) -> None:
        """Withholds the smallest line until what is withheld is safe in sum, or closes the partition."""
        mine = [(part.name, label) for label, of in part.lines.items() if of]
        if part.parent and (part.parent not in self.shown or part.parent[0] in self.closed):
            self.closed.add(part.name)
        while part.name not in self.closed and not self._safe([key for key in mine if key not in self.shown]):
            left = [key for key in mine if key in self.shown]
            if not left:
                self.closed.add(part.name)
                break
            self.shown.discard(self._smallest(left))
        if part.name in self.closed:
            self.shown.difference_update(mine)

    def _safe(self, withheld: list[tuple[str, str]]) -> bool:
        if not withheld:
            return True
        together = frozenset().union(*(self.members[key] for key in withheld))
        persons, lines = self._persons(together), len(withheld)
        amount = sum(self.records[number].amount for number in together)
        # a line holds at least 1, a small one at most least - 1: a sum at either end would tell them all
        apart = sum(self.persons[key] for key in withheld) == persons
        told = amount == lines or (apart and persons == lines) or persons == lines * (self.least - 1)
        return persons >= self.least and lines >= 2 and not told

    def _smallest(self, keys: list[tuple[str, str]]) -> tuple[str, str]:
        return min(keys, key=lambda key: (self.persons[key], key))

    # --- across tables ---------------------------------------------------------------------------------

    def _prepare_algebra(self) -> None:
        """Inner products, over the records, of the lines with each other and with each single person."""
        lines = np.zeros((len(self.keys) + 1, len(self.records)))
        lines[0] = 1.0  # the whole
        for row, key in enumerate(self.keys, start=1):
            lines[row, list(self.members[key])] = 1.0
        _, who = np.unique([record.person for record in self.records], return_inverse=True)
        people = np.array([np.bincount(who, weights=line, minlength=int(who.max()) + 1) for line in lines])
        small = [row for row, key in enumerate(self.keys, start=1) if self.persons[key] < self.least]
        self.row = {key: number for number, key in enumerate(self.keys, start=1)}
        self.gram: Floats = lines @ lines.T
        self.cross: Floats = np.hstack([self.gram[:, small], people])
        self.norms: Floats = np.concatenate([np.diag(self.gram)[small], people[0]])

    def leaks(self) -> Iterator[tuple[str, str]]:
        """Lines to withhold: of what takes part in something that could be computed, the smallest."""
        yield from self._leaks_of_sums()
        yield from self._leaks_of_differences()

    def _leaks_of_sums(self) -> Iterator[tuple[str, str]]:
        shown = sorted(self.shown)
        rows = [0] + [self.row[key] for key in shown]
        weights = np.linalg.pinv(self.gram[np.ix_(rows, rows)]) @ self.cross[rows]
        distance = self.norms - (weights * self.cross[rows]).sum(
            axis=0
        )  # squared, to the span of what is shown
        for target in np.flatnonzero(distance < 1e-6):
            part = [key for key, weight in zip(shown, weights[1:, target], strict=True) if abs(weight) > 1e-6]
            if part:
                yield self._smallest(part)

    def _leaks_of_differences(self) -> Iterator[tuple[str, str]]:
        groups = list(self._groups())
        for inside, lines in groups:
            for outside, others in groups:
                if inside < outside and self._persons(outside - inside) < self.least and lines + others:
                    yield self._smallest(lines + others)

    def _groups(self) -> Iterator[tuple[frozenset[int], list[tuple[str, str]]]]:
        """Each group of records whose sum is known, and the lines of which one less would hide it."""
        whole = frozenset(range(len(self.records)))
        yield whole, []
        for part in self.partitions:
            mine = [(part.name, label) for label in part.lines if (part.name, label) in self.shown]
            yield from ((self.members[key], [key]) for key in mine)
            if mine:
                of = self.members[part.parent] if part.parent else whole
                if rest := of.difference(*(self.members[key] for key in mine)):
                    yield rest, mine

    def result(self, part: Partition) -> Shown:
        if part.name in self.closed:
            return _closed(part)
        withheld = {label for label, of in part.lines.items() if of and (part.name, label) not in self.shown}
        return _open(part, withheld)
