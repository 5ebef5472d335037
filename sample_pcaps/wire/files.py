"""Capture files, written by hand so that every form can be made: classic pcap and pcapng."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wire.frames import Frame

ETHERNET = 1  # LINKTYPE_ETHERNET


def write_pcap(
    path: Path, frames: Iterable[Frame], *, nano: bool = False, order: str = "<", snaplen: int = 262_144
) -> None:
    """Classic pcap; `order` is `<` or `>`; frames longer than `snaplen` are cut, their wire length kept."""
    magic, unit = (0xA1B23C4D, 1) if nano else (0xA1B2C3D4, 1_000)
    out = bytearray(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, ETHERNET))
    for frame in frames:
        seconds, rest = divmod(frame.time_ns, 1_000_000_000)
        kept = frame.data[:snaplen]
        out += struct.pack(order + "IIII", seconds, rest // unit, len(kept), len(frame.data)) + kept
    path.write_bytes(out)


@dataclass(frozen=True)
class Interface:
    """One pcapng interface: `tsresol` as in the option, so 6 is microseconds and 0x80 | 20 is 2**-20 s."""

    tsresol: int | None = 6
    snaplen: int = 262_144
    name: str = ""

    def ticks(self, time_ns: int) -> int:
        resolution = 6 if self.tsresol is None else self.tsresol
        per_second = 1 << (resolution & 0x7F) if resolution & 0x80 else 10**resolution
        return -(-time_ns * per_second // 1_000_000_000)  # rounded up: a reader's rounding down undoes it


def section(
    interfaces: Sequence[Interface], frames: Iterable[tuple[int, Frame]], *, order: str = "<"
) -> bytes:
    """A pcapng section: header, interfaces, then enhanced packet blocks of (interface number, frame)."""
    out = bytearray(block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order))
    for each in interfaces:
        body = struct.pack(order + "HHI", ETHERNET, 0, each.snaplen)
        if each.name:
            body += option(2, each.name.encode(), order)
        if each.tsresol is not None:
            body += option(9, bytes([each.tsresol]), order)
        out += block(1, body + option(0, b"", order), order)
    for number, frame in frames:
        ticks = interfaces[number].ticks(frame.time_ns)
        kept = frame.data[: interfaces[number].snaplen]
        head = struct.pack(
            order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(kept), len(frame.data)
        )
        out += block(6, head + padded(kept), order)
    return bytes(out)


def option(code: int, value: bytes, order: str) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + padded(value)


def block(kind: int, body: bytes, order: str) -> bytes:
    total = 12 + len(body)
    return struct.pack(order + "II", kind, total) + body + struct.pack(order + "I", total)


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
