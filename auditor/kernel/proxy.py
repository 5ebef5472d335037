"""The PROXY protocol's header, which a load balancer puts before a stream (haproxy.org, proxy-protocol.txt)."""

from __future__ import annotations

from auditor.kernel.bytes import u8, u16
from auditor.kernel.jit import compiled
from auditor.kernel.types import Buffer

V1_START = tuple(b"PROXY ")
V1_LONGEST = 107
V2_START = (0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A)
LF = 0x0A


@compiled
def behind_proxy_header(buf: Buffer, at: int, end: int) -> int:
    """The offset behind a PROXY header of version 1 or 2 at buf[at]; `at` where there is none."""
    if _starts(buf, at, end, V1_START):
        for place in range(at, min(end, at + V1_LONGEST)):
            if u8(buf, place) == LF:
                return place + 1
    elif _starts(buf, at, end, V2_START) and at + 16 <= end:
        return min(end, at + 16 + u16(buf, at + 14))
    return at


@compiled
def _starts(buf: Buffer, at: int, end: int, start: tuple[int, ...]) -> bool:
    if at + len(start) > end:
        return False
    for i in range(len(start)):
        if u8(buf, at + i) != start[i]:
            return False
    return True
