"""The only functions that read the buffer. Each widens with `int()`: a `uint8 << 8` is 0 with the JIT off.

None checks bounds: the caller has compared its offset with the end of what is there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from auditor.kernel.types import Buffer


@njit(cache=True)
def u8(buf: Buffer, at: int) -> int:
    return int(buf[at])


@njit(cache=True)
def u16(buf: Buffer, at: int) -> int:
    return (int(buf[at]) << 8) | int(buf[at + 1])


@njit(cache=True)
def u24(buf: Buffer, at: int) -> int:
    return (int(buf[at]) << 16) | (int(buf[at + 1]) << 8) | int(buf[at + 2])


@njit(cache=True)
def u32(buf: Buffer, at: int) -> int:
    return (int(buf[at]) << 24) | (int(buf[at + 1]) << 16) | (int(buf[at + 2]) << 8) | int(buf[at + 3])


@njit(cache=True)
def u16le(buf: Buffer, at: int) -> int:
    return int(buf[at]) | (int(buf[at + 1]) << 8)


@njit(cache=True)
def u32le(buf: Buffer, at: int) -> int:
    return int(buf[at]) | (int(buf[at + 1]) << 8) | (int(buf[at + 2]) << 16) | (int(buf[at + 3]) << 24)


@njit(cache=True)
def u16as(buf: Buffer, at: int, big: bool) -> int:
    return u16(buf, at) if big else u16le(buf, at)


@njit(cache=True)
def u32as(buf: Buffer, at: int, big: bool) -> int:
    return u32(buf, at) if big else u32le(buf, at)


@njit(cache=True)
def u64(buf: Buffer, at: int) -> np.uint64:
    return (np.uint64(u32(buf, at)) << np.uint64(32)) | np.uint64(u32(buf, at + 4))


@njit(cache=True)
def mac48(buf: Buffer, at: int) -> np.uint64:
    """A MAC address as a number; 0 stands for none."""
    return (np.uint64(u16(buf, at)) << np.uint64(32)) | np.uint64(u32(buf, at + 2))
