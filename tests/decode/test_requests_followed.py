"""Every request of a connection counts, whatever segments, bodies and chunks it comes in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from made_captures import evenly
from made_packets import SYN, http_request, tcp_frame
from made_readings import hosts, read

TWO = ["a.example", "b.example"]
MANY = [f"h{number}.example" for number in range(24)]
PIPELINE = b"".join(http_request(host, body=b"x" * (7 * at * at % 500)) for at, host in enumerate(MANY))
BAIT = http_request("bait.example")
OPENED = tcp_frame(seq=99, flags=SYN, server_port=80)


def segments(stream: bytes, cuts: Iterable[int], seq: int = 100) -> list[bytes]:
    edges = [0, *cuts, len(stream)]
    return [tcp_frame(stream[a:b], seq + a, server_port=80) for a, b in itertools.pairwise(edges)]


def every(stream: bytes, step: int) -> list[bytes]:
    return segments(stream, range(step, len(stream), step))


def chunked(host: str, *chunks: bytes, trailer: bytes = b"") -> bytes:
    head = f"POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n".encode()
    return head + b"".join(b"%X;x=1\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n" + trailer + b"\r\n"


def check(frames: list[bytes], expected: list[str]) -> None:
    for block in (1, 3, 1 << 30):
        assert hosts(read(evenly(frames), block=block)[0], "http") == expected


@pytest.mark.parametrize("step", [200, 317, 517, 1400])
@pytest.mark.parametrize("opened", [True, False])
def test_a_pipeline_cut_anywhere(step: int, opened: bool) -> None:
    check([*([OPENED] if opened else []), *every(PIPELINE, step)], MANY)


def test_a_pipeline_that_comes_twice() -> None:
    check([OPENED, *(frame for frame in every(PIPELINE, 517) for _ in range(2))], MANY)


@pytest.mark.parametrize("step", [61, 100, 380, 1400])
def test_a_body_that_looks_like_requests(step: int) -> None:
    stream = http_request("a.example", body=BAIT * 30) + http_request("b.example")
    check([OPENED, *every(stream, step)], TWO)


CHUNKS = chunked("a.example", b"hello", BAIT, trailer=b"Expires: never\r\n") + http_request("b.example")


@pytest.mark.parametrize("cut", range(1, len(CHUNKS), 5))
def test_chunks_cut_anywhere(cut: int) -> None:
    check([OPENED, *segments(CHUNKS, [cut])], TWO)


@pytest.mark.parametrize("step", [90, 700, 1400])
def test_large_chunks_that_look_like_requests(step: int) -> None:
    stream = chunked("a.example", b"x" * 900, BAIT * 20, b"y" * 14 * step) + http_request("b.example")
    check([OPENED, *every(stream, step)], TWO)


@pytest.mark.parametrize("step", [500, 1400])
def test_a_long_head(step: int) -> None:
    head = b"GET /x HTTP/1.1\r\nCookie: " + b"a" * 12_000 + b"\r\nHost: a.example\r\n\r\n"
    check([OPENED, *every(head + http_request("b.example"), step)], TWO)


def test_segments_cut_short_by_the_capture() -> None:
    """Heads that are never whole: each segment's own request is told at once."""
    whole = [http_request(host, "/" + "x" * 300) for host in MANY]
    starts = itertools.accumulate((len(data) for data in whole), initial=100)
    cut = [data[:370] for data in whole]
    check([tcp_frame(data, seq, server_port=80) for seq, data in zip(starts, cut, strict=False)], MANY)


def test_a_first_segment_that_is_missing() -> None:
    """Nothing waits for what the capture has lost."""
    later = [tcp_frame(http_request(host), 5000 + 100 * at, server_port=80) for at, host in enumerate(TWO)]
    check([OPENED, *later], TWO)


def test_a_refused_tunnel_and_then_another() -> None:
    ask = b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"
    check([OPENED, *segments(ask * 2, [len(ask), len(ask) + 30])], ["a.example", "a.example"])
