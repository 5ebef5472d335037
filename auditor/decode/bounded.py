"""A table with a stated bound: at it the oldest entry goes, and the ledger counts it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from auditor.records import Ledger

Key = TypeVar("Key", bound=Hashable)
Held = TypeVar("Held")


class Bounded(Generic[Key, Held]):
    """At most `most` entries, of at most `most_bytes` together where that is given."""

    def __init__(self, what: str, most: int, ledger: Ledger, most_bytes: int = 0) -> None:
        """`what` is held, in the plural, as the ledger says it."""
        self._verdict = f"{what} forgotten early, the table being full"
        self._most, self._most_bytes = most, most_bytes
        self._ledger = ledger
        self._held: OrderedDict[Key, tuple[Held, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    def get(self, key: Key) -> Held | None:
        held = self._held.get(key)
        return held[0] if held else None

    def put(self, key: Key, value: Held, size: int = 0) -> None:
        """Puts a value of so many bytes at the young end, in the place of the key's earlier one."""
        self.remove(key)
        self._held[key] = value, size
        self.bytes += size
        while len(self._held) > self._most or (self._most_bytes and self.bytes > self._most_bytes):
            self.remove(next(iter(self._held)))
            self._ledger.add(self._verdict)

    def remove(self, key: Key) -> None:
        """Forgets an entry that has done its work, if it is there."""
        self.bytes -= self._held.pop(key, (None, 0))[1]
