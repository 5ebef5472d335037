"""Makes TLS ClientHellos for tests: real ones by OpenSSL, and odd ones by hand."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

HEADER = 5  # of a TLS record


def openssl_hello(name: str | None, alpn: Iterable[str] = ()) -> bytes:
    """The first bytes of a stream that OpenSSL's client sends: one or more records."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    out = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    raise AssertionError("a handshake without a server can't succeed")


def in_records(message: bytes, sizes: Iterable[int], minor: int = 1) -> bytes:
    """A handshake message in records of these sizes, the rest in one more."""
    stream, at = b"", 0
    for size in [*sizes, len(message)]:
        piece = message[at : at + size]
        at += len(piece)
        if piece:
            stream += bytes([22, 3, minor]) + len(piece).to_bytes(2) + piece
    return stream


def message(extensions: bytes, session: bytes = b"", version: int = 0x0303) -> bytes:
    """A ClientHello handshake message with these extensions."""
    body = version.to_bytes(2) + bytes(range(32)) + bytes([len(session)]) + session
    body += b"\x00\x04\x13\x01\x13\x02" + b"\x01\x00" + len(extensions).to_bytes(2) + extensions
    return b"\x01" + len(body).to_bytes(3) + body


def extension(number: int, data: bytes) -> bytes:
    return number.to_bytes(2) + len(data).to_bytes(2) + data


def server_name(name: bytes, kind: int = 0) -> bytes:
    entry = bytes([kind]) + len(name).to_bytes(2) + name
    return extension(0, len(entry).to_bytes(2) + entry)
