"""Captures as nobody should write them, through `extract`: what is there is read, nothing is made up, and the ledger
says what could not be read."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hellos import extension, in_records, message, server_name
from made_captures import (
    START_S,
    block,
    enhanced,
    evenly,
    interface,
    option,
    pcap,
    pcap_header,
    pcap_record,
    section,
)
from made_packets import (
    ACK,
    PSH,
    SYN,
    dns_query,
    ethernet,
    framed,
    http_request,
    ipv4,
    ipv6,
    tcp,
    tcp_frame,
    udp_frame,
)

from auditor.console import What
from auditor.jobs.extract import extract
from auditor.records import Ledger

HOST = "www.instagram.com"
HELLO = in_records(message(extension(10, bytes(300)) + server_name(HOST.encode())), [])
START_NS, SECOND = START_S * 1_000_000_000, 1_000_000_000
Rows = list[dict[str, Any]]
Saved = Callable[[bytes], Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    def save(data: bytes) -> Path:
        path = tmp_path / "made.pcap"
        path.write_bytes(data)
        return path

    return save


def rows(path: Path, what: What = What.names) -> tuple[Rows, Ledger]:
    ledger = Ledger()
    parts = list(extract([path], what, ledger))
    return [row for part in parts for row in part.table().to_pylist()], ledger


def hosts(path: Path) -> list[str]:
    return [row["host"] for row in rows(path)[0]]


def test_a_hello_cut_by_the_snap_length(saved: Saved) -> None:
    """The whole name or none, and the bytes that were on the wire."""
    frame = tcp_frame(HELLO)
    named = 0
    for size in range(len(frame) - len(HELLO), len(frame) + 1):
        path = saved(pcap_header() + pcap_record(START_NS, frame[:size], wire=len(frame)))
        found = hosts(path)
        assert found in ([], [""], [HOST])
        named += found == [HOST]
        (flow,), _ = rows(path, What.flows)
        assert (flow["bytes_up"], flow["packets_up"]) == (len(frame), 1)
    assert named >= 1


def offloaded_v4(payload: bytes) -> bytes:
    packet = bytearray(ipv4(tcp(payload, 50_000, 443)[:20], "10.1.2.3", "192.0.2.80", 6))
    packet[2:4] = b"\0\0"
    return ethernet(bytes(packet) + payload)


def offloaded_v6(payload: bytes) -> bytes:
    packet = bytearray(ipv6(tcp(payload, 50_000, 443)[:20], "2001:db8::3", "2001:db8::80", 6))
    packet[4:6] = b"\0\0"
    return ethernet(bytes(packet) + payload, 0x86DD)


def jumbogram(payload: bytes) -> bytes:
    """RFC 2675: the length stands in a hop-by-hop option."""
    segment = tcp(payload, 50_000, 443)
    hop = bytes([6, 0, 0xC2, 4]) + (8 + len(segment)).to_bytes(4)
    packet = bytearray(ipv6(hop, "2001:db8::3", "2001:db8::80", 0))
    packet[4:6] = b"\0\0"
    return ethernet(bytes(packet) + segment, 0x86DD)


@pytest.mark.parametrize("make", [offloaded_v4, offloaded_v6, jumbogram])
@pytest.mark.parametrize("behind", [0, 1400, 60_000, 100_000])
def test_segments_that_the_network_card_was_to_cut(
    saved: Saved, make: Callable[[bytes], bytes], behind: int
) -> None:
    """Their IP length is 0; all that was captured counts."""
    frame = make(HELLO + bytes(behind))
    path = saved(pcap(evenly([frame])))
    assert hosts(path) == [HOST]
    assert rows(path, What.flows)[0][0]["bytes_up"] == len(frame)


@pytest.mark.parametrize("trailer", [bytes(6), HELLO, http_request("padding.example"), b"\xde\xad\xbe\xef"])
@pytest.mark.parametrize("flags", [ACK, SYN])
def test_padding_trailers_and_check_sequences_are_no_payload(
    saved: Saved, trailer: bytes, flags: int
) -> None:
    """An empty segment stays empty, whatever follows the IP packet; the wire's bytes count all the same."""
    frames = [
        tcp_frame(seq=99, flags=flags) + trailer,
        framed(tcp(b"", 50_000, 443), 6, "2001:db8::3", "2001:db8::80") + trailer,
        udp_frame(dns_query("a.example")) + trailer,
    ]
    path = saved(pcap(evenly(frames)))
    assert hosts(path) == ["a.example"]
    assert sum(row["bytes_up"] for row in rows(path, What.flows)[0]) == sum(map(len, frames))


def test_the_check_sequence_flag_of_the_link_type(saved: Saved) -> None:
    """Its upper bits say how long frame check sequences are (draft-ietf-opsawg-pcap, 4)."""
    link = 1 | 0x04000000 | 4 << 28
    data = pcap_header(link=link) + pcap_record(START_NS, tcp_frame(HELLO) + b"\1\2\3\4")
    assert hosts(saved(data)) == [HOST]


def test_more_captured_than_there_was_on_the_wire(saved: Saved) -> None:
    path = saved(pcap_header() + pcap_record(START_NS, tcp_frame(HELLO), wire=60))
    assert hosts(path) == [HOST]
    assert rows(path, What.flows)[0][0]["bytes_up"] == len(tcp_frame(HELLO))


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x80000000, (16 << 20) + 1])
def test_absurd_lengths_of_a_record(saved: Saved, length: int) -> None:
    good = pcap(evenly([tcp_frame(HELLO)]))
    for bad in (
        good + struct.pack("<IIII", START_S, 0, length, length) + bytes(100),
        section() + interface() + enhanced(0, tcp_frame(HELLO)) + struct.pack("<II", 6, length) + bytes(100),
        section() + interface() + enhanced(0, tcp_frame(HELLO)) + struct.pack("<II", 1, length) + bytes(100),
    ):
        path = saved(bad)
        found, ledger = rows(path)
        assert [row["host"] for row in found] == [HOST]
        assert "after frame 1" in ledger.notes[0]


@pytest.mark.parametrize("length", [0, 1, 4, 11, 13])
def test_absurdly_short_blocks(saved: Saved, length: int) -> None:
    for kind in (1, 5, 6, 3, 2, 77):
        bad = section() + interface() + enhanced(0, tcp_frame(HELLO)) + struct.pack("<II", kind, length)
        found, ledger = rows(saved(bad + bytes(64)))
        assert [row["host"] for row in found] == [HOST]
        assert len(ledger.notes) == 1


def test_time_that_goes_back(saved: Saved) -> None:
    """Ten minutes back in the middle of a connection: each minute has its packets, and the name stays."""
    frames = [
        tcp_frame(seq=99, flags=SYN),
        tcp_frame(HELLO, 100),
        *[tcp_frame(b"x", 900 + n) for n in range(8)],
    ]
    times = [START_NS + step * SECOND for step in (0, 1, 2, 600, 601, -600, -599, 61, 0, -3)]
    path = saved(pcap(zip(times, frames, strict=True)))
    assert hosts(path) == [HOST]
    flows, _ = rows(path, What.flows)
    assert sum(row["packets_up"] for row in flows) == len(frames)
    assert {row["minute"][:16] for row in flows} == {
        f"2026-11-13T{clock}" for clock in ("07:50", "07:59", "08:00", "08:01", "08:10")
    }
    assert all(row["first"] <= row["last"] for row in flows)
    assert [row["host"] for row in flows if row["minute"] >= "2026-11-13T08:00:00Z"] == [HOST] * 4


@pytest.mark.parametrize("ticks", [0, 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("offset_s", [0, 2**63 - 1, -(2**63), -(2**40), -86_400])
def test_times_before_1970_and_beyond_all_sense(saved: Saved, ticks: int, offset_s: int) -> None:
    first = section() + interface(resolution=9, offset_s=offset_s)
    data = first + enhanced(ticks, udp_frame(dns_query(HOST))) + enhanced(ticks ^ 1, tcp_frame(HELLO))
    found, ledger = rows(saved(data))
    assert [row["host"] for row in found] == [HOST, HOST]
    assert ledger.notes == []
    assert all(1823 <= int(row["time"][:4]) <= 2116 for row in found)
    flows, _ = rows(saved(data), What.flows)
    assert sum(row["packets_up"] for row in flows) == 2


def test_absurd_times_read_the_same_with_the_jit_off(saved: Saved) -> None:
    """Where a number that doesn't fit would be a warning, and here an error."""
    data = section() + b"".join(interface(resolution=9, offset_s=each) for each in (0, 2**63 - 1, -(2**63)))
    for number in (0, 1, 2, 0, 2, 1):
        for ticks in (0, 2**64 - 1, 1 << 62):
            data += enhanced(ticks, udp_frame(dns_query(HOST)), number=number)
            data += enhanced(ticks, tcp_frame(HELLO), number=number)
    path = saved(data)
    for what in ("names", "flows"):
        texts = [
            subprocess.run(
                [sys.executable, "-W", "error", "-m", "auditor.cli", "extract", str(path), "--what", what],
                env={**os.environ, **variables}, capture_output=True, text=True, check=True,
            ).stdout
            for variables in ({}, {"NUMBA_DISABLE_JIT": "1"})
        ]  # fmt: skip
        assert texts[0] == texts[1]
        assert HOST in texts[0]


def test_the_longest_frames_and_the_empty_ones(saved: Saved) -> None:
    long = tcp_frame(HELLO + bytes(65_535 - 54 - len(HELLO)))
    assert len(long) == 65_535
    longer = ethernet(ipv4(b"", "10.1.2.3", "192.0.2.80", 6)[:20] + bytes(262_144))
    data = pcap_header() + b"".join(
        pcap_record(START_NS + number, frame, wire=wire)
        for number, (frame, wire) in enumerate(
            [
                (b"", 0),
                (long, None),
                (b"", 1500),
                (longer, None),
                (b"\0", 60),
                (tcp_frame(HELLO, client_port=9), None),
            ]
        )
    )
    found, ledger = rows(saved(data))
    assert [(row["frame"], row["host"]) for row in found] == [(2, HOST), (6, HOST)]
    assert ledger.counts["frame cut or malformed"] == 4


def test_millions_of_interfaces(saved: Saved) -> None:
    """Reading stops at a bound instead of filling memory; what is before it counts."""
    data = section() + interface() + enhanced(0, tcp_frame(HELLO)) + interface() * 1_000_000
    found, ledger = rows(saved(data))
    assert [row["host"] for row in found] == [HOST]
    assert "more than 4096 interfaces" in ledger.notes[0]


def test_many_sections_with_many_interfaces_each(saved: Saved) -> None:
    one = section() + interface() * 3000 + enhanced(0, udp_frame(dns_query(HOST)), number=2999)
    found, ledger = rows(saved(one * 5))
    assert [row["host"] for row in found] == [HOST] * 5
    assert ledger.notes == []


def test_options_that_run_over(saved: Saved) -> None:
    """Of an interface, a section, a packet: lengths that lead out of the block, or no end mark."""
    over = struct.pack("<HH", 9, 0xFFFF) + b"\x09\0\0\0"
    good = option(9, b"\x09")
    for options in (over, good + over, struct.pack("<HH", 9, 1), b"\x09", good + b"\x0e\0\x08\0\1"):
        for data in (
            section() + block(1, struct.pack("<HHI", 1, 0, 0) + options),
            section(options=options) + interface(),
        ):
            head = struct.pack("<IIIII", 0, 0, 0, len(tcp_frame(HELLO)), len(tcp_frame(HELLO)))
            padded = tcp_frame(HELLO) + bytes(-len(tcp_frame(HELLO)) % 4)
            found, ledger = rows(saved(data + block(6, head + padded + options)))
            assert [row["host"] for row in found] == [HOST]
            assert ledger.notes == []


def test_a_packet_longer_than_its_block(saved: Saved) -> None:
    head = struct.pack("<IIIII", 0, 0, 0, 5000, 5000)
    found, ledger = rows(
        saved(section() + interface() + block(6, head + tcp_frame(HELLO)) + enhanced(0, b""))
    )
    assert found == []
    assert "damaged" in ledger.notes[0]


def test_ip_lengths_that_lie(saved: Saved) -> None:
    """A total length beyond the frame is a cut one; one below the header is malformed."""
    whole = ipv4(tcp(HELLO, 50_000, 443, flags=PSH | ACK), "10.1.2.3", "192.0.2.80", 6)
    for total, named in (
        (len(whole) + 1, True),
        (0xFFFF, True),
        (len(whole) - 1, False),
        (19, False),
        (20, False),
    ):
        packet = whole[:2] + total.to_bytes(2) + whole[4:]
        assert hosts(saved(pcap(evenly([ethernet(packet)])))) in ([[HOST]] if named else [[], [""]])
