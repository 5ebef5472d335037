"""TLS that begins later in a stream: after STARTTLS, a proxy's handshake, a PROXY header (issue of each protocol
beside its dialogue). The hello comes whole, cut in two, and in two segments the second of which is first."""

from __future__ import annotations

import struct

import pytest
from hellos import openssl_hello
from made_captures import evenly
from made_packets import ACK, SYN, http_request, packed, tcp_frame
from made_readings import hosts, read

NAME = "www.instagram.com"
HELLO = openssl_hello(NAME)
Turn = tuple[bool, bytes]  # whether the client says it, and what
UP, DOWN = True, False


def socks5_request(host: bytes = b"", address: str = "") -> bytes:
    """RFC 1928, 4: version, CONNECT, reserved, address type, address, port."""
    where = b"\x03" + bytes([len(host)]) + host if host else b"\x01" + packed(address)
    return b"\x05\x01\x00" + where + struct.pack(">H", 443)


def proxy_v2(address_bytes: bytes = b"", family: int = 0x11, extra: bytes = b"") -> bytes:
    body = address_bytes + extra
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, family]) + struct.pack(">H", len(body)) + body


V4_ENDS = packed("198.51.100.7") + packed("192.0.2.10") + struct.pack(">HH", 50_000, 443)
V6_ENDS = packed("2001:db8::7") + packed("2001:db8::10") + struct.pack(">HH", 50_000, 443)
MYSQL_SSL = struct.pack("<I", 32 | 1 << 24) + struct.pack("<IIB23x", 0x00000800 | 0x8200, 1 << 24, 33)
LDAP_STARTTLS = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
LDAP_DONE = bytes.fromhex("300c02010178070a010004000400")
RDP_ASKED = bytes.fromhex("030000130ee000000000000100080003000000")
RDP_CHOSEN = bytes.fromhex("030000130ed000001234000200080001000000")

DIALOGUES: dict[str, list[Turn]] = {
    "smtp": [  # RFC 3207
        (DOWN, b"220 mail.example ESMTP\r\n"), (UP, b"EHLO client.example\r\n"),
        (DOWN, b"250-mail.example\r\n250 STARTTLS\r\n"), (UP, b"STARTTLS\r\n"), (DOWN, b"220 go ahead\r\n"),
    ],
    "imap": [  # RFC 9051, 6.2.1
        (DOWN, b"* OK ready\r\n"), (UP, b"a1 CAPABILITY\r\n"), (DOWN, b"* CAPABILITY STARTTLS\r\na1 OK\r\n"),
        (UP, b"a2 STARTTLS\r\n"), (DOWN, b"a2 OK begin\r\n"),
    ],
    "pop": [(DOWN, b"+OK ready\r\n"), (UP, b"STLS\r\n"), (DOWN, b"+OK begin\r\n")],  # RFC 2595, 4
    "ftp": [(DOWN, b"220 ready\r\n"), (UP, b"AUTH TLS\r\n"), (DOWN, b"234 proceed\r\n")],  # RFC 4217
    "nntp": [(DOWN, b"200 ready\r\n"), (UP, b"STARTTLS\r\n"), (DOWN, b"382 continue\r\n")],  # RFC 4642
    "ldap": [(UP, LDAP_STARTTLS), (DOWN, LDAP_DONE)],  # RFC 4511, 4.14
    "xmpp": [  # RFC 6120, 5.4
        (UP, b"<?xml version='1.0'?><stream:stream to='chat.example' xmlns='jabber:client'>"),
        (DOWN, b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"),
        (UP, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        (DOWN, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    ],
    "postgresql": [(UP, struct.pack(">II", 8, 80877103)), (DOWN, b"S")],  # SSLRequest
    "mysql": [(DOWN, b"\x4a\0\0\0\x0a8.0.36\0" + bytes(66)), (UP, MYSQL_SSL)],
    "rdp": [(UP, RDP_ASKED), (DOWN, RDP_CHOSEN)],  # MS-RDPBCGR 2.2.1.1
    "connect": [
        (UP, b"CONNECT proxied.example:443 HTTP/1.1\r\nHost: proxied.example:443\r\n\r\n"),
        (DOWN, b"HTTP/1.1 200 Connection established\r\n\r\n"),
    ],
    "connect-after-407": [
        (UP, b"CONNECT proxied.example:443 HTTP/1.1\r\nHost: proxied.example:443\r\n\r\n"),
        (DOWN, b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
        (UP, b"CONNECT proxied.example:443 HTTP/1.1\r\nHost: proxied.example:443\r\nProxy-Authorization: x\r\n\r\n"),
        (DOWN, b"HTTP/1.1 200 Connection established\r\n\r\n"),
    ],
    "socks4": [
        (UP, b"\x04\x01" + struct.pack(">H", 443) + packed("192.0.2.10") + b"me\0"), (DOWN, b"\0\x5a" + bytes(6)),
    ],
    "socks4a": [
        (UP, b"\x04\x01" + struct.pack(">H", 443) + b"\0\0\0\x01me\0proxied.example\0"), (DOWN, b"\0\x5a" + bytes(6)),
    ],
    "socks5": [
        (UP, b"\x05\x01\0"), (DOWN, b"\x05\0"), (UP, socks5_request(b"proxied.example")),
        (DOWN, b"\x05\0\0\x01" + bytes(6)),
    ],
    "socks5-password": [  # RFC 1929
        (UP, b"\x05\x02\0\x02"), (DOWN, b"\x05\x02"), (UP, b"\x01\x02me\x02pw"), (DOWN, b"\x01\0"),
        (UP, socks5_request(address="192.0.2.10")), (DOWN, b"\x05\0\0\x01" + bytes(6)),
    ],
    "proxy-1": [(UP, b"PROXY TCP4 198.51.100.7 192.0.2.10 50000 443\r\n")],
    "proxy-1-unknown": [(UP, b"PROXY UNKNOWN\r\n")],
    "proxy-2": [(UP, proxy_v2(V4_ENDS))],
    "proxy-2-v6": [(UP, proxy_v2(V6_ENDS, 0x21, b"\x03\0\x04\x01\x02\x03\x04"))],
    "proxy-2-local": [(UP, proxy_v2(b"", 0x00))],
}  # fmt: skip
AT_ONCE = [name for name in DIALOGUES if name.startswith(("proxy", "socks", "connect", "postgresql", "rdp"))]
CLIENT_FIRST = {name: turns for name, turns in DIALOGUES.items() if turns[0][0] == UP}


class Talk:
    """A connection on any port; each turn is a segment."""

    def __init__(self, port: int) -> None:
        self.port, self.seq = port, {UP: 1000, DOWN: 8000}
        self.frames = [self._frame(UP, b"", SYN)]
        self.seq[UP] += 1
        self.frames.append(self._frame(DOWN, b"", SYN | ACK))
        self.seq[DOWN] += 1

    def say(self, up: bool, data: bytes) -> None:
        self.frames.append(self._frame(up, data, ACK))
        self.seq[up] += len(data)

    def _frame(self, up: bool, data: bytes, flags: int) -> bytes:
        return tcp_frame(data, self.seq[up], flags, up=up, ack=self.seq[not up], server_port=self.port)


def talk(name: str, port: int) -> Talk:
    made = Talk(port)
    for up, data in DIALOGUES[name]:
        made.say(up, data)
    return made


@pytest.mark.parametrize("port", [443, 8443, 3389, 25, 47_001])
@pytest.mark.parametrize("name", DIALOGUES)
def test_after_the_dialogue(name: str, port: int) -> None:
    made = talk(name, port)
    made.say(UP, HELLO)
    check(made.frames)


@pytest.mark.parametrize("cuts", [(1,), (5,), (200,), (3, 6, 90)])
@pytest.mark.parametrize("name", DIALOGUES)
def test_the_hello_in_pieces(name: str, cuts: tuple[int, ...]) -> None:
    made = talk(name, 8443)
    for start, end in zip((0, *cuts), (*cuts, len(HELLO)), strict=True):
        made.say(UP, HELLO[start:end])
    check(made.frames)


@pytest.mark.parametrize("name", DIALOGUES)
def test_the_hello_out_of_order(name: str) -> None:
    made = talk(name, 8443)
    made.say(UP, HELLO[:200])
    made.say(UP, HELLO[200:])
    made.frames[-2:] = made.frames[:-3:-1]
    check(made.frames)


@pytest.mark.parametrize("name", CLIENT_FIRST)
def test_all_in_one_segment(name: str) -> None:
    """A client that doesn't wait for the answer."""
    made = Talk(8443)
    made.say(UP, b"".join(data for up, data in DIALOGUES[name] if up) + HELLO)
    check(made.frames)


@pytest.mark.parametrize("name", [name for name in DIALOGUES if name.startswith(("proxy", "socks"))])
def test_a_request_behind_a_proxy(name: str) -> None:
    made = talk(name, 8080)
    made.say(UP, http_request("www.tumblr.com"))
    made.say(UP, http_request("i.tumblr.com"))
    seen, slices = read(evenly(made.frames))
    assert hosts(seen, "http") == ["www.tumblr.com", "i.tumblr.com"]
    assert {row.host for row in slices} == {"www.tumblr.com"}


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_capture_that_begins_in_the_dialogue(name: str) -> None:
    made = talk(name, 8443)
    made.say(UP, HELLO)
    for start in range(1, len(made.frames)):
        seen, _ = read(evenly(made.frames[start:]))
        assert hosts(seen, "tls") == [NAME]


def check(frames: list[bytes]) -> None:
    seen, slices = read(evenly(frames))
    assert hosts(seen, "tls") == [NAME]
    assert {(row.host, row.source) for row in slices} == {(NAME, "tls")}
    assert {row.client_port for row in slices} == {50_000}
