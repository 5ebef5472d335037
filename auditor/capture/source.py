"""A window over a stream of bytes that moves on as its front is used; the stream may be compressed."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

import numpy as np

from auditor.errors import BadInput, Problem
from auditor.records import ByteArray
from auditor.unpack import (
    DAMAGED,
    MAGIC_SIZE,
    MOST_RATIO,
    Front,
    Unpacker,
    bound,
    packing_of,
    unpacker,
)

WINDOW = 1 << 21  # bytes: what was read is still in the processor's cache when it is walked
PIECE = 1 << 16  # unpacked at once


class Source:
    """The bytes `data[start:end]` are there to be read; `fill` brings more behind them.

    Memory does not grow with the file: the window is WINDOW bytes, or the largest record where that is longer.
    """

    def __init__(self, path: Path, size: int | None = None) -> None:
        """With `size` the file ends there for the reader, however much has been written to it since."""
        self.path = path
        self.data: ByteArray = np.empty(WINDOW, dtype=np.uint8)
        self.start = self.end = 0
        self.damage = ""  # why the stream ended early, in words
        self._unpacker: Unpacker | None = None
        try:
            self._file: BinaryIO = _opened(path, size)
            start = self._file.read(MAGIC_SIZE)
            packing = packing_of(start)
            if packing:
                self._file.close()
                self._file = _opened(path, size)
                self._unpacker = unpacker(packing, self._file)
                self._left = bound(path.stat().st_size if size is None else size)
            else:  # a pipe can't be read again, so what has been read goes into the window
                self.end = len(start)
                self.data[: self.end] = np.frombuffer(start, dtype=np.uint8)
        except OSError as error:
            raise self._unreadable(error) from None

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._file.close()

    def fill(self) -> bool:
        """Moves what is unread to the front and reads behind it; False at the stream's end."""
        left = self.end - self.start
        if self.start:
            self.data[:left] = self.data[self.start : self.end].copy()
        elif left == len(self.data):
            self.data = np.concatenate([self.data, np.empty(left, dtype=np.uint8)])
        self.start, self.end = 0, left
        try:
            while self._read_some() and self._unpacker and self.end < len(self.data):
                pass  # unpacked in small pieces: what comes before damaged data counts
        except DAMAGED as error:
            self.damage = f"compressed data ends early or is damaged: {error}"
        except OSError as error:
            raise self._unreadable(error) from None
        return self.end > left

    def _read_some(self) -> bool:
        if self.damage:
            return False
        if self._unpacker:
            piece = self._unpacker.read1(min(len(self.data) - self.end, PIECE))
            count = len(piece)
            self.data[self.end : self.end + count] = np.frombuffer(piece, dtype=np.uint8)
            self._left -= count
            if self._left < 0:
                self.damage = f"it unpacks to more than {MOST_RATIO} times its size"
        else:
            room = memoryview(self.data)[self.end :]  # type: ignore[arg-type]
            count = self._file.readinto(room)  # type: ignore[attr-defined]
        self.end += count
        return bool(count)

    def need(self, count: int) -> bool:
        """Whether `count` unread bytes are there, after reading on as far as it takes."""
        while self.end - self.start < count:
            if not self.fill():
                return False
        return True

    def _unreadable(self, error: OSError) -> BadInput:
        why = (error.strerror or "can't be read").lower()
        return BadInput(Problem(str(self.path), why, "give a capture file that can be read"))


def _opened(path: Path, size: int | None) -> BinaryIO:
    return cast(BinaryIO, path.open("rb", buffering=0) if size is None else Front(path, size))
