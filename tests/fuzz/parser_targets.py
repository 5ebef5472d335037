"""Parsers of `auditor/decode`, each with what must hold for any bytes whatever."""

from __future__ import annotations

import ipaddress
import re

from feed import Feed, check_name, fronts

from auditor.decode import dhcp, dhcpv6, dns, http, quic, quic_google, tls
from auditor.decode.fragments import LONGEST, Fragments
from auditor.decode.streams import MOST_BYTES, MOST_HELD, MOST_SEGMENTS, Stream
from auditor.records import Ledger

MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")


def tls_hello(data: bytes) -> None:
    """A hello that is whole is none before its last byte has come, and has the same name then."""
    found = tls.client_hello(data)
    assert found == tls.client_hello(data)
    if isinstance(found, tls.NeedMore):
        assert found.wanted > len(data)
    for hello in (found, tls.client_hello(data, partial=True), tls.handshake_hello(data, partial=True)):
        if isinstance(hello, tls.Hello):
            check_name(hello.sni)
            assert len(hello.alpn) <= len(data)
    start = tls.hello_start(data)
    assert -1 <= start < max(len(data), 1)
    if not isinstance(found, tls.Hello):
        return
    for front in fronts(data):
        before = tls.client_hello(front)
        assert before == found or isinstance(before, tls.NeedMore), "what is a hello looked like none"
        guessed = tls.client_hello(front, partial=True)
        assert not isinstance(guessed, tls.Hello) or guessed.sni == found.sni


def http_requests(data: bytes) -> None:
    """Requests found in a stream's front are found in the whole, at the same places."""
    found, behind = http.requests(data)
    assert (found, behind) == http.requests(data)
    assert len(found) <= len(data) // 10
    for request in found + http.requests(data, partial=True)[0]:
        check_name(request.host)
        assert 0 <= request.offset < len(data)
        assert not request.tunnel_at or request.offset < request.tunnel_at <= len(data)
    assert [each.offset for each in found] == sorted({each.offset for each in found})
    assert behind == http.NOT_HTTP or behind >= max((each.offset for each in found), default=0)
    assert -1 <= http.request_start(data) < max(len(data), 1)
    for front in fronts(data):
        before, _ = http.requests(front)
        assert before == found[: len(before)]


def dns_message(data: bytes) -> None:
    """Sections read as far as they are sound; what a cut message says, the whole one says too."""
    messages, consumed = dns.tcp_messages(data)
    assert sum(len(each) + 2 for each in messages) == consumed <= len(data)
    message = dns.message(data)
    assert message == dns.message(data)
    if message is None:
        assert len(data) < 12
        return
    assert len(message.questions) <= dns.MAX_QUESTIONS
    assert len(message.answers) + len(message.services) <= len(data) // 11
    for question in message.questions:
        check_name(question.name)
    for answer in message.answers:
        check_name(answer.owner)
        if answer.rtype == dns.TYPE_CNAME:
            check_name(answer.value)
        else:
            ipaddress.ip_address(answer.value)
    for service in message.services:
        check_name(service.owner)
        check_name(service.target)
        assert len(service.hints) <= len(data) // 4
    found = dns.answers_for(message)
    assert len(found) <= dns.MAX_ADDRESSES
    assert {each.host for each in found} <= {each.name for each in message.questions}
    assert {each.address for each in found} <= {each.value for each in message.answers}
    for front in fronts(data):
        before = dns.message(front)
        if before is not None:
            assert before.questions == message.questions[: len(before.questions)]
            assert before.answers == message.answers[: len(before.answers)]


def dhcp_message(data: bytes) -> None:
    ack, request = dhcp.ack(data), dhcp.request(data)
    assert (ack, request) == (dhcp.ack(data), dhcp.request(data))
    assert ack is None or request is None
    for found in (ack, request):
        if found is not None:
            assert MAC.fullmatch(found.mac)
            check_name(found.host, longest=4 * 512)
    if ack is not None:
        ipaddress.IPv4Address(ack.ip)
        assert 0 <= ack.lease_s < 1 << 32


def dhcpv6_message(data: bytes) -> None:
    """A cut message gives no address that the whole one doesn't."""
    found = dhcpv6.message(data)
    assert found == dhcpv6.message(data)
    if found is None:
        return
    assert 0 <= found.relay_mac < 1 << 48
    assert 0 <= found.duid_mac < 1 << 48
    assert len(found.given) <= len(data) // 24
    for given in found.given:
        ipaddress.IPv6Address(given.ip)
        assert 0 < given.valid_s < 1 << 32
    for front in fronts(data):
        before = dhcpv6.message(front)
        assert before is None or set(before.given) <= set(found.given)


def quic_datagrams(data: bytes) -> None:
    """Datagrams of one client; nothing is read once the reader says that it is done."""
    reader, given = quic.InitialReader(), 0
    for number, payload in enumerate(Feed(data).pieces(40)):
        quic.looks_initial(payload)
        hello = reader.feed(payload)
        if hello:
            check_name(hello.sni)
            given += 1
        assert not hello or reader.done
        assert number < quic.MAX_INITIALS or given <= 1
    assert given <= 1


def quic_frames(data: bytes) -> None:
    """What stands in an Initial once it is open: frames, and the hello in their CRYPTO data."""
    feed, crypto = Feed(data), quic._Crypto()
    google = bool(feed.number(1) & 1)
    for frames in feed.pieces(8):
        for offset, piece in quic._crypto_frames(frames, google):
            assert len(piece) <= len(frames)
            crypto.put(offset, piece)
        assert len(crypto._data) == len(crypto._filled) <= quic.MAX_CRYPTO
        hello = crypto.hello()
        if hello:
            check_name(hello.sni)


def google_quic(data: bytes) -> None:
    assert quic_google.clear_version(data) in (True, False)
    for hello in (quic_google.clear_hello(data), quic_google.chlo(data)):
        if hello:
            check_name(hello.sni)


def stream(data: bytes) -> None:
    """Segments in any order: two bytes of sequence number before each."""
    feed = Feed(data)
    held = Stream(base_seq=feed.number(4))
    told: list[str] = []
    for number, piece in enumerate(feed.pieces(64)):
        held.add(held.base_seq + int.from_bytes(piece[:2]) - 4, piece[2:])
        prefix = held.prefix()
        assert len(prefix) <= MOST_BYTES
        assert len(held.segments) <= MOST_SEGMENTS
        assert sum(map(len, held.segments.values())) == held.held <= MOST_HELD
        found = held.read(last=number == 63)
        told += found.hosts
        for host in found.hosts:
            check_name(host)
        if found.hello:
            check_name(found.hello.sni)
        if found.done:
            break
    behind = held.prefix()[3:]
    held.cut(3)
    assert held.prefix()[: len(behind)] == behind


def fragments(data: bytes) -> None:
    """What is put together is a frame with one IP packet, as long as it says."""
    table = Fragments(Ledger())
    for number, piece in enumerate(Feed(data).pieces(32)):
        joined = table.add(piece, 0x0250_0000_0001, len(piece), number)
        if joined:
            frame, wire = joined
            assert len(frame) <= 14 + 60 + LONGEST
            assert wire <= len(data)
            assert frame[12:14] in (b"\x08\0", b"\x86\xdd")


PARSERS = {
    "tls": tls_hello,
    "http": http_requests,
    "dns": dns_message,
    "dhcp": dhcp_message,
    "dhcpv6": dhcpv6_message,
    "quic": quic_datagrams,
    "quic_frames": quic_frames,
    "quic_google": google_quic,
    "streams": stream,
    "fragments": fragments,
}
