"""Makes capture files byte by byte: classic pcap and the blocks of pcapng."""

from __future__ import annotations

import struct
from collections.abc import Iterable

NANOSECOND, MICROSECOND, MODIFIED = 0xA1B23C4D, 0xA1B2C3D4, 0xA1B2CD34
START_S = 1_794_556_800  # 2026-11-13 08:00 UTC
Stamped = tuple[int, bytes]  # nanoseconds, frame


def pcap_header(magic: int = NANOSECOND, order: str = "<", link: int = 1) -> bytes:
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262_144, link)


def pcap_record(
    time_ns: int, frame: bytes, magic: int = NANOSECOND, order: str = "<", wire: int | None = None
) -> bytes:
    seconds, rest = divmod(time_ns, 1_000_000_000)
    fraction = rest if magic == NANOSECOND else rest // 1000
    extra = bytes(8) if magic == MODIFIED else b""  # interface, protocol, packet type, padding
    size = len(frame) if wire is None else wire
    return struct.pack(order + "IIII", seconds, fraction, len(frame), size) + extra + frame


def pcap(frames: Iterable[Stamped], magic: int = NANOSECOND, order: str = "<", link: int = 1) -> bytes:
    return pcap_header(magic, order, link) + b"".join(
        pcap_record(at, data, magic, order) for at, data in frames
    )


def evenly(
    frames: Iterable[bytes], step_ns: int = 1_000_000, start_ns: int = START_S * 1_000_000_000
) -> list[Stamped]:
    """Frames with times a step apart."""
    return [(start_ns + number * step_ns, frame) for number, frame in enumerate(frames)]


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", options: bytes = b"") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, order)


def interface(
    link: int = 1, order: str = "<", resolution: int | None = None, offset_s: int | None = None, snap: int = 0
) -> bytes:
    """An interface block; `resolution` is the byte of if_tsresol."""
    options = b""
    if resolution is not None:
        options += option(9, bytes([resolution]), order)
    if offset_s is not None:
        options += option(14, struct.pack(order + "q", offset_s), order)
    if options:
        options += option(0, b"", order)
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def enhanced(ticks: int, frame: bytes, order: str = "<", number: int = 0, wire: int | None = None) -> bytes:
    size = len(frame) if wire is None else wire
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), size)
    return block(6, head + frame, order)


def old_packet(ticks: int, frame: bytes, order: str = "<", number: int = 0, drops: int = 3) -> bytes:
    head = struct.pack(
        order + "HHIIII", number, drops, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)
    )
    return block(2, head + frame, order)


def simple(frame: bytes, order: str = "<", wire: int | None = None) -> bytes:
    return block(3, struct.pack(order + "I", len(frame) if wire is None else wire) + frame, order)
