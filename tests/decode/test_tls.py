from __future__ import annotations

import json
from collections import Counter

import dpkt
import pytest
import wire
from hellos import HEADER, extension, in_records, message, openssl_hello, server_name
from hypothesis import given
from hypothesis import strategies as st

from auditor.decode.tls import Hello, NeedMore, client_hello, handshake_hello, hello_start

NAME = "www.instagram.com"
REAL = openssl_hello(NAME, ["h2", "http/1.1"])


def sni(extensions: bytes) -> str:
    hello = client_hello(in_records(message(extensions), []))
    assert isinstance(hello, Hello)
    return hello.sni


def test_a_real_hello() -> None:
    assert client_hello(REAL) == Hello(NAME, ech=False, esni=False, alpn=("h2", "http/1.1"), version=0x0304)


def test_dpkt_reads_the_same_name() -> None:
    records, _ = dpkt.ssl.tls_multi_factory(REAL)
    extensions = dict(dpkt.ssl.TLSHandshake(records[0].data).data.extensions)
    assert extensions[0][5:].decode() == NAME


def test_a_hello_without_a_name_is_a_hello() -> None:
    hello = client_hello(openssl_hello(None))
    assert isinstance(hello, Hello)
    assert hello.sni == ""


def test_a_hello_without_extensions_is_a_hello() -> None:
    body = message(b"")[4:-2]
    assert handshake_hello(b"\x01" + len(body).to_bytes(3) + body) == Hello("", False, False, (), 0x0303)


@given(st.lists(st.integers(1, 120), max_size=12))
def test_a_hello_over_several_records(sizes: list[int]) -> None:
    stream = in_records(REAL[HEADER:], sizes)
    assert client_hello(stream + b"what follows") == client_hello(REAL)


@given(st.lists(st.integers(1, 120), max_size=6), st.data())
def test_each_part_asks_for_more_and_never_for_too_much(sizes: list[int], data: st.DataObject) -> None:
    stream = in_records(REAL[HEADER:], sizes)
    cut = data.draw(st.integers(0, len(stream) - 1))
    found = client_hello(stream[:cut])
    assert isinstance(found, NeedMore)
    assert cut < found.wanted <= len(stream)


def test_bare_messages_ask_for_their_whole_length() -> None:
    bare = REAL[HEADER:]
    assert handshake_hello(bare[:3]) == NeedMore(4)
    assert handshake_hello(bare[:60]) == NeedMore(len(bare))
    assert handshake_hello(bare + b"more") == client_hello(REAL)


def test_a_part_gives_its_name_when_no_more_will_come() -> None:
    name_end = REAL.index(NAME.encode()) + len(NAME)
    found = client_hello(REAL[:name_end], partial=True)
    assert isinstance(found, Hello)
    assert found.sni == NAME
    assert client_hello(REAL[: name_end - 1], partial=True) is None
    assert handshake_hello(REAL[HEADER:name_end], partial=True) == found


def test_real_and_grease_ech_and_esni() -> None:
    ech = client_hello(in_records(message(server_name(b"a.example") + extension(0xFE0D, b"\0" * 40)), []))
    esni = client_hello(in_records(message(extension(0xFFCE, b"\0" * 40)), []))
    assert ech == Hello("a.example", ech=True, esni=False, alpn=(), version=0x0303)
    assert esni == Hello("", ech=False, esni=True, alpn=(), version=0x0303)


@pytest.mark.parametrize(
    ("offered", "version"),
    [
        (b"\x4a\x4a\x03\x04\x03\x03", 0x0304),  # GREASE first
        (b"\x7f\x1c\x03\x03", 0x0304),  # a draft of TLS 1.3
        (b"\x03\x03\x03\x01", 0x0303),
        (b"\x9a\x9a", 0x0303),  # nothing known: what the legacy field says
    ],
)
def test_the_highest_version_offered(offered: bytes, version: int) -> None:
    hello = client_hello(in_records(message(extension(43, bytes([len(offered)]) + offered)), []))
    assert isinstance(hello, Hello)
    assert hello.version == version


@pytest.mark.parametrize(
    ("raw", "spelled"),
    [
        (b"WWW.Example.COM", "www.example.com"),
        (b"example.com.", "example.com"),
        (b"server4:443", "server4:443"),
        (b"_dmarc.example.com", "_dmarc.example.com"),
        (b"b\xfccher.de", "b\\252cher.de"),
        (b"back\\slash.de", "back\\\\slash.de"),
        (b"", ""),
        (b".", ""),
        (b"nul\0.example.com", ""),
        (b"two words.com", ""),
        (b"a" * 256, ""),
    ],
)
def test_the_spelling_of_names(raw: bytes, spelled: str) -> None:
    assert sni(server_name(raw)) == spelled


def test_of_two_names_the_first_and_of_other_kinds_none() -> None:
    assert sni(server_name(b"first.example") + server_name(b"second.example")) == "first.example"
    assert sni(server_name(b"other.example", kind=7)) == ""


def test_extensions_are_read_as_far_as_they_are_sound() -> None:
    overrun = (0x1234).to_bytes(2) + b"\xff\xff" + b"too short"
    assert sni(server_name(b"a.example") + overrun) == "a.example"
    assert sni(overrun + server_name(b"a.example")) == ""


def sslv2(ciphers: int, session: int = 0, challenge: int = 16, version: int = 0x0301) -> bytes:
    body = b"\x01" + b"".join(part.to_bytes(2) for part in (version, ciphers, session, challenge))
    body += bytes(ciphers + session + challenge)
    return (0x8000 | len(body)).to_bytes(2) + body


def test_ssl_2_framing() -> None:
    assert client_hello(sslv2(6)) == Hello("", ech=False, esni=False, alpn=(), version=0x0301)
    assert client_hello(sslv2(6)[:8]) == NeedMore(11)
    assert client_hello(sslv2(7)) is None
    assert client_hello(sslv2(6, session=5)) is None
    assert client_hello(sslv2(6, challenge=40)) is None
    assert client_hello(sslv2(6, version=0x0501)) is None
    assert client_hello(b"\x80\x2e" + sslv2(6)[2:]) is None


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",  # an alert
        b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",  # a server's hello
        b"\x16\x03\x03\x00\x00",  # an empty record
        b"\x16\x03\x03\xff\xff\x01",  # a record too long to be one
        b"\x16\x03\x01\x00\x04\x01\x01\x00\x00",  # a hello too long to be one
        b"\x81\x05hello",
    ],
)
def test_what_is_no_hello(stream: bytes) -> None:
    assert client_hello(stream) is None


def test_a_hello_late_in_a_stream() -> None:
    prelude = b"EHLO me\r\nSTARTTLS\r\n"
    at = hello_start(prelude + REAL)
    assert at == len(prelude)
    assert client_hello((prelude + REAL)[at:]) == client_hello(REAL)
    assert hello_start(prelude + REAL, at + 1) == -1


@given(st.binary(max_size=400), st.booleans())
def test_arbitrary_bytes_never_raise(data: bytes, partial: bool) -> None:
    client_hello(data, partial)
    handshake_hello(b"\x01" + data, partial)
    hello_start(data)


@given(st.data())
def test_dirtied_hellos_never_raise(data: st.DataObject) -> None:
    dirty = bytearray(REAL)
    for _ in range(data.draw(st.integers(1, 6))):
        dirty[data.draw(st.integers(0, len(dirty) - 1))] = data.draw(st.integers(0, 255))
    found = client_hello(bytes(dirty))
    assert found is None or isinstance(found, Hello | NeedMore)


@pytest.mark.skipif(not wire.PEER_CAPTURES.exists(), reason="the peers' captures are not here")
def test_the_peers_captures() -> None:
    """Every name in a plain, complete stream, and none where the peers agree that there is none."""
    hard = {"tunnel", "midstream", "bogus-ack-payload", "not-first-bytes", "socks", "802.11"}
    rows = [json.loads(line) for line in (wire.PEER_CAPTURES / "truth.jsonl").open(encoding="utf-8")]
    rows = [row for row in rows if row["kind"] == "tls" and not hard & set(row.get("tags", []))]
    silent = [json.loads(line) for line in (wire.PEER_CAPTURES / "no_sni.jsonl").open(encoding="utf-8")]
    score: Counter[bool] = Counter()
    streams = wire.Cached(wire.tcp_streams)
    for row in rows:
        hello = client_hello(streams(row).get(wire.ends(row), b""))
        score[isinstance(hello, Hello) and hello.sni == row["host"] and hello.ech == row["ech"]] += 1
    assert score[True] >= 415
    assert score[False] <= 2  # link types that the plain reader in these tests doesn't know
    false = [row for row in silent if row["kind"] == "tls" and _name(streams(row).get(wire.ends(row), b""))]
    assert false == []


def _name(stream: bytes) -> str:
    hello = client_hello(stream)
    return hello.sni if isinstance(hello, Hello) else ""
