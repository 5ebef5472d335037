from __future__ import annotations

import json
import time

import dpkt
import pytest
import wire
from hypothesis import given
from hypothesis import strategies as st

from auditor.decode.http import MAX_HEAD, NOT_HTTP, Request, request_start, requests

GET = b"GET /p/1 HTTP/1.1\r\nHost: www.flickr.com\r\nAccept: */*\r\n\r\n"


def hosts(data: bytes, partial: bool = False) -> list[str]:
    return [request.host for request in requests(data, partial)[0]]


def test_a_request() -> None:
    assert requests(GET) == ([Request("www.flickr.com", "GET", 0)], len(GET))
    assert dpkt.http.Request(GET).headers["host"] == "www.flickr.com"


def test_several_requests_one_after_the_other() -> None:
    other = GET.replace(b"flickr", b"tumblr")
    found, consumed = requests(GET + b"\r\n" + other)
    assert [(request.host, request.offset) for request in found] == [
        ("www.flickr.com", 0),
        ("www.tumblr.com", len(GET) + 2),
    ]
    assert consumed == len(GET) + 2 + len(other)


@pytest.mark.parametrize(
    ("head", "host"),
    [
        (b"GET / HTTP/1.1\r\nHost: WWW.Flickr.COM.\r\n\r\n", "www.flickr.com"),
        (b"GET / HTTP/1.1\r\nhOsT:www.flickr.com:8080\r\n\r\n", "www.flickr.com"),
        (b"GET / HTTP/1.1\r\nHost: www.flickr.com:\r\n\r\n", "www.flickr.com"),
        (b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n", "2001:db8::1"),
        (b"GET / HTTP/1.1\r\nHost: 2001:db8::1\r\n\r\n", "2001:db8::1"),
        (b"GET / HTTP/1.1\r\nHost: first.example\r\nHost: second.example\r\n\r\n", "first.example"),
        (b"GET / HTTP/1.0\r\n\r\n", ""),
        (b"GET / HTTP/1.1\r\nHost: two words\r\n\r\n", ""),
        (b"GET / HTTP/1.1\nHost: bare.newlines\n\n", "bare.newlines"),
        (b"GET http://me@absolute.example:81/x HTTP/1.1\r\n\r\n", "absolute.example"),
        (b"GET http://absolute.example?x HTTP/1.1\r\nHost: host.example\r\n\r\n", "host.example"),
        (b"GET http://absolute.example HTTP/1.1\r\nHost:\r\n\r\n", "absolute.example"),
        (b"PROPFIND /dav HTTP/1.1\r\nHost: dav.example\r\n\r\n", "dav.example"),
        (b"GET /with a space HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example"),
        (b"GET HTTP/1.1\r\nHost: no.target\r\n\r\n", "no.target"),
        (b"GET /HTTP/1.1\r\nHost: no.space\r\n\r\n", "no.space"),
        (b"GET / HTTP/1.\r\nHost: no.minor\r\n\r\n", "no.minor"),
    ],
)
def test_the_host(head: bytes, host: str) -> None:
    assert hosts(head) == [host]


def test_connect_gives_the_authority_and_where_the_tunnel_begins() -> None:
    head = b"CONNECT www.reddit.com:443 HTTP/1.1\r\n\r\n"
    assert requests(head) == ([Request("www.reddit.com", "CONNECT", 0, tunnel_at=len(head))], len(head))
    found, consumed = requests(head + b"\x16\x03\x01\x02\x00\x01")
    assert found == [Request("www.reddit.com", "CONNECT", 0, tunnel_at=len(head))]
    assert consumed == NOT_HTTP
    assert hosts(head + GET) == ["www.reddit.com", "www.flickr.com"]


def test_after_a_websocket_upgrade_it_is_http_no_more() -> None:
    head = b"GET /chat HTTP/1.1\r\nHost: gateway.discord.gg\r\nUpgrade: websocket\r\n\r\n"
    assert hosts(head) == ["gateway.discord.gg"]
    assert requests(head + b"\x81\x85\0\0\0\0hello")[1] == NOT_HTTP


def test_bodies_are_passed_over() -> None:
    post = b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n"
    body = GET.replace(b"flickr", b"not-a-request")
    assert hosts(post % len(body) + body + GET) == ["a.example", "www.flickr.com"]
    head = post % 1000
    assert requests(head + b"begun") == ([Request("a.example", "POST", 0)], len(head) + 1000)


def test_chunked_bodies_are_passed_over() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x;x=1\r\n" % len(GET) + GET + b"\r\n"
    assert hosts(head + chunk + chunk + b"0\r\n\r\n" + GET) == ["a.example", "www.flickr.com"]
    assert hosts(head + chunk + b"0\r\nTrailer: 1\r\n\r\n" + GET) == ["a.example", "www.flickr.com"]
    assert requests(head + chunk) == ([Request("a.example", "POST", 0, chunks_at=len(head))], NOT_HTTP)


@given(st.integers(0, len(GET) - 1))
def test_an_unfinished_head_waits(cut: int) -> None:
    found, consumed = requests(GET + GET[:cut])
    assert len(found) == 1
    assert consumed == len(GET)


def test_an_unfinished_head_gives_its_host_when_no_more_will_come() -> None:
    end_of_host = GET.index(b"\r\nAccept") + 2
    assert hosts(GET[:end_of_host], partial=True) == ["www.flickr.com"]
    assert hosts(GET[: end_of_host - 2], partial=True) == []
    assert hosts(GET[:end_of_host]) == []


def test_a_head_without_an_end_is_given_up() -> None:
    start = b"GET / HTTP/1.1\r\nHost: a.example\r\n"
    endless = start + b"X: " + b"x" * MAX_HEAD
    assert requests(endless) == ([Request("a.example", "GET", 0)], NOT_HTTP)
    assert requests(b"GET /" + b"x" * MAX_HEAD) == ([], NOT_HTTP)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"OPTIONS rtsp://cam.example/ RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        b"INVITE sip:a@example.com SIP/2.0\r\n\r\n",
        b"\x00\x00\x00\x10",
        b"EHLO there\x00",
    ],
)
def test_what_is_not_http(data: bytes) -> None:
    assert requests(data) == ([], NOT_HTTP)


def test_a_request_late_in_a_stream() -> None:
    socks = b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50"
    assert request_start(socks + GET) == len(socks)
    assert request_start(socks) == -1


@given(st.binary(max_size=600), st.booleans())
def test_arbitrary_bytes_never_raise(data: bytes, partial: bool) -> None:
    for dressed in (
        data,
        b"GET / HTTP/1.1\r\n" + data,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + data,
    ):
        _, consumed = requests(dressed, partial)
        assert consumed >= NOT_HTTP
        request_start(dressed)


@given(st.data())
def test_dirtied_requests_never_raise(data: st.DataObject) -> None:
    dirty = bytearray(GET + GET)
    for _ in range(data.draw(st.integers(1, 6))):
        dirty[data.draw(st.integers(0, len(dirty) - 1))] = data.draw(st.integers(0, 255))
    requests(bytes(dirty))


@pytest.mark.parametrize(
    "hostile",
    [
        b"GET " + b" " * 30_000 + b"x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:" + b" \t" * 15_000 + b"x\r\n\r\n",
        b"\r\n" * 500_000,
        b"GET / HTTP/1.1\r\n\r\n" * 50_000,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 100_000,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 1_000_000,
        b"GET " * 250_000,
    ],
)
def test_hostile_streams_take_linear_time(hostile: bytes) -> None:
    """A megabyte takes a fraction of a second; what is quadratic would take minutes."""
    began = time.process_time()
    requests(hostile)
    request_start(hostile)
    assert time.process_time() - began < 5


@pytest.mark.skipif(not wire.PEER_CAPTURES.exists(), reason="the peers' captures are not here")
def test_the_peers_captures() -> None:
    """Every host in a plain, complete stream of which the client's side begins with HTTP."""
    hard = {"tunnel", "midstream", "bogus-ack-payload", "socks", "802.11"}
    rows = [json.loads(line) for line in (wire.PEER_CAPTURES / "truth.jsonl").open(encoding="utf-8")]
    rows = [row for row in rows if row["kind"] == "http" and not hard & set(row.get("tags", []))]
    streams = wire.Cached(wire.tcp_streams)
    readable = [(row, streams(row)[wire.ends(row)]) for row in rows if wire.ends(row) in streams(row)]
    missed = [
        (row["file"], row["host"]) for row, stream in readable if row["host"] not in hosts(stream, True)
    ]
    assert len(readable) >= 200
    assert len(missed) <= 2  # HTTP inside SOCKS and inside a WebSocket
