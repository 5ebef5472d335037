"""Cuts a fuzzer's bytes into numbers and pieces, and says what every name that is read has to look like."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPELT = re.compile(r"[!-@\[-~]*")  # printable ASCII, lower case, no blanks
LONGEST_SPELT = 255 * 4  # 255 bytes, each \DDD at worst


class Feed:
    """Takes from the front of the bytes; zeros where there are no more."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size).ljust(size, b"\0"))

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def pieces(self, most: int) -> Iterator[bytes]:
        """Pieces behind two bytes of length each; the last one may be cut."""
        for _ in range(most):
            if self._at >= len(self._data):
                return
            yield self.take(self.number(2))

    def rest(self) -> bytes:
        return self.take(len(self._data))


def packed(*pieces: bytes) -> bytes:
    """Bytes that `Feed.pieces` cuts into these."""
    return b"".join(len(piece).to_bytes(2) + piece for piece in pieces)


def check_name(name: str, longest: int = LONGEST_SPELT) -> None:
    assert _SPELT.fullmatch(name), f"not spelt as it should be: {name!r}"
    assert len(name) <= longest
    assert not name.endswith(".") or name.endswith("\\."), f"a dot at its end: {name!r}"


def fronts(data: bytes) -> Iterator[bytes]:
    """Some beginnings of the bytes: a few short ones, halves, all but the last."""
    for size in {0, 1, 5, 11, len(data) // 3, len(data) // 2, len(data) - 1}:
        if 0 <= size < len(data):
            yield data[:size]
