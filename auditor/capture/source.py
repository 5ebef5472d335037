"""A window over a stream of bytes that moves on as its front is used; the stream may be compressed."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

import numpy as np

from auditor.errors import BadInput, Problem
from auditor.records import ByteArray

WINDOW = 4 << 20  # bytes
GZIP = b"\x1f\x8b"


class Source:
    """The bytes `data[start:end]` are there to be read; `fill` brings more behind them.

    Memory does not grow with the file: the window is WINDOW bytes, or the largest record where that is longer.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data: ByteArray = np.empty(WINDOW, dtype=np.uint8)
        self.start = self.end = 0
        self.damage = ""  # why the stream ended early, in words
        try:
            raw = path.open("rb", buffering=0)
        except OSError as error:
            raise BadInput(Problem(str(path), _why(error), "give a capture file that can be read")) from None
        self._file: BinaryIO = cast(BinaryIO, raw)
        magic = b"" if path.is_dir() else self._file.read(2)
        if magic == GZIP:
            raw.close()
            self._file = cast(BinaryIO, gzip.open(path, "rb"))  # noqa: SIM115 - closed in __exit__
        else:
            self._file.seek(0)

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
            count = self._file.readinto(memoryview(self.data)[left:])  # type: ignore[arg-type,attr-defined]
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.damage = f"compressed data ends early or is damaged: {error}"
            return False
        except OSError as error:
            raise BadInput(
                Problem(str(self.path), _why(error), "give a capture file that can be read")
            ) from None
        self.end += count
        return bool(count)

    def need(self, count: int) -> bool:
        """Whether `count` unread bytes are there, after reading on as far as it takes."""
        while self.end - self.start < count:
            if not self.fill():
                return False
        return True


def _why(error: OSError) -> str:
    return (error.strerror or "can't be read").lower()
