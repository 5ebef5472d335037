"""Real QUIC version 1 handshakes, out of aioquic: Initials that any observer can decrypt (RFC 9001, 5.2)."""

from __future__ import annotations

import os
from dataclasses import dataclass

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

from wire.certificate import key_and_certificate


@dataclass(frozen=True)
class QuicHandshake:
    first: list[bytes]  # the client's Initial datagrams
    flight: list[bytes]  # the server's answer
    finish: list[bytes]  # the client's second flight
    to_server: bytes  # connection id in packets to the server


def handshake(name: str, *, large: bool = False) -> QuicHandshake:
    """A handshake with `name`; `large` makes a hello that needs two Initials, as post-quantum keys do."""
    alpn = ["h3"] + [f"unused-protocol-{i:02d}-{'x' * 40}" for i in range(14 if large else 0)]
    client = QuicConnection(
        configuration=QuicConfiguration(is_client=True, server_name=name, alpn_protocols=alpn, verify_mode=0)
    )
    key, certificate = key_and_certificate()
    server_side = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
    server_side.private_key, server_side.certificate = key, certificate
    client.connect(("192.0.2.1", 443), now=0.0)
    first = datagrams(client, 0.0)
    server = QuicConnection(
        configuration=server_side,
        original_destination_connection_id=client.original_destination_connection_id,
    )
    for data in first:
        server.receive_datagram(data, ("192.0.2.2", 50000), now=0.02)
    flight = datagrams(server, 0.02)
    for data in flight:
        client.receive_datagram(data, ("192.0.2.1", 443), now=0.04)
    return QuicHandshake(first, flight, datagrams(client, 0.04), server.host_cid)


def datagrams(side: QuicConnection, now: float) -> list[bytes]:
    return [data for data, _ in side.datagrams_to_send(now)]


def short_packet(connection_id: bytes, size: int) -> bytes:
    """A 1-RTT datagram of `size` bytes (RFC 9000, 17.3.1); its protected part is filler, but no two are the same."""
    return (bytes([0x40 | os.urandom(1)[0] & 0x3F]) + connection_id + os.urandom(8)).ljust(size, b"\x5a")[
        :size
    ]
