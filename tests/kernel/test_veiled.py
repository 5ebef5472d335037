"""Tunnels are told by the shape of their first packets; what only looks a little like one is not."""

from __future__ import annotations

import struct

import pytest
from made_captures import START_S
from made_packets import ACK, SYN, dns_query, tcp_frame, udp_frame
from made_readings import frames_of

from auditor.decode.decoder import Decoder
from auditor.kernel.veiled import VEIL_NAMES
from auditor.records import Ledger

START_NS = START_S * 1_000_000_000
SPI = b"\x11" * 8


def veils(frames: list[bytes]) -> list[str]:
    """The kinds of a capture's flows, in order."""
    decoder = Decoder(Ledger())
    stamped = [(START_NS + number * 20_000_000, frame) for number, frame in enumerate(frames)]
    parts = [*decoder.feed(frames_of(stamped)), decoder.end_capture()]
    return [VEIL_NAMES[row["veil"]] for part in parts for row in part.slices]


def both_ways(*payloads: bytes, port: int = 40_001) -> list[bytes]:
    """Datagrams of client and server in turn."""
    return [udp_frame(data, up=number % 2 == 0, server_port=port) for number, data in enumerate(payloads)]


def one_way(*payloads: bytes, port: int = 40_001) -> list[bytes]:
    return [udp_frame(data, server_port=port) for data in payloads]


def initiation(number: int = 77) -> bytes:
    return b"\1\0\0\0" + struct.pack("<I", number) + bytes(140)


def response(number: int = 77) -> bytes:
    return b"\2\0\0\0" + struct.pack("<II", 5, number) + bytes(80)


def data(counter: int, receiver: int = 5, size: int = 96) -> bytes:
    return b"\4\0\0\0" + struct.pack("<IQ", receiver, counter) + bytes(size - 16)


def reset(opcode: int, session: bytes = b"sessionA") -> bytes:
    return bytes([opcode << 3]) + session + bytes(45)


def ike(exchange: int = 34, version: int = 0x20, length: int = 60) -> bytes:
    return (
        SPI + bytes(8) + bytes([33, version, exchange, 8]) + bytes(4) + struct.pack(">I", length) + bytes(32)
    )


@pytest.mark.parametrize(
    ("kind", "frames"),
    [
        ("wireguard", both_ways(initiation(), response())),
        ("wireguard", both_ways(b"\1\xaa\xbb\xcc" + initiation()[4:], b"\2\xaa\xbb\xcc" + response()[4:])),
        ("wireguard", one_way(data(8000), data(8001))),
        ("wireguard", both_ways(data(8000), data(3, 9), data(8002), data(4, 9))),
        ("openvpn", both_ways(reset(7), reset(8, b"sessionB"), reset(4))),
        ("openvpn", both_ways(reset(10), reset(8, b"sessionB"), reset(5))),
        ("openvpn", one_way(b"\x48\0\0\3" + bytes(60), b"\x48\0\0\3" + bytes(80), port=1194)),
        ("ipsec", one_way(ike(), port=500)),
        ("ipsec", one_way(ike(2, 0x10), port=500)),
        ("ipsec", one_way(bytes(4) + ike(35), port=4500)),
        ("ipsec", one_way(b"\xc0\0\0\1" + bytes(40), port=4500)),
        ("l2tp", one_way(struct.pack(">HH", 0xC802, 40) + bytes(36), port=1701)),
    ],
)
def test_datagrams_of_a_tunnel(kind: str, frames: list[bytes]) -> None:
    assert veils(frames) == [kind]


@pytest.mark.parametrize(
    "frames",
    [
        both_ways(initiation(), response(78)),  # the answer to another
        one_way(initiation(), initiation()),  # nobody answers
        one_way(data(8000), data(9000)),
        one_way(data(8000), data(8001, 6)),
        one_way(data(8000), data(8000)),
        one_way(data(8000, size=100), data(8001, size=100)),
        both_ways(reset(7), reset(8, b"sessionB"), reset(4, b"Csession")),
        one_way(reset(7), reset(7)),
        one_way(b"\x48\0\0\3" + bytes(60), b"\x48\0\0\3" + bytes(80)),
        one_way(ike(length=61), port=500),
        one_way(ike(exchange=7), port=500),
        one_way(bytes(4) + bytes(40), port=4500),
        one_way(b"\xff", port=4500),
        one_way(struct.pack(">HH", 0xC802, 41) + bytes(36), port=1701),
        one_way(struct.pack(">HH", 0xC803, 40) + bytes(36), port=1701),
        one_way(dns_query("www.vsco.co"), port=53),
        one_way(*[bytes([n]) * 40 for n in range(8)], data(1), data(2)),  # no longer looked at
        *([udp_frame(bytes(size))] for size in range(0, 40)),
    ],
)
def test_datagrams_that_are_none(frames: list[bytes]) -> None:
    assert veils(frames) == [""]


def stream(payload: bytes, port: int, opened: bool = True) -> list[bytes]:
    begun = [tcp_frame(seq=99, flags=SYN, server_port=port)] if opened else []
    return [*begun, tcp_frame(payload, 100, server_port=port), tcp_frame(seq=9, flags=ACK, server_port=port)]


def test_streams() -> None:
    openvpn = reset(7)
    openvpn = len(openvpn).to_bytes(2) + openvpn
    pptp = struct.pack(">HHI", 156, 1, 0x1A2B3C4D) + bytes(148)
    assert veils(stream(openvpn, 443)) == ["openvpn"]
    assert veils(stream(pptp, 1723)) == veils(stream(pptp, 1723, opened=False)) == ["pptp"]
    assert veils(stream(openvpn, 443, opened=False)) == [""]
    assert veils(stream(b"\0" + openvpn, 443)) == [""]
    assert veils(stream(pptp[:4] + b"\0" + pptp[5:], 1723)) == [""]
    query = dns_query("www.vsco.co", number=0x3801)
    assert veils(stream(len(query).to_bytes(2) + query, 53)) == [""]


def test_a_later_minute_of_the_flow_says_so_too_and_the_next_flow_does_not() -> None:
    decoder = Decoder(Ledger())
    frames = [*both_ways(initiation(), response()), udp_frame(data(1), server_port=40_001)]
    times = [START_NS, START_NS + 1_000_000, START_NS + 61_000_000_000]
    stamped = [
        *zip(times, frames, strict=True),
        (START_NS + 600_000_000_000, udp_frame(b"x" * 40, server_port=40_001)),
    ]
    parts = [*decoder.feed(frames_of(stamped)), decoder.end_capture()]
    assert [VEIL_NAMES[row["veil"]] for part in parts for row in part.slices] == [
        "wireguard",
        "wireguard",
        "",
    ]
