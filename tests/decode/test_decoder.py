"""From frames to names and minute slices: what spans packets, blocks, minutes and captures."""

from __future__ import annotations

import itertools
import random

import pytest
from hellos import in_records, message, openssl_hello, server_name
from hypothesis import example, given, settings
from hypothesis import strategies as st
from initials import client_datagrams
from made_captures import START_S, Stamped, evenly
from made_packets import (
    ACK,
    FIN,
    SYN,
    dns_answer,
    dns_query,
    http_request,
    https_record,
    tcp_frame,
    udp_frame,
)  # fmt: skip
from made_readings import Seen, Slice, hosts, read

from auditor.decode.decoder import Decoder
from auditor.decode.rare import MOST_STREAMS
from auditor.records import Ledger

MINUTE_NS = 60_000_000_000
START_NS = START_S * 1_000_000_000
NAME = "www.instagram.com"
HELLO = openssl_hello(NAME)


def cut(data: bytes, count: int, seq: int = 100, port: int = 50_000) -> list[bytes]:
    """Client segments with the data in so many pieces."""
    edges = [len(data) * number // count for number in range(count + 1)]
    return [tcp_frame(data[a:b], seq + a, client_port=port) for a, b in itertools.pairwise(edges)]


def opened(port: int = 50_000, seq: int = 99) -> list[bytes]:
    return [
        tcp_frame(seq=seq, flags=SYN, client_port=port),
        tcp_frame(seq=7000, flags=SYN | ACK, up=False, ack=seq + 1, client_port=port),
        tcp_frame(seq=seq + 1, flags=ACK, client_port=port),
    ]


def reply(size: int = 1000, port: int = 50_000) -> bytes:
    return tcp_frame(b"\x17\x03\x03" + bytes(size), 7001, up=False, client_port=port)


def check_named(seen: list[Seen], slices: list[Slice], host: str = NAME, kind: str = "tls") -> None:
    assert [(row.kind, row.host) for row in seen] == [(kind, host)]
    assert {(row.host, row.source) for row in slices} == {(host, kind)}
    assert {row.name_frame for row in slices} == {seen[0].frame}


@pytest.mark.parametrize("block", [1, 2, 1 << 30])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_a_hello_in_segments_of_every_order(count: int, block: int) -> None:
    orders = list(itertools.permutations(cut(HELLO, count)))
    for order in random.Random(count).sample(orders, min(len(orders), 12)):
        frames = [*opened(), *order, reply()]
        seen, slices = read(evenly(frames), block=block)
        check_named(seen, slices)
        assert seen[0].frame == len(frames) - 1
        assert (slices[0].packets_up, slices[0].packets_down) == (2 + count, 2)


def test_segments_that_overlap_and_come_twice() -> None:
    a, b, c = (tcp_frame(HELLO[x:y], 100 + x) for x, y in ((0, 200), (150, 400), (390, len(HELLO))))
    for order in ([a, a, b, b, c, c], [c, b, a], [b, a, c, a], [a, c, a, b]):
        check_named(*read(evenly([*opened(), *order, *order])))


def test_a_keep_alive_before_the_hello() -> None:
    check_named(*read(evenly([*opened(), tcp_frame(b"\0", 99), tcp_frame(HELLO, 100)])))


def test_sequence_numbers_that_wrap() -> None:
    base = 0xFFFFFFF0
    pieces = cut(HELLO, 3, seq=base + 1)
    for order in itertools.permutations(pieces):
        check_named(*read(evenly([*opened(seq=base), *order])))


def test_a_hello_whose_syn_was_not_seen() -> None:
    for count in (1, 2, 3):
        check_named(*read(evenly([*cut(HELLO, count), reply()])))


def test_mid_stream_without_a_hello_has_no_name() -> None:
    frames = [tcp_frame(b"\x17\x03\x03\x01\x00" + bytes(256), 1), reply(), tcp_frame(b"\x17\x03\x03", 300)]
    seen, slices = read(evenly(frames))
    assert seen == []
    assert [(row.host, row.source, row.client_port) for row in slices] == [("", "none", 50_000)]


def test_who_the_client_is() -> None:
    """Who sent the SYN; in mid-stream the higher port; for UDP who came first; above all who said hello."""
    for frames, client in (
        ([tcp_frame(seq=1, flags=SYN, client_port=80, server_port=40_000)], 80),
        ([tcp_frame(seq=1, flags=SYN | ACK, client_port=80, server_port=40_000, up=False)], 80),
        ([tcp_frame(b"x", client_port=80, server_port=40_000)], 40_000),
        ([udp_frame(b"x", client_port=80, server_port=40_000)], 80),
        ([tcp_frame(HELLO, client_port=80, server_port=40_000)], 80),
    ):
        _, (row,) = read(evenly(frames))
        assert row.client_port == client


def test_a_server_hello_and_a_client_hello_without_a_name() -> None:
    server = in_records(b"\x02" + message(b"")[1:], [])
    assert read(evenly([*opened(), tcp_frame(server, 7001, up=False)]))[0] == []
    seen, slices = read(evenly([*opened(), tcp_frame(in_records(message(b""), []), 100)]))
    assert [(row.kind, row.host) for row in seen] == [("tls", "")]
    assert slices[0].source == "none"


@given(st.binary(min_size=1, max_size=80), st.integers(1, 4))
@settings(max_examples=60)
def test_one_segment_or_several_give_the_same_name(name: bytes, count: int) -> None:
    """The kernel reads the first, plain Python the others."""
    hello = in_records(message(server_name(name)), [])
    whole, _ = read(evenly([*opened(), *cut(hello, 1)]))
    split, _ = read(evenly([*opened(), *cut(hello, count)]))
    assert hosts(split, "tls") == hosts(whole, "tls")


@given(st.from_regex(rb"[!-9;-~]{1,40}(:[0-9]{1,5})?", fullmatch=True), st.integers(2, 4))
@example(b".", 2)
@settings(max_examples=60)
def test_one_segment_or_several_give_the_same_host(host: bytes, count: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    whole, _ = read(evenly([*opened(), *cut(request, 1)]))
    split, _ = read(evenly([*opened(), *cut(request, count)]))
    assert hosts(split, "http") == hosts(whole, "http")


def test_pipelined_requests() -> None:
    data = b"".join(http_request(f"h{number}.example") for number in range(10))
    seen, slices = read(evenly([*opened(), tcp_frame(data, 100)]))
    assert hosts(seen, "http") == [f"h{number}.example" for number in range(10)]
    assert [(row.host, row.source) for row in slices] == [("h0.example", "http")]


@pytest.mark.parametrize("count", [2, 3, 7, 20])
def test_pipelined_requests_cut_anywhere(count: int) -> None:
    data = b"".join(http_request(f"h{number}.example", "/" * 9 * number) for number in range(8))
    for block in (1, 4, 1 << 30):
        seen, _ = read(evenly([*opened(), *cut(data, count)]), block=block)
        assert hosts(seen, "http") == [f"h{number}.example" for number in range(8)]


@pytest.mark.parametrize("count", [2, 3, 7, 20])
def test_bodies_that_look_like_requests(count: int) -> None:
    """What follows in the segment that ends a body may be missed, but nothing is made up."""
    data = b"".join(http_request(f"h{number}.example", body=b"GET / HTTP/1.1\r\n" * 3) for number in range(8))
    seen, slices = read(evenly([*opened(), *cut(data, count)]))
    assert set(hosts(seen, "http")) <= {f"h{number}.example" for number in range(8)}
    assert slices[0].host == "h0.example"


@pytest.mark.parametrize("pieces", [1, 2, 5, 9])
def test_a_body_full_of_requests_is_a_body(pieces: int) -> None:
    """Each of its segments begins like a request with a host of its own; what follows the body is one."""
    inner = http_request("no.example", "/" * 40)
    upload = http_request("upload.example", body=inner * 9)
    head = len(upload) - 9 * len(inner)
    frames, seq = [*opened(), tcp_frame(upload[:head], 100)], 100 + head
    for number in range(0, 9, pieces):
        piece = inner * min(pieces, 9 - number)
        frames += [tcp_frame(piece, seq), tcp_frame(piece, seq)]
        seq += len(piece)
    frames.append(tcp_frame(http_request("next.example"), seq))
    for block in (1, 1 << 30):
        seen, _ = read(evenly(frames), block=block)
        assert hosts(seen, "http") == ["upload.example", "next.example"]


def test_many_requests_on_one_connection() -> None:
    frames, seq = opened(), 100
    for number in range(300):
        request = http_request(f"h{number % 7}.example", f"/{number}")
        frames += [
            tcp_frame(request, seq),
            tcp_frame(request, seq),
            tcp_frame(b"HTTP/1.1 200 OK\r\n\r\n", 7001, up=False),
        ]
        seq += len(request)
    seen, _ = read(evenly(frames), block=100)
    assert hosts(seen, "http") == [f"h{number % 7}.example" for number in range(300)]


def test_requests_whose_heads_are_split_one_after_the_other() -> None:
    frames, seq = opened(), 100
    for number in range(100):
        request = http_request(f"h{number}.example")
        frames += cut(request, 2, seq)
        seq += len(request)
    for block in (50, 7, 1):
        seen, _ = read(evenly(frames), block=block)
        assert hosts(seen, "http") == [f"h{number}.example" for number in range(100)]


def dns_stream(messages: list[bytes]) -> bytes:
    return b"".join(len(data).to_bytes(2) + data for data in messages)


@pytest.mark.parametrize("count", [1, 2, 3, 11])
def test_dns_over_tcp(count: int) -> None:
    asked = dns_stream([dns_query("a.example"), dns_query("b.example")])
    answered = dns_stream(
        [dns_answer("a.example", "192.0.2.1"), dns_answer("b.example", "192.0.2.2", "2001:db8::2")]
    )
    ports = {"client_port": 50_000, "server_port": 53}
    up = [tcp_frame(asked[a:b], 100 + a, **ports) for a, b in edges(len(asked), count)]
    down = [tcp_frame(answered[a:b], 7001 + a, up=False, **ports) for a, b in edges(len(answered), count)]
    syn = [
        tcp_frame(seq=99, flags=SYN, **ports),
        tcp_frame(seq=7000, flags=SYN | ACK, up=False, ack=100, **ports),
    ]
    for frames in ([*up, *down], [*up, *up, *down, *down]):
        seen, _ = read(evenly([*syn, *frames]))
        assert hosts(seen, "dns_query") == ["a.example", "b.example"]
        answers = [(row.host, row.ip, row.client_port) for row in seen if row.kind == "dns_answer"]
        assert answers == [
            ("a.example", "192.0.2.1", 50_000),
            ("b.example", "192.0.2.2", 50_000),
            ("b.example", "2001:db8::2", 50_000),
        ]


def edges(size: int, count: int) -> list[tuple[int, int]]:
    places = [size * number // count for number in range(count + 1)]
    return list(itertools.pairwise(places))


def test_dns_answers_are_the_askers() -> None:
    answer = dns_answer("a.example", "192.0.2.1", records=(https_record(True),))
    seen, _ = read(evenly([udp_frame(dns_query("a.example")), udp_frame(answer, up=False)]))
    assert [(row.kind, row.host, row.client, row.ip) for row in seen] == [
        ("dns_query", "a.example", "10.1.2.3", ""),
        ("dns_ech", "a.example", "10.1.2.3", ""),
        ("dns_answer", "a.example", "10.1.2.3", "192.0.2.1"),
    ]
    assert {row.client_mac for row in seen} == {"02:00:5e:10:00:01"}


def test_quic_in_any_order() -> None:
    for count, datagrams in enumerate([client_datagrams(NAME)] * 2, 1):
        frames = [udp_frame(data, server_port=443) for data in datagrams]
        check_named(*read(evenly(frames[::-1] * count)), kind="quic")


@pytest.mark.parametrize(("silence_s", "flows"), [(299, 1), (301, 2)])
def test_after_a_long_silence_a_datagram_begins_another_flow(silence_s: int, flows: int) -> None:
    """QUIC from the same port, hours later, is not the connection from before, and its name is its own."""
    first, second = (client_datagrams(name)[0] for name in ("one.example", "two.example"))
    later = START_S * 10**9 + silence_s * 10**9
    stamped = [
        (START_S * 10**9, udp_frame(first, server_port=443)),
        (later, udp_frame(second, server_port=443)),
    ]
    seen, slices = read(stamped)
    assert len({one.flow for one in slices}) == flows
    assert hosts(seen, "quic") == ["one.example", "two.example"][:flows]


def test_a_port_pair_used_again_is_another_flow() -> None:
    other = openssl_hello("www.tumblr.com")
    frames = [
        *opened(), *cut(HELLO, 1), reply(), tcp_frame(flags=FIN | ACK),
        *opened(seq=5_000), *cut(other, 1, seq=5_001), reply(1001),
    ]  # fmt: skip
    seen, slices = read(evenly(frames, step_ns=11_000_000))  # the servers' SYNs are the same
    assert hosts(seen, "tls") == [NAME, "www.tumblr.com"]
    assert [(row.host, row.packets_up, row.packets_down, row.begins) for row in slices] == [
        (NAME, 4, 2, True), ("www.tumblr.com", 3, 2, True)
    ]  # fmt: skip
    assert slices[0].flow != slices[1].flow


@pytest.mark.parametrize("block", [1, 5, 1 << 30])
def test_a_port_pair_used_again_within_a_block_loses_no_name_under_assembly(block: int) -> None:
    frames = []
    names = [f"h{number}.example" for number in range(12)]
    for number, name in enumerate(names):
        seq = 99 + 10_000 * number
        frames += [*opened(seq=seq), *cut(openssl_hello(name), 2, seq=seq + 1), reply()]
    seen, slices = read(evenly(frames), block=block)
    assert hosts(seen, "tls") == names
    assert [row.host for row in slices] == names


def test_a_repeated_syn_begins_nothing() -> None:
    frames = [opened()[0], *opened(), *cut(HELLO, 1)]
    _, slices = read(evenly(frames))
    assert len(slices) == 1


def minutes(frames: list[bytes], *gaps: int) -> list[Stamped]:
    """Frames with these gaps in seconds before each but the first."""
    times = itertools.accumulate(gaps, initial=0)
    return [(START_NS + second * 10**9, frame) for second, frame in zip(times, frames, strict=True)]


def test_a_slice_a_minute() -> None:
    stamped = minutes([*opened(), *cut(HELLO, 1), reply(), reply(), reply()], 0, 0, 0, 59, 1, 181)
    for block in (1, 3, 1 << 30):
        _, slices = read(stamped, block=block)
        first = START_NS // MINUTE_NS
        assert [(row.minute - first, row.packets_up, row.packets_down, row.begins) for row in slices] == [
            (0, 3, 2, True), (1, 0, 1, False), (4, 0, 1, False)
        ]  # fmt: skip
        assert {row.host for row in slices} == {NAME}
        assert len({row.flow for row in slices}) == 1


def test_a_name_stays_in_the_next_capture() -> None:
    decoder = Decoder(Ledger())
    seen, first = read(minutes([*opened(), *cut(HELLO, 1)], 0, 0, 0), decoder=decoder)
    _, second = read(minutes([reply(), reply()], 70), decoder=decoder)
    assert [row.host for row in second] == [NAME, NAME]
    assert {row.name_frame for row in second} == {seen[0].frame}
    assert [row.begins for row in [*first, *second]] == [True, False, False]


def test_a_hello_that_begins_in_one_capture_and_ends_in_the_next() -> None:
    decoder = Decoder(Ledger())
    one, two = cut(HELLO, 2)
    assert read(minutes([*opened(), one], 0, 0, 0), decoder=decoder)[0] == []
    check_named(*read(minutes([two]), decoder=decoder))


def test_more_streams_under_assembly_than_are_held() -> None:
    """The oldest may be given up; the others keep their names."""
    halves = [cut(HELLO, 2, port=1024 + number) for number in range(5000)]
    frames = [first for first, _ in halves] + [second for _, second in reversed(halves)]
    seen, slices = read(evenly(frames, step_ns=1000))
    assert len(slices) == 5000
    assert len(hosts(seen, "tls")) >= MOST_STREAMS


def test_a_flow_takes_only_its_share_of_assembly() -> None:
    """A client that begins a hello and never ends it doesn't keep the decoder busy."""
    endless = in_records(message(server_name(NAME.encode()))[:60] + bytes(60_000), [])[:300]
    frames = [
        *opened(),
        tcp_frame(endless[:200], 100),
        *(tcp_frame(b"x", 10_000 + 2 * n) for n in range(500)),
    ]
    _, slices = read(evenly(frames))
    assert slices[0].packets_up == 2 + 1 + 500


def test_of_segments_that_disagree_the_first_counts() -> None:
    other = HELLO.replace(b"instagram", b"evilevile")
    middle = HELLO.index(b"instagram")
    parts = ((HELLO, middle - 5, middle + 20), (other, 50, len(HELLO)), (HELLO, 0, 60))
    check_named(*read(evenly([*opened(), *(tcp_frame(data[a:b], 100 + a) for data, a, b in parts)])))
    parts = ((HELLO, 50, middle + 15), (other, 50, len(HELLO)), (HELLO, 0, 50))
    check_named(*read(evenly([*opened(), *(tcp_frame(data[a:b], 100 + a) for data, a, b in parts)])))


def test_bytes_of_nothing_before_the_hello() -> None:
    """Some hosts' bare ACKs seem to carry six zero bytes, which are Ethernet's filling."""
    check_named(*read(evenly([*opened(), tcp_frame(bytes(6), 100), tcp_frame(HELLO, 100)])))
    check_named(*read(evenly([*opened(), tcp_frame(bytes(6), 100), *cut(HELLO, 3)])))
