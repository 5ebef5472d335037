"""The frames that the kernel's three modes are held to: whole, cut at every length, dirtied, malformed."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from typing import NamedTuple

from hellos import extension, in_records, message, server_name
from initials import client_datagrams
from made_claims import MAC, OTHER_MAC, advertisement, arp, solicitation
from made_packets import (
    ACK,
    CLIENT,
    FIN,
    SYN,
    dns_answer,
    dns_name,
    dns_query,
    dns_record,
    framed,
    http_request,
    https_hint,
    https_record,
    tcp_frame,
    udp_frame,
)
from made_wrappings import wrappings

DIRTY_EACH = 12  # dirtied copies of a frame


class Linked(NamedTuple):
    """A frame and its LINKTYPE_ number."""

    link: int
    data: bytes


def frames() -> list[Linked]:
    """All of them, the same each time."""
    rng = random.Random(20_261_113)
    wrapped = [Linked(made.link, made.frame) for made in wrappings().values()]
    wrapped += [Linked(1, frame) for frame in claims()]
    talk = [Linked(1, frame) for frame in conversations()]
    return [
        *wrapped,
        *talk,
        *neither(),
        *(
            Linked(frame.link, frame.data[:size])
            for frame in wrapped
            for size in range(0, len(frame.data), 2)
        ),
        *cut_payloads(rng),
        *(dirtied(rng, frame) for frame in [*wrapped, *talk] for _ in range(DIRTY_EACH)),
        *(Linked(rng.choice((1, 101, 113, 127)), rng.randbytes(rng.randrange(120))) for _ in range(200)),
    ]


def claims() -> list[bytes]:
    """Hosts that say which address is their own, and one that says it twice."""
    return [
        arp("10.1.2.3"),
        arp("10.1.2.3"),
        arp("0.0.0.0", target="10.1.2.3"),
        arp("10.1.2.3", MAC, frame_mac=OTHER_MAC),
        solicitation("2001:db8::3"),
        advertisement("2001:db8::3"),
        advertisement("2001:db8::4", flags=0x40),
    ]


def neither() -> list[Linked]:
    """Frames that end in one of the rarer verdicts."""
    return [
        Linked(147, bytes(60)),  # a link type for private use
        Linked(105, b"\x08\x40" + bytes(60)),  # 802.11, protected
        Linked(1, (bytes(12) + b"\x65\x58") * 20),  # Ethernet in Ethernet in ...
        Linked(1, framed(b"\0\0\x10\0" + bytes(40), 50)),  # ESP
        Linked(9, b"\xff\x03\0\xfd" + bytes(40)),  # PPP with MPPE
    ]


def hello(name: bytes, *, ech: bool = False) -> bytes:
    extensions = extension(10, bytes(8)) + server_name(name)
    if ech:
        extensions += extension(0xFE0D, bytes(12))
    return message(extensions, session=bytes(32))


def payloads() -> dict[str, bytes]:
    """What a client's first segment may hold."""
    plain = hello(b"www.Instagram.COM", ech=True)
    return {
        "tls": in_records(plain, []),
        "tls-two-records": in_records(plain, [40]),
        "tls-no-name": in_records(message(extension(10, bytes(4))), []),
        "tls-no-extensions": in_records(message(b""), []),
        "tls-empty-name": in_records(hello(b""), []),
        "tls-odd-name": in_records(hello(b"a\0b\xff.example"), []),
        "tls-long-name": in_records(hello(b"a" * 300), []),
        "tls-lies": in_records(plain, [])[:-30] + b"\xff" * 30,
        "tls-server": in_records(b"\x02" + plain[1:], []),
        "http": http_request("www.Tumblr.com:8080"),
        "http-v6": http_request("[2001:db8::1]:80"),
        "http-none": b"GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
        "http-two": http_request("a.example", body=b"x" * 20) + http_request("b.example"),
        "http-lf": b"GET / HTTP/1.0\nhost:\tc.example \n\n",
        "http-absurd": b"POST /x HTTP/1.1\r\nContent-Length: 99999999999999999999\r\nHost: d.example\r\n\r\n",
        "http-cut": b"GET /" + b"a" * 200,
        "other": b"\x00\x01" + bytes(60),
        "ssh": b"SSH-2.0-OpenSSH_9.9\r\n",
    }


def datagrams() -> dict[str, bytes]:
    """What a DNS message may be."""
    loop = dns_query("x")[:12] + b"\xc0\x0c" + struct.pack(">HH", 1, 1)
    answer = dns_answer("www.vsco.co", "192.0.2.7")
    alias = dns_record(b"\xc0\x0c", 5, dns_name("cdn.example"), ttl_s=20)
    return {
        "query": dns_query("WWW.vsco.co"),
        "answer": dns_answer("www.vsco.co", "192.0.2.7", "2001:db8::7", records=(alias,)),
        "ech": dns_answer("hidden.example", records=(https_record(True), https_record(False))),
        "hint": dns_answer("hinted.example", records=(https_hint("192.0.2.8"),)),
        "loop": loop,
        "long": dns_query(".".join(["a" * 60] * 5)),
        "odd": dns_query("x.y").replace(b"\x01x", b"\x01\0").replace(b"\x01y", b"\x01."),
        "lies": answer[:6] + b"\xff\xff" + answer[8:],
        "many-questions": struct.pack(">HHHHHH", 1, 0, 9, 0, 0, 0) + dns_query("a.b")[12:] * 9,
        "root": dns_query(""),
    }  # fmt: skip


def conversations() -> Iterator[bytes]:
    """Connections with each payload in one segment, in two, in two the wrong way round, and in mid-stream."""
    port = 41_000
    for payload in payloads().values():
        half = len(payload) // 2
        for pieces in (
            [(0, payload)],
            [(0, payload[:half]), (half, payload[half:])],
            [(half, payload[half:]), (0, payload[:half])],
        ):
            port += 1
            yield tcp_frame(seq=99, flags=SYN, client_port=port)
            yield tcp_frame(seq=499, flags=SYN | ACK, up=False, ack=100, client_port=port)
            for at, piece in pieces:
                yield tcp_frame(piece, 100 + at, client_port=port)
            yield tcp_frame(b"\x16\x03\x03\0\x50" + bytes(80), 500, up=False, client_port=port)
            yield tcp_frame(seq=100 + len(payload), flags=FIN | ACK, client_port=port)
        port += 1
        yield tcp_frame(payload, 7, client_port=port)
    for payload in datagrams().values():
        port += 1
        yield udp_frame(payload, client_port=port, up=not payload[2] & 0x80)
        yield tcp_frame(len(payload).to_bytes(2) + payload, 7, client_port=port, server_port=53)
    for number, datagram in enumerate(quic()):
        yield udp_frame(datagram, client_port=60_000 + number, server_port=443)


def quic() -> list[bytes]:
    """Initials of which the protection can't be undone, so the same each time: real ones hold random keys."""
    made = [*client_datagrams("www.youtube.com")[:1], b"\xc0\0\0\0\1" + bytes(30), b"\x40" + bytes(30)]
    return [datagram[:1] + datagram[1:5] + bytes(len(datagram[5:])) for datagram in made]


def cut_payloads(rng: random.Random) -> Iterator[Linked]:
    """Each payload cut by the snap length, every fourth byte, each in a connection of its own."""
    port = 30_000
    for payload in payloads().values():
        frame = tcp_frame(payload)
        for size in range(len(frame) - len(payload), len(frame), 4):
            port += 1
            yield Linked(1, tcp_frame(payload, 7, client=f"10.9.{port >> 8}.{port & 255}")[:size])
    for payload in datagrams().values():
        frame = udp_frame(payload, client=CLIENT)
        for size in range(len(frame) - len(payload), len(frame), 2):
            yield Linked(1, frame[:size])
            yield Linked(
                1, udp_frame(payload[: size - len(frame) or None], client_port=rng.randrange(1024, 65536))
            )


def dirtied(rng: random.Random, frame: Linked) -> Linked:
    """A copy with one to four bytes changed, often to ends of their range."""
    data = bytearray(frame.data)
    for _ in range(rng.randrange(1, 5)):
        data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0xFF, rng.randrange(256)))
    return Linked(frame.link, bytes(data))
