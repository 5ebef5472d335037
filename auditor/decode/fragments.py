"""Puts IP fragments together (RFC 791, 3.2; RFC 8200, 4.5) into a frame that the kernel can read."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from auditor.decode.bounded import Bounded
from auditor.records import Ledger

MOST_DATAGRAMS, MOST_BYTES = 1024, 16 << 20  # being put together at once, and held of them together
MOST_PIECES = 64  # of one datagram
LONGEST = 65_535
STALE_NS = 30_000_000_000  # RFC 8200 asks for 60 s, RFC 791 for 15 s at least
V4, V6 = 0x0800, 0x86DD  # EtherTypes
FRAGMENT_HEADER = 44
SKIPPED = (0, 43, 60, 135, 139, 140)  # extension headers that may stand before it


@dataclass(frozen=True, slots=True)
class Piece:
    """One fragment."""

    ethertype: int
    key: tuple[object, ...]  # of its datagram: ends, protocol, identification
    header: bytes  # the IP header that a whole datagram would have
    offset: int
    data: bytes
    last: bool


@dataclass(slots=True)
class _Datagram:
    began_ns: int
    pieces: dict[int, bytes] = field(default_factory=dict)
    header: bytes = b""  # the first fragment's
    size: int = -1  # of the whole payload, once the last fragment is there
    wire: int = 0  # bytes of its frames
    held: int = 0  # bytes of its pieces


class Fragments:
    """Datagrams that are being put together."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._datagrams: Bounded[tuple[object, ...], _Datagram] = Bounded(
            "fragmented datagrams", MOST_DATAGRAMS, ledger, MOST_BYTES
        )

    def add(self, packet: bytes, mac: int, wire: int, time_ns: int) -> tuple[bytes, int] | None:
        """Takes a fragment, from its IP header on; the datagram in an Ethernet frame and its bytes on the
        wire, once it is whole. Of two pieces at one place the first counts; what doesn't fit is left out."""
        piece = read_piece(packet)
        if piece is None:
            return None
        known = self._datagrams.get(piece.key)
        if known is None or time_ns - known.began_ns > STALE_NS:
            known = _Datagram(time_ns)
        known.wire += wire
        if piece.offset not in known.pieces:
            if len(known.pieces) < MOST_PIECES:
                known.pieces[piece.offset] = piece.data
                known.held += len(piece.data)
            else:
                self._ledger.add("fragments left out, too many of one datagram")
        if piece.offset == 0 and not known.header:
            known.header = piece.header
        if piece.last and known.size < 0:
            known.size = piece.offset + len(piece.data)
        payload = _joined(known) if known.header and known.size >= 0 else None
        if payload is None:
            self._datagrams.put(piece.key, known, known.held)
            return None
        self._datagrams.remove(piece.key)
        return _frame(piece.ethertype, known.header, payload, mac), known.wire


def read_piece(packet: bytes) -> Piece | None:
    """What an IP fragment says; None where it is cut or impossible."""
    if len(packet) >= 20 and packet[0] >> 4 == 4:
        return _read_v4(packet)
    if len(packet) >= 48 and packet[0] >> 4 == 6:
        return _read_v6(packet)
    return None


def _read_v4(packet: bytes) -> Piece | None:
    size = (packet[0] & 15) * 4
    total, identification, flags = struct.unpack_from(">HHH", packet, 2)
    end = min(total, len(packet)) or len(packet)
    offset, more = (flags & 0x1FFF) * 8, bool(flags & 0x2000)
    if not 20 <= size <= end or offset + end - size > LONGEST or (more and (end - size) % 8):
        return None
    key = (V4, packet[12:20], packet[9], identification)
    header = packet[:6] + b"\0\0" + packet[8:size]
    return Piece(V4, key, header, offset, packet[size:end], not more)


def _read_v6(packet: bytes) -> Piece | None:
    end = min(len(packet), 40 + int.from_bytes(packet[4:6]))
    kind, at = packet[6], 40
    while kind in SKIPPED and at + 8 <= end:
        kind, at = packet[at], at + (packet[at + 1] + 1) * 8
    if kind != FRAGMENT_HEADER or at + 8 > end:
        return None
    following, _, flags, identification = struct.unpack_from(">BBHI", packet, at)
    offset, more = flags & 0xFFF8, bool(flags & 1)
    if offset + end - at - 8 > LONGEST or (more and (end - at - 8) % 8):
        return None
    header = packet[:6] + bytes([following]) + packet[7:40]
    return Piece(V6, (V6, packet[8:40], identification), header, offset, packet[at + 8 : end], not more)


def _joined(datagram: _Datagram) -> bytes | None:
    """The payload, if no part of it is missing."""
    payload = bytearray()
    for offset in sorted(datagram.pieces):
        if offset > len(payload):
            return None
        payload += datagram.pieces[offset][len(payload) - offset :]
    return bytes(payload[: datagram.size]) if len(payload) >= datagram.size else None


def _frame(ethertype: int, header: bytes, payload: bytes, mac: int) -> bytes:
    """The datagram behind an Ethernet header with the sender's address."""
    length = len(payload) + (len(header) if ethertype == V4 else 0)
    at = 2 if ethertype == V4 else 4
    sized = header[:at] + struct.pack(">H", min(length, LONGEST)) + header[at + 2 :]
    return bytes(6) + mac.to_bytes(6, "big") + struct.pack(">H", ethertype) + sized + payload
