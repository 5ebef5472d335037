"""The TLS ClientHello: the name a client asks for, read from a stream or from bare handshake messages.

Records: RFC 8446, 5.1. ClientHello: 4.1.2. server_name: RFC 6066, 3. ALPN: RFC 7301, 3.1.
encrypted_client_hello: RFC 9849. Its forerunner encrypted_server_name: draft-ietf-tls-esni-06.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.decode.names import spell_host

RECORD_HANDSHAKE = 22
HANDSHAKE_CLIENT_HELLO = 1
MAX_RECORD = 16384 + 2048  # the largest of all versions (RFC 5246, 6.2.3)
MAX_HELLO = 65536

EXT_SERVER_NAME = 0
EXT_ALPN = 16
EXT_SUPPORTED_VERSIONS = 43
EXT_ENCRYPTED_CLIENT_HELLO = 0xFE0D
EXT_ENCRYPTED_SERVER_NAME = 0xFFCE

TLS_1_3 = 0x0304

# the header of a handshake record, then that of a ClientHello: what a hello in mid-stream begins with
_HELLO_START = re.compile(rb"\x16\x03[\x00-\x04][\x00-\x48].\x01\x00..\x03[\x00-\x04]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hello:
    """What one ClientHello says. A hello without a server name is still a hello."""

    sni: str  # the name asked for, "" where there is none
    ech: bool  # carries encrypted_client_hello, be it real or GREASE
    esni: bool  # carries encrypted_server_name, the draft before it
    alpn: tuple[str, ...]
    version: int  # the highest version offered: 0x0303 is TLS 1.2


@dataclass(frozen=True, slots=True)
class NeedMore:
    """So far it is a ClientHello, and not all of it is there."""

    wanted: int  # bytes from the start that are needed at least


def client_hello(stream: bytes, partial: bool = False) -> Hello | NeedMore | None:
    """The ClientHello at the start of a client's stream, over as many records as it takes.

    None where the stream starts with anything else. With `partial` (no more bytes will come) a name
    that is there already is given instead of NeedMore.
    """
    if stream and stream[0] & 0x80:
        return _sslv2_hello(stream)
    message = bytearray()
    at = 0
    while True:
        header = stream[at : at + 5]
        if not _may_be_handshake(header):
            return None
        end = at + 5 + int.from_bytes(header[3:5])
        message += stream[at + 5 : end]
        hello = _whole_hello(message)
        if not isinstance(hello, NeedMore):
            return hello
        if end >= len(stream):
            if partial:
                return _partial_hello(message)
            header_to_come = 5 if end == len(stream) else 5 - len(header)
            return NeedMore(len(stream) + header_to_come + hello.wanted - len(message))
        at = end


def handshake_hello(messages: bytes, partial: bool = False) -> Hello | NeedMore | None:
    """The ClientHello at the start of bare handshake messages, as QUIC's CRYPTO frames carry them."""
    hello = _whole_hello(messages)
    return _partial_hello(messages) if partial and isinstance(hello, NeedMore) else hello


def hello_start(stream: bytes, start: int = 0) -> int:
    """Where the first record that looks like a ClientHello begins, -1 where none does.

    For TLS that starts late in a stream: after STARTTLS, a proxy's CONNECT, SOCKS, the PROXY line.
    """
    found = _HELLO_START.search(stream, start)
    return found.start() if found else -1


def _may_be_handshake(header: bytes) -> bool:
    """Whether these bytes, or the first of them, are the header of a handshake record."""
    if not (b"\x16\x03".startswith(header[:2]) and header[2:3] <= b"\x04"):
        return False
    return len(header) < 5 or 0 < int.from_bytes(header[3:5]) <= MAX_RECORD


def _sslv2_hello(stream: bytes) -> Hello | NeedMore | None:
    """A hello in SSL 2's framing (RFC 5246, E.2), which has no extensions and so no name."""
    if stream[2:3] not in (b"", b"\x01"):
        return None
    if len(stream) < 11:
        return NeedMore(11)
    length = int.from_bytes(stream[:2]) & 0x7FFF
    version, ciphers, session, challenge = (int.from_bytes(stream[at : at + 2]) for at in (3, 5, 7, 9))
    sound = (
        version in (0x0002, 0x0300, 0x0301, 0x0302, 0x0303)
        and ciphers > 0
        and ciphers % 3 == 0
        and session in (0, 16)
        and 16 <= challenge <= 32
        and length == 9 + ciphers + session + challenge
    )
    return Hello("", ech=False, esni=False, alpn=(), version=version) if sound else None


def _whole_hello(message: bytes | bytearray) -> Hello | NeedMore | None:
    if message[:1] not in (b"", b"\x01"):
        return None
    if len(message) < 4:
        return NeedMore(4)
    end = 4 + int.from_bytes(message[1:4])
    if end > MAX_HELLO:
        return None
    return NeedMore(end) if len(message) < end else _body(bytes(message[4:end]))


def _partial_hello(message: bytes | bytearray) -> Hello | None:
    hello = _body(bytes(message[4:]))
    return hello if hello and hello.sni else None


def _body(body: bytes) -> Hello | None:
    """The fields of a ClientHello after its four-byte header; extensions as far as they are sound."""
    if len(body) < 38 or body[0] != 3 or body[34] > 32:  # version, random, session id
        return None
    at = 35 + body[34]
    suites = int.from_bytes(body[at : at + 2])
    at += 2 + suites
    if suites % 2 or at >= len(body):
        return None
    at += 1 + body[at]  # compression methods
    if at > len(body):
        return None
    extensions = _extensions(body, at + 2, at + 2 + int.from_bytes(body[at : at + 2]))
    return Hello(
        sni=_server_name(extensions.get(EXT_SERVER_NAME, b"")),
        ech=EXT_ENCRYPTED_CLIENT_HELLO in extensions,
        esni=EXT_ENCRYPTED_SERVER_NAME in extensions,
        alpn=_protocols(extensions.get(EXT_ALPN, b"")),
        version=_version(extensions.get(EXT_SUPPORTED_VERSIONS, b""), int.from_bytes(body[:2])),
    )


def _extensions(body: bytes, at: int, end: int) -> dict[int, bytes]:
    """Extensions by number; of two with the same number, which the RFC forbids, the first
    that is not empty, as in the kernel."""
    end = min(end, len(body))
    found: dict[int, bytes] = {}
    while at + 4 <= end:
        stop = at + 4 + int.from_bytes(body[at + 2 : at + 4])
        if stop > end:
            break
        number = int.from_bytes(body[at : at + 2])
        found[number] = found.get(number) or body[at + 4 : stop]
        at = stop
    return found


def _server_name(data: bytes) -> str:
    at = 2
    while at + 3 <= len(data):
        stop = at + 3 + int.from_bytes(data[at + 1 : at + 3])
        if stop > len(data):
            break
        if data[at] == 0:  # host_name, the only type there is
            return spell_host(data[at + 3 : stop])
        at = stop
    return ""


def _protocols(data: bytes) -> tuple[str, ...]:
    found: list[str] = []
    at = 2
    while at < len(data) and at + 1 + data[at] <= len(data):
        found.append(data[at + 1 : at + 1 + data[at]].decode("ascii", "backslashreplace"))
        at += 1 + data[at]
    return tuple(found)


def _version(data: bytes, legacy: int) -> int:
    """The highest version offered; drafts of TLS 1.3 (0x7fNN) count as 1.3, GREASE is passed over."""
    offered = {int.from_bytes(data[at : at + 2]) for at in range(1, len(data) - 1, 2)}
    known = {TLS_1_3 if number >> 8 == 0x7F else number for number in offered}
    return max((number for number in known if number >> 8 == 3 and number <= TLS_1_3), default=legacy)
