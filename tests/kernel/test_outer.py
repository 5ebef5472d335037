"""The tunnel's end on the client's side is kept beside the innermost addresses."""

from __future__ import annotations

import struct

import pytest
from made_captures import evenly
from made_packets import ACK, SYN, ipv4, ipv6, packed, tcp, udp
from made_readings import frames_of
from made_wrappings import (
    CLIENT,
    CLIENT6,
    ETHER,
    ETHERNET,
    OUTER,
    OUTER6,
    RAW,
    SERVER,
    SERVER6,
    Raw,
    wrappings,
)
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import GRE
from scapy.layers.vxlan import VXLAN

from auditor.decode.decoder import Decoder
from auditor.records import Ledger, address_text

AP, CONTROLLER, AP6, CONTROLLER6 = "203.0.113.1", "203.0.113.2", "2001:db8:f::1", "2001:db8:f::2"
WRAPPINGS = wrappings()
TUNNELS = [
    name
    for name, wrapped in WRAPPINGS.items()
    if any(
        packed(near) + packed(far) in wrapped.frame for near, far in ((AP, CONTROLLER), (AP6, CONTROLLER6))
    )
]
OVER6 = ("4in6", "6in6")


def outers(*frames: bytes, link: int = ETHERNET) -> list[tuple[str, str, str]]:
    """(client, server, outer) of each slice."""
    decoder = Decoder(Ledger())
    stamped = evenly(frames, step_ns=20_000_000)  # or one would be a mirror port's copy of the other
    parts = [*decoder.feed(frames_of(stamped, link)), decoder.end_capture()]
    return [
        (
            address_text(int(row["client_hi"]), int(row["client_lo"])),
            address_text(int(row["server_hi"]), int(row["server_lo"])),
            address_text(int(row["outer_hi"]), int(row["outer_lo"])) if row["outer_lo"] else "",
        )
        for part in parts
        for row in part.slices
    ]


@pytest.mark.parametrize("name", WRAPPINGS)
def test_the_outermost_source_of_what_the_client_sent(name: str) -> None:
    wrapped = WRAPPINGS[name]
    expected = "" if name not in TUNNELS else AP6 if name in OVER6 else AP
    ((_, _, outer),) = outers(wrapped.frame, link=wrapped.link)
    assert outer == expected


def answer(name: str) -> bytes:
    """The wrapped packet with all addresses and ports the other way round; checksums don't matter."""
    frame = WRAPPINGS[name].frame
    for near, far in ((AP, CONTROLLER), (AP6, CONTROLLER6), (CLIENT, SERVER), (CLIENT6, SERVER6)):
        frame = frame.replace(packed(near) + packed(far), packed(far) + packed(near))
    return frame.replace(struct.pack(">HH", 40_000, 53), struct.pack(">HH", 53, 40_000))


def test_there_are_tunnels() -> None:
    kinds = ("gre", "erspan", "ipip", "6in4", "4in6", "vxlan", "geneve", "gtp-u", "teredo", "capwap")
    assert all(any(name.startswith(kind) for name in TUNNELS) for kind in kinds)


@pytest.mark.parametrize("name", TUNNELS)
def test_both_directions_of_a_wrapping(name: str) -> None:
    """Of a UDP exchange that is seen from its first packet on, the sender of that is the client."""
    wrapped, back = WRAPPINGS[name], answer(name)
    near, far = (AP6, CONTROLLER6) if name in OVER6 else (AP, CONTROLLER)
    ends = (CLIENT, SERVER) if wrapped.version == 4 else (CLIENT6, SERVER6)
    assert outers(wrapped.frame, back, link=wrapped.link) == [(*ends, near)]
    assert outers(back, wrapped.frame, link=wrapped.link) == [(*reversed(ends), far)]


def vxlan(inner: bytes, near: str, far: str) -> bytes:
    outer = ETHER / IP(src=near, dst=far) / UDP(sport=5, dport=4789) / VXLAN(vni=7, flags=8)
    return bytes(outer / Raw(bytes(ETHER)[:12] + b"\x08\0" + inner))


UP = ipv4(tcp(b"", 50_000, 443, flags=SYN), CLIENT, SERVER, 6)
DOWN = ipv4(tcp(b"", 443, 50_000, flags=SYN | ACK, ack=2), SERVER, CLIENT, 6)


def test_both_directions_of_a_connection() -> None:
    up, down = vxlan(UP, AP, CONTROLLER), vxlan(DOWN, CONTROLLER, AP)
    for frames in ((up,), (down,), (up, down), (down, up), (up, down, up, down)):
        assert outers(*frames) == [(CLIENT, SERVER, AP)]


def test_a_mirror_port_sends_both_directions_to_the_sensor() -> None:
    up, down = vxlan(UP, AP, CONTROLLER), vxlan(DOWN, AP, CONTROLLER)
    for frames in ((up, down), (down, up)):
        assert outers(*frames) == [(CLIENT, SERVER, AP)]
    assert outers(down) == [(CLIENT, SERVER, CONTROLLER)], "nothing better is known"


def test_a_client_that_roams_to_another_access_point() -> None:
    assert outers(vxlan(UP, AP, CONTROLLER), vxlan(UP, "203.0.113.9", CONTROLLER))[0][2] == "203.0.113.9"


def test_the_outermost_of_several() -> None:
    inner = OUTER6 / GRE(proto=0x0800) / IP(src=CLIENT, dst=SERVER) / UDP(sport=40_000, dport=443) / Raw(b"x")
    frame = OUTER / GRE(proto=0x6558) / inner
    assert outers(bytes(frame)) == [(CLIENT, SERVER, AP)]


def test_raw_ip_at_the_very_beginning_of_the_buffer() -> None:
    inner = ipv6(udp(b"x", 40_000, 443), "2001:db8::7", "2001:db8::53", 17)
    assert outers(ipv4(inner, AP, CONTROLLER, 41), link=RAW) == [("2001:db8::7", "2001:db8::53", AP)]


def test_a_port_pair_used_again_outside_the_tunnel() -> None:
    """Another connection does not inherit it."""
    again = bytes(ETHER)[:12] + b"\x08\0" + ipv4(tcp(b"", 50_000, 443, seq=900, flags=SYN), CLIENT, SERVER, 6)
    assert [row[2] for row in outers(vxlan(UP, AP, CONTROLLER), again)] == [AP, ""]


def test_a_tunnel_that_holds_nothing_readable_is_a_connection_of_its_own() -> None:
    frame = (
        OUTER / UDP(sport=40_000, dport=4789) / VXLAN(vni=7, flags=8) / Raw(bytes(ETHER)[:12] + b"\x12\x34")
    )
    assert outers(bytes(frame)) == [(AP, CONTROLLER, "")]
