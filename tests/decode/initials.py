"""Makes QUIC Initials for tests: aioquic builds and protects them."""

from __future__ import annotations

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.crypto import CryptoPair

V1, V2 = 0x00000001, 0x6B3343CF
INITIAL, ZERO_RTT, HANDSHAKE, RETRY = 0, 1, 2, 3  # as in version 1


def client_datagrams(name: str | None, version: int = V1, alpn: tuple[str, ...] = ("h3",)) -> list[bytes]:
    """What aioquic's client sends first."""
    configuration = QuicConfiguration(
        is_client=True, server_name=name, alpn_protocols=list(alpn),
        original_version=version, supported_versions=[version],
    )  # fmt: skip
    connection = QuicConnection(configuration=configuration)
    connection.connect(("192.0.2.1", 443), now=0.0)
    return [datagram for datagram, _ in connection.datagrams_to_send(now=0.0)]


def varint(value: int, size: int = 0) -> bytes:
    bits = {1: 0, 2: 1, 4: 2, 8: 3}
    size = size or next(size for size in bits if value < 1 << 8 * size - 2)
    return (bits[size] << 8 * size - 2 | value).to_bytes(size)


def crypto_frame(offset: int, data: bytes) -> bytes:
    return b"\x06" + varint(offset) + varint(len(data)) + data


def long_header(version: int, kind: int, connection_id: bytes, source_id: bytes = b"") -> bytes:
    kind_bits = (kind + (version == V2)) % 4
    first = bytes([0xC0 | kind_bits << 4 | 3])  # a packet number of four bytes
    ids = bytes([len(connection_id)]) + connection_id + bytes([len(source_id)]) + source_id
    return first + version.to_bytes(4) + ids


def initial(
    frames: bytes,
    connection_id: bytes,
    keys_from: bytes | None = None,
    version: int = V1,
    number: int = 0,
    token: bytes = b"",
    keys_version: int = 0,
) -> bytes:
    """One protected Initial; `keys_from` where its keys come from another ID than it carries."""
    frames = frames.ljust(20, b"\0")
    header = long_header(version, INITIAL, connection_id) + varint(len(token)) + token
    header += varint(4 + len(frames) + 16, size=2) + number.to_bytes(4)
    pair = CryptoPair()
    cid = connection_id if keys_from is None else keys_from
    pair.setup_initial(cid=cid, is_client=True, version=keys_version or version)
    return bytes(pair.encrypt_packet(header, frames, number))
