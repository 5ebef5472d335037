"""Every table of the decoder filled beyond its bound: it stays within it, and the ledger counts what went."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_captures import START_S, evenly
from made_packets import ACK, dns_name, dns_query, dns_record, http_request, ipv4, tcp_frame, udp_frame
from made_readings import frames_of, hosts, read

from auditor.decode import dns, rare, tables
from auditor.decode.bounded import Bounded
from auditor.decode.decoder import Decoder
from auditor.decode.fragments import MOST_BYTES, MOST_DATAGRAMS, Fragments
from auditor.decode.streams import MOST_HELD, MOST_SEGMENTS, Stream
from auditor.records import Ledger

SECOND = 1_000_000_000
FULL = "forgotten early, the table being full"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=60))
def test_a_bounded_table(steps: list[tuple[int, int]]) -> None:
    ledger = Ledger()
    table: Bounded[int, int] = Bounded("things", 4, ledger, most_bytes=40)
    known: dict[int, tuple[int, int]] = {}  # in order of age
    gone = 0
    for number, (key, size) in enumerate(steps):
        known.pop(key, None)
        known[key] = number, size
        table.put(key, number, size)
        while len(known) > 4 or sum(size for _, size in known.values()) > 40:
            del known[next(iter(known))]
            gone += 1
        assert len(table) == len(known)
        assert table.bytes == sum(size for _, size in known.values())
        assert [table.get(each) for each in range(10)] == [
            known[each][0] if each in known else None for each in range(10)
        ]
    assert ledger.counts[f"things {FULL}"] == gone


def test_a_stream_holds_so_many_segments_and_bytes() -> None:
    stream = Stream(base_seq=0)
    assert all(stream.add(2 * number + 1, b"x") for number in range(MOST_SEGMENTS))
    assert not stream.add(2 * MOST_SEGMENTS + 1, b"x")
    assert stream.add(1, b"xyz"), "a longer one at the same place"
    assert (len(stream.segments), stream.held) == (MOST_SEGMENTS, MOST_SEGMENTS + 2)
    large = Stream(base_seq=0)
    taken = [large.add(number, bytes(9000)) for number in range(60)]
    assert taken.index(False) == MOST_HELD // 9000
    assert large.held <= MOST_HELD


def late_heads(count: int) -> list[bytes]:
    """The second half of a request each, of which the first never comes; as the kernel's pool is full, plain Python
    holds them."""
    half = http_request("late.example")[20:]
    return [
        frame
        for port in range(1024, 1024 + count)
        for frame in (
            tcp_frame(seq=99, flags=2, client_port=port, server_port=80),
            tcp_frame(half, 120, client_port=port, server_port=80),
        )
    ]


def test_unfinished_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "POOL_SLOTS", 1)
    monkeypatch.setattr(rare, "MOST_STREAMS", 20)
    decoder = Decoder(Ledger())
    read(evenly(late_heads(50), step_ns=1000), decoder=decoder)
    assert decoder.ledger.counts == {f"unfinished streams {FULL}": 50 - 1 - 20}
    monkeypatch.setattr(rare, "MOST_STREAM_BYTES", 500)
    decoder = Decoder(Ledger())
    read(evenly(late_heads(50), step_ns=1000), decoder=decoder)
    assert decoder.ledger.counts[f"unfinished streams {FULL}"] > 50 - 1 - 20
    assert decoder._rare._streams.bytes <= 500


def test_unfinished_hellos_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot whose stream has been silent for half a minute is taken for another."""
    monkeypatch.setattr(tables, "POOL_SLOTS", 3)
    decoder = Decoder(Ledger())
    _, slices = read(evenly(late_heads(8), step_ns=20 * SECOND), decoder=decoder)
    assert decoder.ledger.counts == {f"unfinished hellos {FULL}": 8 - 3}
    assert sum(row.packets_up for row in slices) == 16


def test_unfinished_quic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rare, "MOST_INITIALS", 10)
    decoder = Decoder(Ledger())
    unknown = b"\xc0\xff\0\0\x16\x08" + bytes(1200)  # draft 22, which plain Python reads
    read(
        evenly(udp_frame(unknown, client_port=2000 + n, server_port=443) for n in range(30)), decoder=decoder
    )
    assert decoder.ledger.counts == {f"unfinished QUIC hellos {FULL}": 20}


def test_fragments() -> None:
    ledger = Ledger()
    fragments = Fragments(ledger)
    for number in range(MOST_DATAGRAMS + 10):
        source = f"10.0.{number // 250}.{1 + number % 250}"
        fragments.add(ipv4(bytes(64), source, "192.0.2.1", 17, fragment=0x2000), 1, 98, number)
    assert ledger.take().counts == {f"fragmented datagrams {FULL}": 10}
    for number in range(2 * MOST_BYTES // 60_000):
        source = f"10.1.{number // 250}.{1 + number % 250}"
        fragments.add(ipv4(bytes(60_000), source, "192.0.2.1", 17, fragment=0x2000), 1, 98, number)
    assert fragments._datagrams.bytes <= MOST_BYTES
    assert ledger.counts[f"fragmented datagrams {FULL}"] > MOST_DATAGRAMS


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the bound names that no flow has go; flows that have more than half of it lose the older ones."""
    monkeypatch.setattr(tables, "MOST_NAMES", 400)
    decoder = Decoder(Ledger())
    named = [
        tcp_frame(http_request(f"open{number}.example"), client_port=2000 + number, server_port=80)
        for number in range(300)
    ]
    asked = [udp_frame(dns_query(f"q{number}.example"), client_port=2000 + number) for number in range(900)]
    again = [tcp_frame(b"", 500, ACK, client_port=2000 + n, server_port=80) for n in range(300)]
    later = [(time + 60 * SECOND, frame) for time, frame in evenly(again)]
    seen, slices = read([*evenly(named + asked), *later], decoder=decoder, block=100)
    assert hosts(seen, "dns_query") == [f"q{number}.example" for number in range(900)]
    assert len(decoder._names.texts) <= 400 + 100
    counts = decoder.ledger.counts
    assert counts["name table emptied, being full"] >= 2
    lost = counts["names of open flows forgotten, the name table being full"]
    kept = [row for row in slices if row.minute > START_S // 60 and row.proto == 6]
    assert len(kept) == 300
    assert [row.host for row in kept] == [""] * lost + [
        f"open{number}.example" for number in range(lost, 300)
    ]
    assert {row.source for row in kept[:lost]} <= {"none"}
    assert lost >= 100


def test_long_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_NAME_BYTES", 20_000)
    decoder = Decoder(Ledger())
    names = [f"{number:03d}{'a' * 57}.{'b' * 60}.{'c' * 60}" for number in range(400)]
    seen, _ = read(evenly(udp_frame(dns_query(name)) for name in names), decoder=decoder, block=20)
    assert hosts(seen, "dns_query") == names
    assert decoder._names.bytes <= 20_000 + 20 * 200
    assert decoder.ledger.counts["name table emptied, being full"] >= 3


def test_half_open_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_FLOWS", tables.FIRST_FLOWS)
    decoder = Decoder(Ledger())
    count = 3 * tables.FIRST_FLOWS
    rng = np.random.default_rng(3)
    ports, clients = rng.integers(1024, 65536, count).tolist(), rng.integers(1, 255, count).tolist()
    stamped = evenly(
        (tcp_frame(seq=1, flags=2, client=f"10.0.{n % 251}.{c}", client_port=p) for n, (p, c) in
         enumerate(zip(ports, clients, strict=True))), step_ns=1000
    )  # fmt: skip
    packets = 0
    for start in range(0, count, 1000):
        for part in decoder.feed(frames_of(stamped[start : start + 1000], first=start + 1)):
            packets += int(part.slices["packets_up"].sum())
    packets += int(decoder.end_capture().slices["packets_up"].sum())
    assert packets == count
    assert len(decoder._flows.rows) == tables.FIRST_FLOWS
    assert decoder.ledger.counts[f"flows {FULL}"] >= tables.FIRST_FLOWS


def test_addresses_of_one_dns_message() -> None:
    """Many more than one name can have, of the first of many names asked."""
    names = [f"n{number}.example" for number in range(dns.MAX_QUESTIONS)]
    aliases = tuple(dns_record(dns_name(name), 5, dns_name("cdn.example")) for name in names)
    addresses = tuple(
        dns_record(dns_name("cdn.example"), 1, bytes([10, 0, number >> 8, number & 255]))
        for number in range(2 * dns.MAX_ADDRESSES)
    )
    asked = b"".join(dns_query(name)[12:] for name in names)
    counts = struct.pack(">HHHHHH", 7, 0x8180, len(names), len(aliases + addresses), 0, 0)
    message = dns.message(counts + asked + b"".join(aliases + addresses))
    assert message is not None
    assert len(message.answers) == len(aliases + addresses)
    found = dns.answers_for(message)
    assert len(found) == dns.MAX_ADDRESSES
    assert {each.host for each in found} == {names[0]}
