"""Captures made to slow a reader down: what takes time or room that grows faster than the traffic would show here.

Each trap makes frames without end; `python -m bench --traps` reads so many of them, then 2 and 4 times as many.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np

from bench.templates import client_hello, dns_name, initials, tls_record

Frame = bytes
START_S = 1_794_236_400
A_SECOND = 100_000  # frames
MASK = (1 << 64) - 1
SYN, ACK = 2, 0x10
NETWORK, SERVER = 10 << 24, 198 << 24 | 51 << 16 | 100 << 8  # 10.0.0.0/8, 198.51.100.0/24
ETHERNET = bytes.fromhex("00005e00010102005e100001")


@dataclass(frozen=True)
class Trap:
    """A kind of hostile traffic; `frames` is how many the smallest of its captures holds."""

    name: str
    make: Callable[[], Iterator[Frame]]
    frames: int = 100_000


def ip4(payload: bytes, source: int, target: int, protocol: int, number: int = 1, fragment: int = 0) -> Frame:
    head = struct.pack(
        ">BBHHHBBHII", 0x45, 0, 20 + len(payload), number & 0xFFFF, fragment, 64, protocol, 0, source, target
    )
    return ETHERNET + b"\x08\0" + head + payload


def tcp(
    payload: bytes, source: int, target: int, ports: tuple[int, int], seq: int, flags: int = ACK
) -> Frame:
    head = struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, 1, 0x50, flags, 8192, 0, 0)
    return ip4(head + payload, source, target, 6)


def udp(payload: bytes, source: int, target: int, ports: tuple[int, int]) -> Frame:
    return ip4(struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload, source, target, 17)


def client(number: int) -> tuple[int, int]:
    """The address and the port of one of millions of connections."""
    return NETWORK | number % 4_000_000, 1024 + number // 4_000_000


def first_fragments() -> Iterator[Frame]:
    """Beginnings of datagrams of which no more comes."""
    for number in count():
        yield ip4(bytes(8), NETWORK | number >> 16, SERVER, 17, number, 0x2000)


def fragments_backwards() -> Iterator[Frame]:
    """The largest datagrams in the smallest pieces, the last piece first."""
    for number in count():
        for place in range(8188, -1, -1):
            more = 0 if place == 8188 else 0x2000
            yield ip4(bytes(8), NETWORK | 1, SERVER, 17, number, more | place)


def hello() -> bytes:
    return tls_record(client_hello("www.example.org", np.random.default_rng(1), True, quic=False))


def bytes_in_order() -> Iterator[Frame]:
    """Hellos in segments of one byte."""
    whole = hello()
    for number in count():
        source, port = client(number)
        yield tcp(b"", source, SERVER, (port, 443), 0, SYN)
        for place in range(len(whole)):
            yield tcp(whole[place : place + 1], source, SERVER, (port, 443), 1 + place)


def bytes_backwards() -> Iterator[Frame]:
    """The same, every other byte and the last one first: nothing can be joined."""
    whole = hello()
    for number in count():
        source, port = client(number)
        yield tcp(b"", source, SERVER, (port, 443), 0, SYN)
        for place in range(len(whole) - 1, -1, -2):
            yield tcp(whole[place : place + 1], source, SERVER, (port, 443), 1 + place)


def half_open() -> Iterator[Frame]:
    """A SYN a connection."""
    for number in count():
        source, port = client(number)
        yield tcp(b"", source, SERVER, (port, 443), 0, SYN)


def unfinished_hellos() -> Iterator[Frame]:
    """The first half of a hello a connection."""
    half = hello()[:700]
    for number in count():
        source, port = client(number)
        yield tcp(b"", source, SERVER, (port, 443), 0, SYN)
        yield tcp(half, source, SERVER, (port, 443), 1)


def unfinished_quic() -> Iterator[Frame]:
    """The first of two Initials a connection."""
    first = initials("www.example.org", np.random.default_rng(1), True)[0]
    for number in count():
        source, port = client(number)
        yield udp(first, source, SERVER, (port, 443))


def cut_requests() -> Iterator[Frame]:
    """HTTP requests cut in two, at each place in turn."""
    whole = b"GET /index.html HTTP/1.1\r\nAccept: */*\r\nHost: www.example.org\r\nCookie: a=b\r\n\r\n"
    for number in count():
        source, port = client(number)
        place = 1 + number % (len(whole) - 1)
        yield tcp(b"", source, SERVER, (port, 80), 0, SYN)
        yield tcp(whole[:place], source, SERVER, (port, 80), 1)
        yield tcp(whole[place:], source, SERVER, (port, 80), 1 + place)


def dns(body: bytes, answers: int, number: int) -> Frame:
    head = struct.pack(">HHHHHH", number & 0xFFFF, 0x8180, 1, answers, 0, 0)
    source, port = client(number % 1_000_000)
    return udp(head + body, SERVER, source, (53, 20_000 + port % 40_000))


def dns_flood() -> Iterator[Frame]:
    """Answers of twenty addresses, each for another name and client."""
    for number in count():
        question = dns_name(f"h{number}.example.org") + b"\0\1\0\1"
        records = [
            b"\xc0\x0c\0\1\0\1" + struct.pack(">IHI", 300, 4, SERVER + (number + place & 0xFFFFFF))
            for place in range(20)
        ]
        yield dns(question + b"".join(records), 20, number)


def compression_loops() -> Iterator[Frame]:
    """Names of pointers: to themselves, to one another, and the longest chains that go backwards."""
    question = dns_name("www.example.org") + b"\0\1\0\1"
    at = 12 + len(question)
    record = b"\0\1\0\1" + struct.pack(">IHI", 300, 4, SERVER)
    to_itself = struct.pack(">H", 0xC000 | at) + record
    to_and_fro = struct.pack(">HH", 0xC000 | at + 2, 0xC000 | at) + record
    chain = b"\xc0\x0c" + b"".join(struct.pack(">H", 0xC000 | at + 2 * place) for place in range(600))
    for number in count():
        yield dns(question + (to_itself, to_and_fro, chain + record)[number % 3], 40, number)


def mix(digest: int, word: int) -> int:
    """As in the kernel's `table`."""
    digest = (digest ^ word) * 0xBF58476D1CE4E5B9 & MASK
    digest = (digest ^ digest >> 27) * 0x94D049BB133111EB & MASK
    return digest ^ digest >> 31


def unmix(digest: int) -> int:
    """The `digest ^ word` of which `mix` makes this."""
    digest = (digest ^ digest >> 31 ^ digest >> 62) * pow(0x94D049BB133111EB, -1, 1 << 64) & MASK
    return (digest ^ digest >> 27 ^ digest >> 54) * pow(0xBF58476D1CE4E5B9, -1, 1 << 64) & MASK


def colliding_ends() -> Iterator[tuple[int, int]]:
    """Lower halves of pairs of IPv6 addresses, the lower address first, whose flows (of UDP port 1000 and 2000)
    all have one hash in a table whose key is zero."""
    before_ports = unmix(0x0123456789ABCDEF) ^ (1000 << 24 | 2000 << 8 | 17)
    for number in count(1):
        b_lo = 0xFFFFFFFF00000000 | number
        a_lo = unmix(unmix(before_ports) ^ b_lo)
        if a_lo < b_lo and a_lo >> 32 != 0xFFFF:
            yield a_lo, b_lo


def collisions() -> Iterator[Frame]:
    """Flows chosen by somebody who knows the hash and not its key."""
    datagram = struct.pack(">HHHH", 1000, 2000, 8, 0)
    for a_lo, b_lo in colliding_ends():
        head = struct.pack(">IHBBQQQQ", 6 << 28, len(datagram), 17, 64, 0, a_lo, 0, b_lo)
        yield ETHERNET + b"\x86\xdd" + head + datagram


TRAPS = (
    Trap("datagrams of which only the first fragment comes", first_fragments),
    Trap("largest datagrams in pieces of 8 bytes, backwards", fragments_backwards),
    Trap("hellos byte by byte", bytes_in_order, 200_000),
    Trap("hellos byte by byte with gaps, backwards", bytes_backwards, 200_000),
    Trap("half-open connections", half_open, 1_000_000),
    Trap("hellos of which the half comes", unfinished_hellos),
    Trap("QUIC hellos of which the half comes", unfinished_quic, 50_000),
    Trap("HTTP requests cut at every place", cut_requests, 200_000),
    Trap("DNS answers, each for another name and client", dns_flood),
    Trap("DNS compression loops", compression_loops),
    Trap("flows whose hashes collide without the key", collisions, 200_000),
)


def write(frames: Iterator[Frame], number: int, path: Path) -> None:
    """A capture of so many of these frames."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for place, frame in enumerate(islice(frames, number)):
            seconds, rest = divmod(place, A_SECOND)
            micros = rest * 1_000_000 // A_SECOND
            out.write(struct.pack("<IIII", START_S + seconds, micros, len(frame), len(frame)) + frame)
