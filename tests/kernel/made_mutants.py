"""Frames without end, the same for the same seed: conversations in every wrapping, most of them spoilt."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from unittest.mock import patch

from aioquic.quic import crypto
from initials import V1, V2, crypto_frame, initial
from kernel_rows import Given
from made_frames import claims, datagrams, hello, payloads
from made_packets import ACK, FIN, RST, SYN, ip, ipv4, ipv6, tcp, udp
from made_wrappings import CLIENT, CLIENT6, ETHERNET, V4, V6, Wrapped, wrappings

DRAFT_29 = 0xFF00001D
SALT_29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")  # draft-ietf-quic-tls-29, 5.2

# what a stream may begin with before the client says what it wants
PRELUDES = (
    b"",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 4000 443\r\n",
    bytes.fromhex("0d0a0d0a000d0a515549540a2111000c") + bytes(12),
    b"CONNECT hidden.example:443 HTTP/1.1\r\nHost: hidden.example:443\r\n\r\n",
    b"EHLO x\r\nSTARTTLS\r\n",
    b"\x05\x01\0\x05\x01\0\x01\xc0\0\2\1\1\xbb",
    b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\x03\0\0\0",
)
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF)
MILLISECOND, SECOND = 1_000_000, 1_000_000_000


class Segment(NamedTuple):
    """A packet's payload: TCP or UDP header and all behind it."""

    data: bytes
    protocol: int
    up: bool


def mutants(seed: int, count: int) -> Iterator[Given]:
    """`count` of them."""
    rng = random.Random(seed)
    made, before = 0, b"\0"
    while made < count:
        wrapped = rng.choice(_wrappings())
        frames = [_in(wrapped, packet) for packet in _conversation(rng, wrapped.version)]
        if wrapped.link == ETHERNET and rng.random() < 0.1:
            frames.append(rng.choice(claims()))
        for frame in _spoilt(rng, frames, before) if rng.random() < 0.7 else frames:
            before = frame or before
            wire = len(frame) + (rng.randrange(1500) if rng.random() < 0.05 else 0)
            yield Given(wrapped.link, frame, wire, _step_ns(rng))
            made += 1
            if made == count:
                return


@cache
def _wrappings() -> tuple[Wrapped, ...]:
    return tuple(wrappings().values())


def _in(wrapped: Wrapped, packet: bytes) -> bytes:
    """Puts another IP packet into a wrapping; the lengths in outer headers grow with it."""
    sample = bytes(V4 if wrapped.version == 4 else V6)
    if not wrapped.frame.endswith(sample):  # extension headers or options stand inside
        return wrapped.frame
    head, whole = bytearray(wrapped.frame[: -len(sample)]), len(wrapped.frame)
    for at in range(len(head) - 1):
        value = int.from_bytes(head[at : at + 2])
        # bytes from a length field to the end of what it counts: IPv4, UDP, 802.3 and PPPoE, GTP-U, IPv6
        if value and value - (whole - at) in (2, 4, -2, -6, -36):
            head[at : at + 2] = (value + len(packet) - len(sample)).to_bytes(2)
    return bytes(head) + packet


def _step_ns(rng: random.Random) -> int:
    chance = rng.random()
    if chance < 0.97:
        return rng.randrange(20) * MILLISECOND
    if chance > 0.9995:
        return rng.choice((1 << 61, -1 << 61, -1 << 62))
    return rng.choice((-5 * SECOND, 20 * SECOND, 70 * SECOND, 400 * SECOND, 7200 * SECOND, -1))


def _conversation(rng: random.Random, version: int) -> list[bytes]:
    """IP packets of a few flows' worth of ends, so that ports are used again."""
    client = CLIENT if version == 4 else CLIENT6
    server = f"203.0.113.{rng.randrange(4)}" if version == 4 else f"2001:db8::{rng.randrange(4):x}"
    port = rng.randrange(1024, 1024 + 4000)
    kind = rng.random()
    if kind < 0.015:
        segments = _quic(rng, port)
    elif kind < 0.35:
        segments = _datagrams(rng, port)
    else:
        segments = _stream(rng, port)
    packets = []
    for segment in segments:
        ends = (client, server) if segment.up else (server, client)
        if kind > 0.9 and len(segment.data) > 16:
            packets += _fragments(rng, segment, *ends)
        else:
            packets.append(ip(segment.data, *ends, segment.protocol))
    return packets


def _quic(rng: random.Random, port: int) -> list[Segment]:
    return [Segment(udp(data, port, 443), 17, True) for data in rng.choice(initials_of_some())]


@cache
def initials_of_some() -> tuple[tuple[bytes, ...], ...]:
    """Connections whose Initials decrypt, the same each time: in one packet, in two, overlapping."""
    made = []
    for number, version in enumerate((V1, V2, DRAFT_29, V1, V2)):
        message = hello(b"host%d.Example" % number, ech=number % 2 == 0)
        half, cid = len(message) // 2, bytes([number]) * 8
        whole = crypto_frame(0, message)
        front, back = crypto_frame(0, message[: half + number]), crypto_frame(half, message[half:])
        with patch.object(crypto, "INITIAL_SALT_VERSION_1", SALT_29 if version == DRAFT_29 else SALT_1):
            for frames in (
                (b"\1\0\0" + whole,),
                (front, back),
                (back, b"\2\1\0\0\0" + front),
                (back + front,),
            ):
                sealed = [
                    initial(each, cid, version=version, number=place) for place, each in enumerate(frames)
                ]
                made += [tuple(sealed), (b"".join(sealed),)]
    return tuple(made)


SALT_1 = crypto.INITIAL_SALT_VERSION_1


def _datagrams(rng: random.Random, port: int) -> list[Segment]:
    data = rng.choice(
        (*datagrams().values(), *dhcp(), dhcpv6(), b"\x09" + bytes(8) + b"Q039" + b"CHLO" + bytes(40))
    )
    ends = rng.choice(
        ((port, 53), (port, 53), (5353, 5353), (68, 67), (67, 67), (546, 547), (port, 443), (port, 9999))
    )
    up = rng.random() < 0.7
    return [Segment(udp(data, *(ends if up else ends[::-1])), 17, up)] * rng.randrange(1, 4)


@cache
def dhcp() -> tuple[bytes, ...]:
    """A request and an answer (RFC 2131)."""
    made = []
    for opcode, kind in ((1, 3), (2, 5)):
        head = bytes([opcode, 1, 6, 0]) + bytes(12) + bytes([10, 0, 0, 9]) + bytes(8)
        head += b"\x02\0\0\0\0\1" + bytes(10) + bytes(192) + b"\x63\x82\x53\x63"
        made.append(head + bytes([53, 1, kind, 51, 4, 0, 0, 14, 16, 12, 5]) + b"LapTo" + b"\xff")
    return tuple(made)


def dhcpv6() -> bytes:
    """A server's REPLY: the client's DUID, an address in an IA (RFC 8415, 21.2, 21.4, 21.6)."""
    duid = b"\0\x01\0\x0a\0\x03\0\x01\x02\0\0\0\0\1"
    given = (
        b"\0\x05\0\x18"
        + bytes.fromhex("20010db8")
        + bytes(11)
        + b"\x09"
        + bytes(3)
        + b"\x60"
        + bytes(3)
        + b"\x90"
    )
    return b"\x07abc" + duid + b"\0\x03" + (12 + len(given)).to_bytes(2) + b"iaid" + bytes(8) + given


def _stream(rng: random.Random, port: int) -> list[Segment]:
    """A connection, its payload in some pieces that may overlap, be repeated or come in another order."""
    server_port = rng.choice((443, 80, 53, 25, 8080))
    data = rng.choice(PRELUDES) * (rng.random() < 0.2) + rng.choice(list(payloads().values()))
    if server_port == 53:
        data = b"".join(len(each).to_bytes(2) + each for each in rng.sample(list(datagrams().values()), 3))
    seq = rng.choice((0, 100, 0xFFFFFFF0))
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((0, 0, 1, 1, 2, 8))))
    places = list(zip([0, *cuts], [*cuts, len(data)], strict=True))
    pieces = [(at, data[at : end + rng.randrange(3)]) for at, end in places]
    if rng.random() < 0.3:
        rng.shuffle(pieces)
    if rng.random() < 0.3:
        pieces.insert(rng.randrange(len(pieces)), rng.choice(pieces))
    made = []
    if rng.random() < 0.7:
        made.append(Segment(tcp(b"", port, server_port, seq - 1, SYN), 6, True))
        made.append(Segment(tcp(b"", server_port, port, 499, SYN | ACK, ack=seq), 6, False))
    for at, piece in pieces:
        made.append(Segment(tcp(piece, port, server_port, seq + at), 6, True))
        if rng.random() < 0.2:
            made.append(Segment(tcp(b"220 ready\r\n", server_port, port, 500), 6, False))
    if rng.random() < 0.3:
        made.append(
            Segment(tcp(b"", port, server_port, seq + len(data), rng.choice((FIN | ACK, RST))), 6, True)
        )
    return made


def _fragments(rng: random.Random, segment: Segment, source: str, target: str) -> list[bytes]:
    """RFC 791, 3.2; RFC 8200, 4.5."""
    step = 8 * rng.randrange(1, 2 + len(segment.data) // 16)
    number, made = rng.randrange(9), []
    for at in range(0, len(segment.data), step):
        piece, more = segment.data[at : at + step], at + step < len(segment.data)
        if ":" in source:
            head = bytes([segment.protocol, 0]) + (at | more).to_bytes(2) + number.to_bytes(4)
            made.append(ipv6(head + piece, source, target, 44))
        else:
            made.append(ipv4(piece, source, target, segment.protocol, fragment=at // 8 | more << 13))
    if rng.random() < 0.3:
        rng.shuffle(made)
    return made


def _spoilt(rng: random.Random, frames: list[bytes], before: bytes) -> list[bytes]:
    """Some left out, repeated or moved; some with bits, lengths or ends changed."""
    made = [_damaged(rng, frame, before) if rng.random() < 0.4 else frame for frame in frames]
    for _ in range(rng.randrange(3)):
        place = rng.randrange(len(made))
        chance = rng.random()
        if chance < 0.3 and len(made) > 1:
            del made[place]
        elif chance < 0.7:
            made.insert(rng.randrange(len(made) + 1), made[place])
        else:
            made.append(made.pop(place))
    return made


def _damaged(rng: random.Random, frame: bytes, before: bytes) -> bytes:
    data = bytearray(frame)
    kind = rng.randrange(6)
    if kind == 0:  # bits
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 1:  # bytes, to the ends of their range
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] = rng.choice((*EXTREMES, rng.randrange(256)))
    elif kind == 2:  # the snap length
        del data[rng.randrange(len(data)) :]
    elif kind == 3:  # padding, a trailer, a check sequence
        data += rng.randbytes(rng.choice((1, 4, 18, 46)))
    elif kind == 4:  # what looks like a length
        places = [at for at in range(len(data) - 1) if 0 < int.from_bytes(data[at : at + 2]) <= len(data)]
        for at in rng.sample(places, min(len(places), rng.randrange(1, 3))):
            value = int.from_bytes(data[at : at + 2])
            value = rng.choice((value - 1, value + 1, 0, 0xFFFF, len(data) - at, value + 8))
            data[at : at + 2] = value.to_bytes(2)
    else:  # this one's front, the last one's back
        place = rng.randrange(len(data))
        data[place:] = before[rng.randrange(len(before)) :]
    return bytes(data)
