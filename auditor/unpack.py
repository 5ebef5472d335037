"""Compressed captures and lease files: gzip, zstd and lz4, told by their first bytes, unpacked as they are read."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

import lz4.frame

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC_SIZE = 4
# A capture shrinks to a half or a tenth. What unpacks to more than this is no capture but a trap.
MOST_RATIO, ALWAYS_ALLOWED = 200, 1 << 30  # times its size, and so many bytes besides

DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError, RuntimeError)  # the last is lz4's


class Unpacker(Protocol):
    """A file that gives what it has in small pieces."""

    def read1(self, size: int = -1, /) -> bytes: ...


class Packing(NamedTuple):
    """A way to compress: how it begins, and who unpacks it."""

    name: str
    magic: bytes


PACKINGS = (
    Packing("gzip", b"\x1f\x8b"),
    Packing("zstd", b"\x28\xb5\x2f\xfd"),
    Packing("lz4", b"\x04\x22\x4d\x18"),
)


def packing_of(start: bytes) -> Packing | None:
    """How a file that starts with these bytes is compressed; None where it isn't."""
    return next((packing for packing in PACKINGS if start.startswith(packing.magic)), None)


def unpacker(packing: Packing, packed: BinaryIO) -> Unpacker:
    """Reads what `packed` holds."""
    if packing.name == "gzip":
        return gzip.GzipFile(fileobj=packed)
    if packing.name == "zstd":
        return cast(Unpacker, zstd.ZstdFile(packed))
    return cast(Unpacker, lz4.frame.LZ4FrameFile(packed))


def bound(packed_bytes: int) -> int:
    """How many bytes a file of this size may unpack to."""
    return ALWAYS_ALLOWED + MOST_RATIO * packed_bytes


class Front(io.RawIOBase):
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
