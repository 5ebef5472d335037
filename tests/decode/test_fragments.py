"""Fragments of IPv4 and IPv6, in any order, held to what scapy cut."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
from scapy.packet import Raw

from auditor.decode.fragments import MOST_DATAGRAMS, MOST_PIECES, Fragments
from auditor.records import Ledger

MAC = 0x0250_0000_0001
PAYLOAD = bytes(range(256)) * 12


def pieces_v4() -> list[bytes]:
    whole = IP(src="10.0.0.1", dst="192.0.2.1", id=7) / UDP(sport=53, dport=4000) / Raw(PAYLOAD)
    return [bytes(piece) for piece in fragment(whole, 512)]


def pieces_v6() -> list[bytes]:
    base = IPv6(src="2001:db8::1", dst="2001:db8::2") / IPv6ExtHdrFragment(id=9)
    return [bytes(piece) for piece in fragment6(base / UDP(sport=53, dport=4000) / Raw(PAYLOAD), 1280)]


def put_together(pieces: list[bytes], fragments: Fragments | None = None) -> list[tuple[bytes, int]]:
    fragments = fragments or Fragments(Ledger())
    results = (fragments.add(piece, MAC, len(piece) + 14, number) for number, piece in enumerate(pieces))
    return [result for result in results if result]


@pytest.mark.parametrize("pieces", [pieces_v4(), pieces_v6()], ids=["v4", "v6"])
@pytest.mark.parametrize("seed", range(5))
def test_any_order_and_repeated(pieces: list[bytes], seed: int) -> None:
    shuffled = pieces[:]
    random.Random(seed).shuffle(shuffled)
    repeated = [shuffled[0], *shuffled]
    ((frame, wire),) = put_together(repeated)
    assert frame[6:12] == MAC.to_bytes(6, "big")
    packet = IP(frame[14:]) if frame[12:14] == b"\x08\x00" else IPv6(frame[14:])
    assert bytes(packet[UDP].payload) == PAYLOAD
    assert wire == sum(len(piece) + 14 for piece in repeated)


@pytest.mark.parametrize("pieces", [pieces_v4(), pieces_v6()], ids=["v4", "v6"])
def test_a_missing_piece(pieces: list[bytes]) -> None:
    for gone in range(len(pieces)):
        assert not put_together(pieces[:gone] + pieces[gone + 1 :])


def test_stale_pieces_do_not_meet_new_ones() -> None:
    fragments, pieces = Fragments(Ledger()), pieces_v4()
    assert fragments.add(pieces[0], MAC, 500, 0) is None
    later = [fragments.add(piece, MAC, 500, 60_000_000_000) for piece in pieces[1:]]
    assert later == [None] * len(later)


def test_bounds() -> None:
    ledger = Ledger()
    fragments = Fragments(ledger)
    for number in range(4 * MOST_DATAGRAMS):
        packet = IP(src="10.0.0.1", dst="10.0.0.2", id=number & 0xFFFF, flags="MF") / Raw(b"x" * 8)
        fragments.add(bytes(packet), MAC, 42, number)
    assert len(fragments._datagrams) == MOST_DATAGRAMS
    tiny = [
        bytes(IP(src="10.0.0.9", dst="10.0.0.2", id=1, flags="MF", frag=n) / Raw(b"x" * 8))
        for n in range(500)
    ]
    put_together(tiny, fragments)
    assert ledger.counts["fragments left out, too many of one datagram"] == 500 - MOST_PIECES
    assert max(len(datagram.pieces) for datagram, _ in fragments._datagrams._held.values()) <= MOST_PIECES


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_any_bytes(packets: list[bytes]) -> None:
    put_together(packets)


@given(st.integers(0, 3), st.integers(0, 60), st.integers(0, 255))
def test_dirtied_fragments(which: int, place: int, byte: int) -> None:
    pieces = [bytearray(piece) for piece in (*pieces_v4()[:2], *pieces_v6()[:2])]
    pieces[which][place] = byte
    put_together([bytes(piece) for piece in pieces])
