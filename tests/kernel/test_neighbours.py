"""Who says which address is its own: what counts, what doesn't, and how many are noted."""

from __future__ import annotations

import ipaddress

import made_wrappings as wraps
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_captures import evenly
from made_claims import (
    MAC,
    OTHER_MAC,
    SOURCE_OPTION,
    TARGET_OPTION,
    advertisement,
    arp,
    arp_body,
    discovery,
    option,
    solicitation,
)
from made_readings import Seen, read
from scapy.layers.inet6 import (
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrHopByHop,
)
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from auditor.decode.decoder import Decoder
from auditor.kernel.neighbours import MOST_A_MINUTE
from auditor.records import Ledger, mac_text

Claim = tuple[str, str, str]  # kind, MAC, address
CLIENT, CLIENT6, LOCAL6 = "10.1.2.3", "2001:db8::3", "fe80::3"
TEXT = mac_text(MAC)


def claims(*frames: bytes, link: int = 1, step_ns: int = 1_000_000) -> list[Claim]:
    seen, slices = read(evenly(frames, step_ns), link)
    assert not slices
    return [claim_of(row) for row in seen]


def claim_of(row: Seen) -> Claim:
    assert row.client == row.ip
    return row.kind, row.client_mac, row.client


@pytest.mark.parametrize(
    "frame",
    [
        arp(CLIENT),
        arp(CLIENT, operation=2),
        arp(CLIENT, target=CLIENT),  # gratuitous, or an announcement (RFC 5227, 3)
        arp(CLIENT, hardware=6),
        bytes(Ether(src=TEXT) / ARP(op="who-has", hwsrc=TEXT, psrc=CLIENT, pdst="10.1.0.1")),
        bytes(Ether(src=TEXT) / Dot1Q(vlan=7) / ARP(op="is-at", hwsrc=TEXT, psrc=CLIENT)),
    ],
)
def test_arp_ties_its_sender(frame: bytes) -> None:
    assert claims(frame) == [("arp", TEXT, CLIENT)]


@pytest.mark.parametrize(
    "frame",
    [
        arp("0.0.0.0", target=CLIENT),  # a probe (RFC 5227, 2.1.1)
        arp("127.0.0.1"),
        arp("224.0.0.251"),
        arp("255.255.255.255"),
        arp(CLIENT, mac=0),
        arp(CLIENT, mac=0x01_00_5E_00_00_01),
        arp(CLIENT, frame_mac=OTHER_MAC),  # somebody speaks for another
        arp(CLIENT, operation=3),
        arp(CLIENT, hardware=24),
        arp(CLIENT)[: 14 + 27],
        bytes(Ether(src=TEXT) / ARP(ptype=0x86DD, plen=16, hwsrc=TEXT, psrc=CLIENT6, pdst="::")),
    ],
)
def test_what_arp_does_not_tie(frame: bytes) -> None:
    assert claims(frame) == []


@pytest.mark.parametrize(
    ("frame", "address"),
    [
        (solicitation(CLIENT6), CLIENT6),
        (solicitation(LOCAL6), LOCAL6),
        (solicitation(CLIENT6, options=option(14, 0) + option(SOURCE_OPTION, MAC)), CLIENT6),
        (advertisement(CLIENT6), CLIENT6),
        (advertisement(CLIENT6, flags=0x20), CLIENT6),
        (discovery(133, bytes(4) + option(SOURCE_OPTION, MAC), LOCAL6), LOCAL6),
        (
            bytes(Ether(src=TEXT) / IPv6(src=CLIENT6) / ICMPv6ND_NS(tgt="::1") / ICMPv6NDOptSrcLLAddr(lladdr=TEXT)),
            CLIENT6,
        ),
        (
            bytes(
                Ether(src=TEXT)
                / IPv6(src=LOCAL6)
                / ICMPv6ND_NA(R=0, S=1, O=1, tgt=CLIENT6)
                / ICMPv6NDOptDstLLAddr(lladdr=TEXT)
            ),
            CLIENT6,
        ),
        (
            bytes(
                Ether(src=TEXT)
                / IPv6(src=LOCAL6, hlim=255)
                / IPv6ExtHdrHopByHop()
                / ICMPv6ND_RS()
                / ICMPv6NDOptSrcLLAddr(lladdr=TEXT)
            ),
            LOCAL6,
        ),
    ],
)  # fmt: skip
def test_discovery_ties_a_host_to_its_address(frame: bytes, address: str) -> None:
    assert claims(frame) == [("nd", TEXT, address)]


@pytest.mark.parametrize(
    "frame",
    [
        solicitation("::", target=CLIENT6, options=b""),  # detection of duplicates (RFC 4862, 5.4.2)
        solicitation("::", target=CLIENT6),
        solicitation(CLIENT6, options=b""),
        solicitation(CLIENT6, options=option(TARGET_OPTION, MAC)),
        solicitation(CLIENT6, options=option(SOURCE_OPTION, OTHER_MAC)),
        solicitation(CLIENT6, options=option(SOURCE_OPTION, MAC)[:7]),
        solicitation(CLIENT6, options=bytes([14, 0]) + bytes(6) + option(SOURCE_OPTION, MAC)),
        solicitation(CLIENT6, hops=254),  # a router has passed it on
        solicitation("ff02::1"),
        advertisement(CLIENT6, flags=0xE0),  # a router
        advertisement(CLIENT6, flags=0x40),  # may speak for another (RFC 4861, 7.2.4)
        advertisement("ff02::1"),
        advertisement(CLIENT6, options=b""),
        advertisement(CLIENT6, options=option(SOURCE_OPTION, MAC)),
        discovery(134, bytes(12) + option(SOURCE_OPTION, MAC), LOCAL6),  # a router's advertisement
        discovery(137, bytes(36) + option(TARGET_OPTION, MAC), LOCAL6),
        discovery(128, bytes(20) + option(SOURCE_OPTION, MAC), LOCAL6),
        discovery(135, bytes(20) + option(SOURCE_OPTION, MAC), LOCAL6, code=1),
    ],
)
def test_what_discovery_does_not_tie(frame: bytes) -> None:
    assert claims(frame) == []


@pytest.mark.parametrize("link", [wraps.DOT11, wraps.SLL])
def test_claims_on_other_links(link: int) -> None:
    snap = bytes.fromhex("aaaa03000000") + b"\x08\x06"
    mac = MAC.to_bytes(6)
    heads = {
        wraps.DOT11: b"\x08\x01" + bytes(8) + mac + bytes(8) + snap,
        wraps.SLL: b"\0\4\0\1\0\6" + mac + b"\0\0\x08\x06",
    }
    assert claims(heads[link] + arp_body(CLIENT), link=link) == [("arp", TEXT, CLIENT)]


def test_claims_inside_a_tunnel_of_an_access_point() -> None:
    """The datagram that carried the claim is no connection."""
    for inner, expected in (
        (arp(CLIENT), [("arp", TEXT, CLIENT)]),
        (advertisement(CLIENT6), [("nd", TEXT, CLIENT6)]),
        (arp(CLIENT, frame_mac=OTHER_MAC), []),
    ):
        vxlan = wraps.OUTER / wraps.UDP(sport=5, dport=4789) / VXLAN(vni=7, flags=8) / Raw(inner)
        assert claims(bytes(vxlan)) == expected


def test_a_tunnel_with_something_else_inside_counts_as_a_connection() -> None:
    for inner in (arp(CLIENT, operation=9), discovery(128, bytes(20), LOCAL6)):
        vxlan = wraps.OUTER / wraps.UDP(sport=5, dport=4789) / VXLAN(vni=7, flags=8) / Raw(inner)
        seen, slices = read(evenly([bytes(vxlan)]))
        assert not seen
        assert [(row.server, row.server_port) for row in slices] == [("203.0.113.2", 4789)]


def test_a_claim_is_noted_once_a_minute() -> None:
    frames = [arp(CLIENT), solicitation(CLIENT6), arp(CLIENT, OTHER_MAC), arp("10.1.2.4")] * 50
    assert len(claims(*frames)) == 4
    assert len(claims(*frames, step_ns=1_000_000_000)) == 4 * 4, "200 seconds touch four minutes"


def test_a_flood_is_passed_over_and_counted() -> None:
    count = MOST_A_MINUTE + 900
    addresses = [str(ipaddress.ip_address("10.64.0.0") + number) for number in range(count)]
    decoder = Decoder(Ledger())
    frames = evenly([arp(address) for address in addresses], 1000)
    later = [(frames[-1][0] + 60_000_000_000, arp(CLIENT))]
    seen, _ = read(frames + later, decoder=decoder, block=1000)
    assert len(seen) == MOST_A_MINUTE + 1, "the next minute is read again"
    assert decoder.ledger.counts["ARP and neighbour claims passed over, too many in a minute"] == 900
    decoder.end_capture()
    assert decoder.ledger.counts["ARP and neighbour claims passed over, too many in a minute"] == 900


def test_times_before_1970() -> None:
    seen, _ = read([(-90_000_000_000, arp(CLIENT)), (-80_000_000_000, arp(CLIENT))])
    assert len(seen) == 1


BASES = (arp(CLIENT), solicitation(CLIENT6), advertisement(CLIENT6))


@settings(max_examples=150)
@given(
    st.sampled_from(BASES),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 255)), max_size=4),
    st.data(),
)
def test_a_dirtied_claim_is_one_that_scapy_reads_or_none(
    base: bytes, changes: list[tuple[int, int]], data: st.DataObject
) -> None:
    dirty = bytearray(base)
    for at, value in changes:
        dirty[at % len(dirty)] = value
    frame = bytes(dirty[: data.draw(st.integers(14, len(dirty)))])
    found, _ = read(evenly([frame]))
    for kind, mac, address in (claim_of(row) for row in found if row.kind in ("arp", "nd")):
        packet = Ether(frame)
        if kind == "arp":
            assert (packet[ARP].hwsrc, packet[ARP].psrc) == (mac, address)
        else:
            if ICMPv6ND_NA in packet:
                told = packet[ICMPv6NDOptDstLLAddr].lladdr, packet[ICMPv6ND_NA].tgt
            else:
                told = packet[ICMPv6NDOptSrcLLAddr].lladdr, packet[IPv6].src
            assert (told[0], ipaddress.ip_address(told[1])) == (mac, ipaddress.ip_address(address))
        assert packet.src == mac
