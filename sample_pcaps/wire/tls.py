"""Real TLS hellos and server flights, out of OpenSSL through memory BIOs; ECH extensions added by hand."""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from dataclasses import dataclass

from wire.certificate import server_context

ENCRYPTED_CLIENT_HELLO = 0xFE0D  # RFC 9849, 5: the extension; its outer form in 5.0.1


@dataclass(frozen=True)
class Handshake:
    hello: bytes  # the client's records up to and with the ClientHello
    flight: bytes  # what the server answers
    finish: bytes  # the client's second flight


def handshake(name: str | None, *, ech: bool = False) -> Handshake:
    """A TLS 1.3 handshake with a server called `name`; with `ech` the hello carries an ECH extension.

    With `ech` the extension's payload is random, as in GREASE; on the wire a real one can't be told from it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server, server_hostname=name)
    step(client)
    hello = to_server.read()
    if ech:
        hello = with_extension(hello, ENCRYPTED_CLIENT_HELLO, outer_ech())
    from_client, from_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context().wrap_bio(from_client, from_server, server_side=True)
    from_client.write(hello)
    step(server)
    flight = from_server.read()
    if ech:  # the transcripts differ, so the client's end is filled in: a change_cipher_spec and one record
        return Handshake(hello, flight, bytes.fromhex("140303000101") + application_data(69))
    to_client.write(flight)
    step(client)
    return Handshake(hello, flight, to_server.read())


def step(side: ssl.SSLObject) -> None:
    with suppress(ssl.SSLWantReadError):
        side.do_handshake()


def outer_ech() -> bytes:
    """ECHClientHello of type outer: HKDF-SHA256, AES-128-GCM, a config id, enc (32) and payload (208)."""
    return (
        bytes([0])
        + (1).to_bytes(2, "big")
        + (1).to_bytes(2, "big")
        + os.urandom(1)
        + (32).to_bytes(2, "big")
        + os.urandom(32)
        + (208).to_bytes(2, "big")
        + os.urandom(208)
    )


def with_extension(record: bytes, kind: int, body: bytes) -> bytes:
    """The ClientHello in `record` with one more extension, all lengths mended (RFC 8446, 4.1.2)."""
    hello = bytearray(record[9:])  # after record header (5) and handshake header (4)
    at = 2 + 32
    at += 1 + hello[at]  # legacy_session_id
    at += 2 + int.from_bytes(hello[at : at + 2], "big")  # cipher_suites
    at += 1 + hello[at]  # legacy_compression_methods
    extension = kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body
    total = int.from_bytes(hello[at : at + 2], "big") + len(extension)
    hello[at : at + 2] = total.to_bytes(2, "big")
    hello += extension
    message = b"\x01" + len(hello).to_bytes(3, "big") + bytes(hello)
    return record[:3] + len(message).to_bytes(2, "big") + message


def application_data(size: int) -> bytes:
    """Records of `size` bytes in all that look encrypted from outside; the filler packs well."""
    out = bytearray()
    while size > 0:
        body = max(1, min(size - 5, 16_384 + 17))
        out += b"\x17\x03\x03" + body.to_bytes(2, "big") + b"\xa5" * body
        size -= body + 5
    return bytes(out)


def clear_request(host: str, path: str = "/", filler: int = 0) -> bytes:
    """An HTTP/1.1 GET."""
    cookie = f"Cookie: filler={'a' * filler}\r\n" if filler else ""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: sample\r\n{cookie}\r\n".encode()


def clear_answer(size: int, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n\r\n".encode() + b"." * size
