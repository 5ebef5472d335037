"""The only functions that read the buffer. Each widens to int64: `uint8 << 8` is 0 with the JIT off, and
numba makes a float of a signed and an unsigned number.

None checks bounds: the caller has compared its offset with the end of what is there.
"""

from __future__ import annotations

import numpy as np

from auditor.kernel.jit import compiled
from auditor.kernel.types import Buffer


@compiled
def _byte(buf: Buffer, at: int) -> int:
    """Unsigned, an offset can't count from the end: no check, and neighbouring bytes become one load."""
    return np.int64(buf[np.uint64(at)])


@compiled
def u8(buf: Buffer, at: int) -> int:
    return _byte(buf, at)


@compiled
def u16(buf: Buffer, at: int) -> int:
    return (_byte(buf, at) << 8) | _byte(buf, at + 1)


@compiled
def u24(buf: Buffer, at: int) -> int:
    return (_byte(buf, at) << 16) | (_byte(buf, at + 1) << 8) | _byte(buf, at + 2)


@compiled
def u32(buf: Buffer, at: int) -> int:
    return (
        (_byte(buf, at) << 24)
        | (_byte(buf, at + 1) << 16)
        | (_byte(buf, at + 2) << 8)
        | _byte(buf, at + 3)
    )  # fmt: skip


@compiled
def u16le(buf: Buffer, at: int) -> int:
    return _byte(buf, at) | (_byte(buf, at + 1) << 8)


@compiled
def u32le(buf: Buffer, at: int) -> int:
    return (
        _byte(buf, at)
        | (_byte(buf, at + 1) << 8)
        | (_byte(buf, at + 2) << 16)
        | (_byte(buf, at + 3) << 24)
    )  # fmt: skip


@compiled
def u16as(buf: Buffer, at: int, big: bool) -> int:
    return u16(buf, at) if big else u16le(buf, at)


@compiled
def u32as(buf: Buffer, at: int, big: bool) -> int:
    return u32(buf, at) if big else u32le(buf, at)


@compiled
def u64(buf: Buffer, at: int) -> np.uint64:
    return (np.uint64(u32(buf, at)) << np.uint64(32)) | np.uint64(u32(buf, at + 4))


@compiled
def mac48(buf: Buffer, at: int) -> np.uint64:
    """A MAC address as a number; 0 stands for none."""
    return (np.uint64(u16(buf, at)) << np.uint64(32)) | np.uint64(u32(buf, at + 2))
