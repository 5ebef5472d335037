"""Hosts by number, for the tables of a sensor: a number outlives the name table of the decoder, whose ids change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from auditor.kernel.answers import NOBODY, NOT_ASKED
from auditor.records import IntArray

FIRST_HOSTS = 1 << 10


class Hosts:
    """The list `texts` is replaced, not changed, where numbers change."""

    def __init__(self, is_listed: Callable[[str], bool]) -> None:
        self.texts: list[str] = []
        self.number_of = np.full(FIRST_HOSTS, NOBODY, np.int64)  # by id in the decoder's name table
        self.listed = np.zeros(FIRST_HOSTS, np.int64)  # by number: 1 where a platform has the host
        self.cover = np.zeros(FIRST_HOSTS, np.int64)  # by number, as in `kernel.answers.Book`
        self._is_listed = is_listed
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []  # the name table that `number_of` speaks of
        self._known = 0  # of its names

    def is_current(self, names: list[str]) -> bool:
        """Whether all names of a name table have a number."""
        return names is self._names and len(names) == self._known

    def is_replaced(self, names: list[str]) -> bool:
        """Whether this is another name table than the last one, so that old hosts may be dropped."""
        return names is not self._names

    def catch_up(self, names: list[str]) -> bool:
        """Numbers the names that have come to the name table; all of them where it is another one.

        Returns whether arrays were replaced by longer ones.
        """
        arrays = self.number_of, self.listed
        if names is not self._names:
            self._names, self._known = names, 0
        new, before = names[self._known :], len(self.texts)
        numbers = [self._number(host) for host in new]
        self.number_of = _with_room(self.number_of, len(names))
        self.number_of[self._known : len(names)] = numbers
        self._known = len(names)
        self.listed = _with_room(self.listed, len(self.texts))
        self.listed[before : len(self.texts)] = [self._is_listed(host) for host in self.texts[before:]]
        self.cover = _with_room(self.cover, len(self.texts))
        self.cover[before : len(self.texts)] = NOT_ASKED
        return self.number_of is not arrays[0] or self.listed is not arrays[1]

    def drop_unused(self, columns: list[IntArray]) -> None:
        """Numbers anew, only the hosts that stand in these columns, and writes the new numbers to them."""
        used = np.zeros(len(self.texts) + 1, bool)  # the last element is NOBODY's
        for column in columns:
            used[column] = True
        kept = np.flatnonzero(used[:-1])
        renumbered = np.full(len(used), NOBODY, np.int64)
        renumbered[kept] = np.arange(len(kept))
        for column in columns:
            column[:] = renumbered[column]
        self.texts = [self.texts[number] for number in kept.tolist()]
        self._numbers = {text: number for number, text in enumerate(self.texts)}
        self.listed[: len(kept)] = self.listed[kept]
        self.cover[: len(kept)] = self.cover[kept]

    def _number(self, host: str) -> int:
        number = self._numbers.get(host)
        if number is None:
            number = self._numbers[host] = len(self.texts)
            self.texts.append(host)
        return number


def _with_room(column: IntArray, size: int) -> IntArray:
    """The column, or a longer copy of it."""
    if size <= len(column):
        return column
    return np.concatenate([column, np.zeros(max(size, len(column)), np.int64)])
