"""Frames that a mirror port gives twice: the same packet on its way in and out, or on both sides of a router.

A copy is told by what the ends wrote, so VLAN tags, MAC addresses, TTL and tunnels around it may differ. What an
end sends again differs in its IP identification (RFC 6864, 4: not used again for as long as a packet may live).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditor.kernel.bytes import u8, u16, u32, u64
from auditor.kernel.jit import compiled, wrapping
from auditor.kernel.layers import TCP
from auditor.kernel.prefetch import fetch_row
from auditor.kernel.types import Buffer, Ints, Record, Words

LINES = 1 << 14  # packets remembered, 128 KB: those of 10 ms at a million packets a second find room
KEY_WORDS = 12
TICK_BITS = 10  # a tick is 1,024 ns
# Copies come within microseconds in one switch, within milliseconds through a firewall. Nothing is sent again so
# soon but duplicate ACKs and fast retransmissions within a building, so that without an identification
# (IPv6, or IPv4 that is never cut) the time is shorter, and bare ACKs are never taken for copies.
MOST_TICKS = 10_000_000 >> TICK_BITS  # 10 ms
MOST_TICKS_UNNUMBERED = 1_000_000 >> TICK_BITS  # 1 ms

HALF = np.uint64(0xFFFFFFFF)
THIRTY_TWO = np.uint64(32)
ODD = np.uint64(0x9E3779B97F4A7C15)
NUMBER = np.uint64(0xFFFF)  # bits of a mark that hold the IP identification
V4_MARK = np.uint64(0xFFFF)  # upper half of the lower word of an IPv4 address
SYN_FIN = 0x03


class Mirror(NamedTuple):
    """`lines` hold 32 bits of a packet's digest above the low 32 bits of its time in ticks."""

    lines: Ints
    key: Words  # secret: nobody can make a packet that hides another


@wrapping
def product(word: np.uint64, low: np.uint64, high: np.uint64) -> np.uint64:
    """A step of the keyed hash NH (Black, Halevi, Krawczyk, Krovetz, Rogaway 1999): halves, each with its key."""
    return (((word & HALF) + low) & HALF) * (((word >> THIRTY_TWO) + high) & HALF)


@wrapping
def mark_of(mirror: Mirror, buf: Buffer, packet: Record) -> np.uint64:
    """What tells a packet from all others of its time: a keyed digest of its ends' writing, the IP identification in
    the lowest 16 bits; 0 where a copy could not be told from what is sent again."""
    header, payload, whole = packet.header, packet.payload, packet.end - packet.payload
    is_tcp = packet.layer == TCP
    is_v4 = packet.a_hi == 0 and packet.a_lo >> THIRTY_TWO == V4_MARK
    number = u16(buf, header - 16) if is_v4 and u8(buf, header - 20) == 0x45 else 0
    if whole == 0 and number == 0 and not (is_tcp and packet.tcp_flags & SYN_FIN):
        return np.uint64(0)
    key = mirror.key
    if is_tcp:
        words = product(u64(buf, header + 4), key[0], key[1])  # sequence and acknowledgement numbers
        words += product(u64(buf, header + 12), key[2], key[3])  # flags, window, checksum
    else:
        words = product(np.uint64(u32(buf, header + 4)), key[0], key[1])  # length and checksum
        if whole >= 16:
            # both: the first bytes are alike in a QUIC connection, and a sender's own checksums are partial
            words += product(u64(buf, payload + 8), key[2], key[3])
            words += product(u64(buf, packet.end - 8), key[10], key[11])
    if whole >= 8:
        words += product(u64(buf, payload), key[4], key[5])
    words += product(packet.digest, key[6], key[7])
    rest = np.uint64((whole & 0xFFFFFF) << 17) | np.uint64(number << 1) | np.uint64(packet.from_a)
    words = (words + product(rest, key[8], key[9])) * ODD
    words = (words ^ (words >> THIRTY_TWO)) * ODD
    return (words & ~NUMBER) | np.uint64(number)


@compiled
def fetch_line(mirror: Mirror, mark: np.uint64) -> None:
    """Has the line of a mark fetched."""
    fetch_row(mirror.lines, place_of(mark), 1)


@compiled
def place_of(mark: np.uint64) -> int:
    return np.int64(mark >> np.uint64(50))  # the upper 14 bits: as many as there are lines


@compiled
def is_copy(mirror: Mirror, mark: np.uint64, time_ns: int) -> bool:
    """Whether a packet of this mark was there a moment ago; notes it if not. Without a time none is a copy."""
    if time_ns <= 0 or mark == 0:
        return False
    place = place_of(mark)
    tag = np.int64((mark >> np.uint64(18)) & HALF)
    now = (time_ns >> TICK_BITS) & 0xFFFFFFFF
    line = mirror.lines[place]
    since = (now - line) & 0xFFFFFFFF
    since = min(since, 0x100000000 - since)  # clocks of two interfaces may differ
    most = MOST_TICKS if mark & NUMBER else MOST_TICKS_UNNUMBERED
    if (line >> 32) & 0xFFFFFFFF == tag and since <= most:
        return True
    mirror.lines[place] = (tag << 32) | now
    return False
