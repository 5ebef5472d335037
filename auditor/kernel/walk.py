"""Walks the records of a capture block: offsets, lengths, times. No header behind the record header is read."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u32as
from auditor.kernel.jit import compiled, entry, wrapping
from auditor.kernel.types import Buffer, Ints

# why a walk stopped
MORE, FULL, DAMAGED, STRUCTURE = range(4)

LARGEST_RECORD = 16 << 20  # bytes; a longer one is taken for damage

# No time lies further from 1970 (1823, 2116), so the difference of two, or one and a TTL, has room in 64 bits.
MOST_NS = (1 << 62) - 1
MOST_S = MOST_NS // 1_000_000_000

PCAP_HEADER = 16  # bytes of a classic record header (draft-ietf-opsawg-pcap)


@entry
def walk_pcap(
    buf: Buffer, start: int, end: int, big: bool, tick_ns: int, extra: int,
    offset: Ints, captured: Ints, wire: Ints, time_ns: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Fills the columns from classic records in buf[start:end].

    `extra` bytes stand between each record header and its frame. Returns (records, offset of the first byte
    not used, why it stopped): MORE wants more bytes, FULL has no room for another record, DAMAGED is an
    impossible length.
    """
    count, at, room, header = 0, start, len(offset), PCAP_HEADER + extra
    while count < room:
        if at + header > end:
            return count, at, MORE
        length = u32as(buf, at + 8, big)
        if length > LARGEST_RECORD:
            return count, at, DAMAGED
        if at + header + length > end:
            return count, at, MORE
        time_ns[count] = u32as(buf, at, big) * 1_000_000_000 + u32as(buf, at + 4, big) * tick_ns
        offset[count] = at + header
        captured[count] = length
        wire[count] = max(u32as(buf, at + 12, big), length)
        count += 1
        at += header + length
    return count, at, FULL


# pcapng block types (draft-ietf-opsawg-pcapng, section 4)
SECTION_HEADER, INTERFACE, PACKET_OLD, SIMPLE_PACKET, STATISTICS, ENHANCED_PACKET = (
    0x0A0D0D0A, 1, 2, 3, 5, 6,
)  # fmt: skip


@entry
def walk_pcapng(
    buf: Buffer, start: int, end: int, big: bool, interfaces: Ints,
    offset: Ints, captured: Ints, wire: Ints, time_ns: Ints, link: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Fills the columns from the packet blocks in buf[start:end], of one section.

    `interfaces` has a row for each interface: link type, snap length, ticks exponent (10^-n as n, 2^-n as
    -n), offset in seconds. Stops with STRUCTURE before a section header, interface or statistics block, for
    the caller to read; other block types are passed over.
    """
    count, at, room = 0, start, len(offset)
    while count < room:
        if at + 12 > end:
            return count, at, MORE
        kind = u32as(buf, at, big)
        if kind == SECTION_HEADER or kind == INTERFACE or kind == STATISTICS:
            return count, at, STRUCTURE
        length = u32as(buf, at + 4, big)
        if length < 12 or length > LARGEST_RECORD:
            return count, at, DAMAGED
        length = (length + 3) & ~3
        if at + length > end:
            return count, at, MORE
        if kind == ENHANCED_PACKET or kind == PACKET_OLD:
            head, number = 28, u32as(buf, at + 8, big)
            if kind == PACKET_OLD:  # interface and drop count in 16 bits each
                number = number >> 16 if big else number & 0xFFFF
            if length < 32 or number >= len(interfaces):
                return count, at, DAMAGED
            size = u32as(buf, at + 20, big)
            if head + size + 4 > length:
                return count, at, DAMAGED
            ticks = (np.uint64(u32as(buf, at + 12, big)) << np.uint64(32)) | np.uint64(
                u32as(buf, at + 16, big)
            )
            time_ns[count] = nanoseconds(ticks, interfaces[number, 2], interfaces[number, 3])
            link[count] = interfaces[number, 0]
            wire[count] = max(u32as(buf, at + 24, big), size)
        elif kind == SIMPLE_PACKET:  # no time, first interface
            if length < 16 or len(interfaces) == 0:
                return count, at, DAMAGED
            head, full = 12, u32as(buf, at + 8, big)
            size = min(full, length - 16)
            if interfaces[0, 1] > 0:
                size = min(size, interfaces[0, 1])
            time_ns[count] = 0
            link[count] = interfaces[0, 0]
            wire[count] = full
        else:
            at += length
            continue
        offset[count] = at + head
        captured[count] = size
        count += 1
        at += length
    return count, at, FULL


@wrapping
def nanoseconds(ticks: np.uint64, exponent: int, offset_s: int) -> int:
    """Ticks of 10^-exponent s (or 2^exponent s where negative) after `offset_s`, in nanoseconds since 1970, at
    most MOST_S s before it or after; so is `offset_s`."""
    if exponent >= 0:
        for _ in range(exponent, 9):
            ticks = min(ticks, np.uint64(MOST_NS // 10)) * np.uint64(10)
        for _ in range(9, exponent):
            ticks //= np.uint64(10)
        return within(np.int64(min(ticks, np.uint64(MOST_NS))) + offset_s * 1_000_000_000)
    bits = -exponent
    seconds, fraction = np.uint64(0), ticks
    if bits < 64:
        seconds = ticks >> np.uint64(bits)
        fraction = ticks - (seconds << np.uint64(bits))
    if bits > 30:  # a fraction of 30 bits is just under a nanosecond
        fraction = fraction >> np.uint64(bits - 30) if bits < 94 else np.uint64(0)
        bits = 30
    fraction = (fraction * np.uint64(1_000_000_000)) >> np.uint64(bits)
    seconds = min(seconds, np.uint64(MOST_S))
    whole = within(np.int64(seconds * np.uint64(1_000_000_000) + fraction))
    return within(whole + offset_s * 1_000_000_000)


@compiled
def within(time_ns: int) -> int:
    return min(max(time_ns, np.int64(-MOST_NS)), np.int64(MOST_NS))
