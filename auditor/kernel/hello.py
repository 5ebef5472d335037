"""Reads a ClientHello that lies whole in one segment (RFC 8446, 4.1.2; RFC 6066, 3)."""

from __future__ import annotations

from auditor.kernel.bytes import u8, u16, u24
from auditor.kernel.jit import compiled
from auditor.kernel.types import Buffer

HANDSHAKE, CLIENT_HELLO = 22, 1
SERVER_NAME, ENCRYPTED_CLIENT_HELLO = 0, 0xFE0D

# what begins here
NOTHING, CUT, WHOLE, SPREAD = range(4)  # SPREAD: over several records


@compiled
def starts_hello(buf: Buffer, at: int, end: int) -> int:
    """Whether a TLS record with a ClientHello begins at buf[at], and whether all of it is there."""
    left = end - at
    if left < 1 or u8(buf, at) != HANDSHAKE or (left >= 2 and u8(buf, at + 1) != 3):
        return NOTHING
    if left < 9:
        return NOTHING if left >= 6 and u8(buf, at + 5) != CLIENT_HELLO else CUT
    record, message = u16(buf, at + 3), u24(buf, at + 6)
    if u8(buf, at + 2) > 4 or u8(buf, at + 5) != CLIENT_HELLO or not 4 < record <= 0x4100:
        return NOTHING
    if not 38 <= message <= 0x10000 or (left >= 11 and u8(buf, at + 9) != 3):
        return NOTHING
    if record + 5 > left:
        return CUT
    return WHOLE if message + 4 <= record else SPREAD


@compiled
def late_hello(buf: Buffer, at: int, end: int) -> int:
    """Where in a stream's first segment a ClientHello begins behind something else, -1 where none does: its
    sender didn't wait for the answer to STARTTLS, SOCKS or the like."""
    for place in range(at, end - 10):
        if u8(buf, place) == HANDSHAKE and starts_hello(buf, place, end) != NOTHING:
            return place
    return -1


@compiled
def server_name(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """(offset of the name, offset behind it, ECH extension seen) of the hello whose body is buf[at:end].

    The name is empty where the hello has none or is malformed before it.
    """
    none, ech = 0, 0
    at += 34  # version and random
    if at + 1 > end:
        return none, none, ech
    at += 1 + u8(buf, at)
    if at + 2 > end:
        return none, none, ech
    at += 2 + u16(buf, at)
    if at + 1 > end:
        return none, none, ech
    at += 1 + u8(buf, at)
    if at + 2 > end:
        return none, none, ech
    end = min(end, at + 2 + u16(buf, at))
    at += 2
    first = last = none
    while at + 4 <= end:
        kind, size = u16(buf, at), u16(buf, at + 2)
        at += 4
        if at + size > end:
            break
        if kind == ENCRYPTED_CLIENT_HELLO:
            ech = 1
        elif kind == SERVER_NAME and last == none and size >= 5 and u8(buf, at + 2) == 0:
            length = u16(buf, at + 3)
            if length + 5 <= size:
                first, last = at + 5, at + 5 + length
        at += size
    return first, last, ech
