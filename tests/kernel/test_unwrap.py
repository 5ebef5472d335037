"""The innermost packet is found in every wrapping, with its own addresses and its sender's MAC."""

from __future__ import annotations

import random

import pytest
from made_captures import evenly
from made_readings import frames_of, read, sightings, slices_of
from made_wrappings import CLIENT, CLIENT6, HOST, OUTER, SERVER, SERVER6, wrappings

from auditor.decode.decoder import Decoder
from auditor.records import Ledger

WRAPPINGS = wrappings()


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapping(name: str) -> None:
    wrapped = WRAPPINGS[name]
    seen, slices = read(evenly([wrapped.frame]), wrapped.link)
    ends = (CLIENT, SERVER) if wrapped.version == 4 else (CLIENT6, SERVER6)
    assert [(row.kind, row.host, row.client, row.server) for row in seen] == [("dns_query", HOST, *ends)]
    assert [(row.client, row.client_port, row.server, row.server_port) for row in slices] == [
        (ends[0], 40_000, ends[1], 53)
    ]
    assert seen[0].client_mac == slices[0].client_mac == wrapped.mac
    assert slices[0].bytes_up == len(wrapped.frame)


@pytest.mark.parametrize("name", WRAPPINGS)
def test_what_lies_behind_a_packet_counts_for_nothing(name: str) -> None:
    """Ethernet's padding, a frame check sequence, the next frame in the buffer."""
    wrapped = WRAPPINGS[name]
    seen, _ = read(evenly([wrapped.frame]), wrapped.link)
    for noise in (bytes(40), b"\xff" * 40, random.Random(7).randbytes(40)):
        assert read(evenly([wrapped.frame + noise]), wrapped.link)[0] == seen


STEP_NS = 20_000_000


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_cut_frame_never_gives_another_name(name: str) -> None:
    wrapped = WRAPPINGS[name]
    whole = wrapped.frame.index(b"\x09instagram") + len(b"\x09instagram\x03com\0\0\1\0\1")
    decoder, ledger = Decoder(Ledger()), Ledger()
    decoder.ledger = ledger
    for size in range(len(wrapped.frame) + 1):  # some time apart, or some would be copies of a mirror port
        found = [
            row.host
            for observed in decoder.feed(
                frames_of([(STEP_NS * (size + 1), wrapped.frame[:size])], wrapped.link)
            )
            for row in sightings(observed)
        ]
        assert found == ([HOST] if size >= whole else [])
    packets = sum(row.packets_up for row in slices_of(decoder.end_capture()))
    assert packets + sum(ledger.counts.values()) == len(wrapped.frame) + 1, "every frame counts once"


@pytest.mark.parametrize(
    ("frame", "link", "verdict"),
    [
        (b"", 1, "frame cut or malformed"),
        (bytes(OUTER)[:12] + b"\x08\x06" + bytes(46), 1, "not IP"),
        (bytes(OUTER)[:12] + b"\x00\x26\x42\x42\x03" + bytes(60), 1, "not IP"),
        (bytes(OUTER)[:23] + b"\x01" + bytes(OUTER)[24:] + bytes(8), 1, "IP, neither TCP nor UDP"),
        (bytes(OUTER)[:20] + b"\x20\0" + bytes(OUTER)[22:], 1, "IP fragment"),
        (b"\x08\x40" + bytes(60), 105, "802.11 frame encrypted"),
        (b"\x80\0" + bytes(60), 105, "not IP"),
        (bytes(60), 147, "link type not read"),
        ((bytes(OUTER)[:12] + b"\x65\x58") * 20, 1, "wrapped too deep"),
    ],
)
def test_a_verdict(frame: bytes, link: int, verdict: str) -> None:
    decoder = Decoder(Ledger())
    read(evenly([frame] * 3), link, decoder)
    assert decoder.ledger.counts == {verdict: 3}
