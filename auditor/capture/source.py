"""A window over a stream of bytes that moves on as its front is used; the stream may be compressed."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

import numpy as np

from auditor.errors import BadInput, Problem
from auditor.records import ByteArray

WINDOW = 1 << 20  # bytes: what was read is still in the processor's cache when it is walked
GZIP = b"\x1f\x8b"


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
        try:
            self._file: BinaryIO = _opened(path, size)
            magic = self._file.read(len(GZIP))
            self._is_gzip = magic == GZIP
            if self._is_gzip:
                self._file.close()
                self._packed = _opened(path, size)
                self._file = cast(BinaryIO, gzip.GzipFile(fileobj=self._packed))
            else:  # a pipe can't be read again, so what has been read goes into the window
                self.end = len(magic)
                self.data[: self.end] = np.frombuffer(magic, dtype=np.uint8)
        except OSError as error:
            raise self._unreadable(error) from None

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._file.close()
        if self._is_gzip:
            self._packed.close()

    def fill(self) -> bool:
        """Moves what is unread to the front and reads behind it; False at the stream's end."""
        left = self.end - self.start
        if self.start:
            self.data[:left] = self.data[self.start : self.end].copy()
        elif left == len(self.data):
            self.data = np.concatenate([self.data, np.empty(left, dtype=np.uint8)])
        self.start, self.end = 0, left
        try:
            while self._read_some() and self._is_gzip and self.end < len(self.data):
                pass  # unpacked in small pieces: what comes before damaged data counts
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.damage = f"compressed data ends early or is damaged: {error}"
        except OSError as error:
            raise self._unreadable(error) from None
        return self.end > left

    def _read_some(self) -> bool:
        room = memoryview(self.data)[self.end :]  # type: ignore[arg-type]
        read = self._file.readinto1 if self._is_gzip else self._file.readinto  # type: ignore[attr-defined]
        count: int = 0 if self.damage else read(room)
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


class _Front(io.RawIOBase):
    """The first `size` bytes of a file."""

    def __init__(self, path: Path, size: int) -> None:
        self._file = path.open("rb", buffering=0)
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _opened(path: Path, size: int | None) -> BinaryIO:
    return cast(BinaryIO, path.open("rb", buffering=0) if size is None else _Front(path, size))
