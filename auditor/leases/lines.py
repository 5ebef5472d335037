"""The lines of a lease file, plain or packed, in UTF-8 or UTF-16, as often as they are asked for."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from auditor.errors import BadInput, Problem
from auditor.unpack import DAMAGED, MAGIC_SIZE, MOST_RATIO, Front, Unpacker, bound, packing_of, unpacker

PIECE = 1 << 16  # bytes read at once
LONGEST_LINE = 1 << 16  # characters; what is behind them on a line is left out
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Lines:
    """Numbered lines without their ends. Every walk through them reads the file anew, as far as it was at first.

    Bytes that are no UTF-8 become U+FFFD: what the program reads of such files is ASCII but for user names.
    """

    def __init__(self, path: Path, size: int | None = None) -> None:
        """With `size` the file ends there. Raises BadInput where it can't be read."""
        self._path = path
        self.damage = ""  # why the last walk ended early, in words
        self.too_long = 0  # lines that the last walk cut
        self.ended = True  # the last walk's last line had an end: False while somebody is writing it
        try:
            self._size = path.stat().st_size if size is None else size
        except OSError as error:
            raise self._unreadable(error) from None

    def head(self) -> bytes:
        """The first 64 KiB, unpacked."""
        found = b""
        for piece in self._pieces():
            found += piece
            if len(found) >= PIECE:
                break
        return found[:PIECE]

    def __iter__(self) -> Iterator[tuple[int, str]]:
        self.too_long, self.ended = 0, True
        number, begun, cut = 0, "", False
        for text in decoded(self._pieces()):
            first, *others = text.split("\n")
            begun += first
            for other in others:
                number += 1
                self.too_long += cut or len(begun) > LONGEST_LINE
                yield number, begun[:LONGEST_LINE].rstrip("\r")
                begun, cut = other, False
            if len(begun) > LONGEST_LINE:
                begun, cut = begun[:LONGEST_LINE], True
        if begun:
            self.ended = False
            yield number + 1, begun

    def _pieces(self) -> Iterator[bytes]:
        self.damage = ""
        try:
            with self._path.open("rb") as file:
                packing = packing_of(file.read(MAGIC_SIZE))
            with io.BufferedReader(Front(self._path, self._size)) as front:
                if packing is None:
                    while piece := front.read1(PIECE):
                        yield piece
                else:
                    yield from self._unpacked(unpacker(packing, front))
        except OSError as error:
            if not isinstance(error, DAMAGED):
                raise self._unreadable(error) from None
            self.damage = f"compressed data ends early or is damaged: {error}"

    def _unpacked(self, stream: Unpacker) -> Iterator[bytes]:
        left = bound(self._size)
        try:
            while piece := stream.read1(PIECE):
                left -= len(piece)
                if left < 0:
                    self.damage = f"it unpacks to more than {MOST_RATIO} times its size"
                    return
                yield piece
        except DAMAGED as error:
            self.damage = f"compressed data ends early or is damaged: {error}"

    def _unreadable(self, error: OSError) -> BadInput:
        why = (error.strerror or "can't be read").lower()
        return BadInput(Problem(str(self._path), why, "give a lease file or log that can be read"))


def decoded(pieces: Iterator[bytes]) -> Iterator[str]:
    """Text, in UTF-16 where a byte order mark says so, else in UTF-8."""
    first = next(pieces, b"")
    encoding = "utf-16" if first.startswith(_UTF16) else "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first)
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", True)


def cells_of(line: str) -> list[str]:
    """A line of CSV with quotes; [] for one that is none."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []
