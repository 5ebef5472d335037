"""Frames that come twice through a mirror port are counted once; what an end sends again is not taken for one."""

from __future__ import annotations

import struct

import pytest
from made_captures import START_S, Stamped
from made_packets import ACK, CLIENT, SERVER, SYN, dns_query, ethernet, packed, tcp, tcp_frame, udp
from made_readings import Slice, read

from auditor.decode.decoder import Decoder
from auditor.kernel.layers import COPY, VERDICTS
from auditor.records import Ledger

START_NS = START_S * 1_000_000_000
US, MS = 1_000, 1_000_000


def packet(
    segment: bytes,
    number: int = 0,
    protocol: int = 6,
    ttl: int = 64,
    source: str = CLIENT,
    target: str = SERVER,
) -> bytes:
    """An IPv4 packet with this identification, its checksum as the TTL makes it."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), number, 0x4000, ttl, protocol, 77 - ttl)
    return head + packed(source) + packed(target) + segment


def v6(segment: bytes, protocol: int = 6) -> bytes:
    head = struct.pack(">IHBB", 6 << 28, len(segment), protocol, 64)
    return ethernet(head + packed("2001:db8::1") + packed("2001:db8::2") + segment, 0x86DD)


def tagged(data: bytes) -> bytes:
    return ethernet((30).to_bytes(2) + (0x0800).to_bytes(2) + data, 0x8100)


def copies(*stamped: Stamped) -> tuple[int, list[Slice]]:
    decoder = Decoder(Ledger())
    _, slices = read(sorted(stamped), decoder=decoder)
    return decoder.ledger.counts[VERDICTS[COPY]], slices


DATA = tcp(b"x" * 100, 50_000, 443, seq=7)
BARE = tcp(b"", 50_000, 443, seq=7, flags=ACK)
OPENING = tcp(b"", 50_000, 443, seq=6, flags=SYN)
QUERY = udp(dns_query("www.vsco.co"), 50_000, 53)


def initial(tag: bytes) -> bytes:
    """A QUIC Initial without a checksum, as its sender may capture it."""
    return udp(b"\xc0\0\0\0\1\x08connidXX" + bytes(1000) + tag, 50_000, 443)


TINY = udp(b"\xff", 50_000, 4500)


@pytest.mark.parametrize(
    ("protocol", "segment"), [(6, DATA), (6, BARE), (6, OPENING), (17, QUERY), (17, TINY)]
)
def test_a_copy_with_other_tag_mac_and_ttl_counts_once(protocol: int, segment: bytes) -> None:
    once = packet(segment, 9, protocol)
    routed = ethernet(packet(segment, 9, protocol, ttl=63), source=0x02_00_00_00_00_09)
    stamps = [(START_NS, ethernet(once)), (START_NS + 300 * US, tagged(once)), (START_NS + 8 * MS, routed)]
    count, slices = copies(*stamps)
    assert count == 2
    assert [(row.packets_up, row.bytes_up) for row in slices] == [(1, len(stamps[0][1]))]


def test_names_in_copies_are_seen_once() -> None:
    frame = ethernet(packet(QUERY, 9, 17))
    seen, _ = read([(START_NS, frame), (START_NS + US, frame)])
    assert [row.frame for row in seen] == [1]


@pytest.mark.parametrize(
    ("first", "second", "later_ns"),
    [
        (packet(DATA, 9), packet(DATA, 10), US),  # sent again: another identification
        (packet(DATA, 9), packet(DATA, 9), 11 * MS),  # too late
        (packet(DATA, 0), packet(DATA, 0), 2 * MS),  # without an identification
        (packet(BARE, 0), packet(BARE, 0), US),  # duplicate ACKs
        (packet(DATA, 9), packet(DATA[:16] + b"\1\1" + DATA[18:], 9), US),  # another checksum
        (packet(DATA, 9), packet(DATA[:20] + b"y" + DATA[21:], 9), US),  # other content under one checksum
        (packet(DATA, 9), packet(DATA[:8] + b"\0\0\0\2" + DATA[12:], 9), US),  # acknowledges more
        (
            packet(initial(b"1" * 16), 0, 17),
            packet(initial(b"2" * 16), 0, 17),
            US,
        ),  # one connection's, unlike in tags
        (packet(QUERY, 9, 17), packet(QUERY[:8] + b"\0\1" + QUERY[10:], 9, 17), US),  # another question
    ],
)
def test_what_is_no_copy(first: bytes, second: bytes, later_ns: int) -> None:
    count, slices = copies((START_NS, ethernet(first)), (START_NS + later_ns, ethernet(second)))
    assert count == 0
    assert sum(row.packets_up for row in slices) == 2


def test_without_an_identification_only_at_once_and_never_a_bare_ack() -> None:
    assert copies((START_NS, v6(DATA)), (START_NS + 500 * US, v6(DATA)))[0] == 1
    assert copies((START_NS, v6(DATA)), (START_NS + 2 * MS, v6(DATA)))[0] == 0
    assert copies((START_NS, v6(BARE)), (START_NS + US, v6(BARE)))[0] == 0
    assert copies((START_NS, v6(OPENING)), (START_NS + US, v6(OPENING)))[0] == 1


def test_each_direction_and_each_connection_by_itself() -> None:
    answer = tcp(b"x" * 100, 443, 50_000, seq=7)
    other = tcp(b"x" * 100, 50_001, 443, seq=7)
    count, _ = copies(
        (START_NS, ethernet(packet(DATA, 9))),
        (START_NS + US, ethernet(packet(answer, 9, source=SERVER, target=CLIENT))),
        (START_NS + 2 * US, ethernet(packet(other, 9))),
    )
    assert count == 0


def test_frames_without_a_time_are_never_copies() -> None:
    assert copies((0, ethernet(packet(DATA, 9))), (0, ethernet(packet(DATA, 9))))[0] == 0


def test_copies_are_counted_by_the_minute() -> None:
    decoder = Decoder(Ledger())
    frame = tcp_frame(b"x" * 50)
    late = 60_000_000_000 - START_NS % 60_000_000_000 + START_NS
    stamped = [(at, frame) for at in (START_NS, START_NS + US, late, late + US, late + 2 * US)]
    from made_readings import frames_of

    counted = [row.tolist() for part in decoder.feed(frames_of(stamped)) for row in part.counted]
    minute = START_NS // 60_000_000_000
    assert counted == [(minute, COPY, 1, len(frame)), (late // 60_000_000_000, COPY, 2, 2 * len(frame))]
