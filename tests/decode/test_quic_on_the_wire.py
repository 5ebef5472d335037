"""QUIC connections as a sensor sees them: whatever order, splitting and connection ids their Initials come in."""

from __future__ import annotations

import itertools
import random

import pytest
from aioquic.quic.crypto import CryptoPair
from hellos import HEADER, openssl_hello
from initials import (
    HANDSHAKE,
    INITIAL,
    RETRY,
    V1,
    V2,
    ZERO_RTT,
    crypto_frame,
    initial,
    long_header,
    varint,
)
from made_captures import evenly
from made_packets import udp_frame
from made_readings import hosts, read

NAME = "www.instagram.com"
HELLO = openssl_hello(NAME)[HEADER:]
ID, SERVER_ID = b"\1" * 8, b"\2" * 8
WHOLE = crypto_frame(0, HELLO)


def pieces(count: int, overlap: int = 0) -> list[bytes]:
    edges = [len(HELLO) * at // count for at in range(count + 1)]
    return [crypto_frame(a, HELLO[a : b + overlap]) for a, b in itertools.pairwise(edges)]


FIRST, SECOND = pieces(2)


def up(payload: bytes) -> bytes:
    return udp_frame(payload, server_port=443)


def down(payload: bytes) -> bytes:
    return udp_frame(payload, up=False, server_port=443)


def sent(frames: bytes, connection_id: bytes = ID, **how: object) -> bytes:
    return up(initial(frames.ljust(1100, b"\0"), connection_id, **how))  # type: ignore[arg-type]


def servers_initial() -> bytes:
    frames = crypto_frame(0, b"\2" + bytes(80)).ljust(1100, b"\0")
    header = long_header(V1, INITIAL, b"", SERVER_ID) + varint(0) + varint(4 + len(frames) + 16, size=2)
    pair = CryptoPair()
    pair.setup_initial(cid=ID, is_client=False, version=V1)
    return down(bytes(pair.encrypt_packet(header + bytes(4), frames, 0)))


def unread(kind: int) -> bytes:
    """A packet whose keys nobody has."""
    return long_header(V1, kind, ID) + varint(60, size=2) + bytes(60)


RETRIED = down(long_header(V1, RETRY, b"", SERVER_ID) + b"token" + bytes(16))
NEGOTIATION = down(long_header(0, 0, b"", ID) + V1.to_bytes(4) + V2.to_bytes(4))
CONNECTIONS = {
    "server first": [servers_initial(), sent(WHOLE)],
    "server first, two Initials": [servers_initial(), sent(FIRST), servers_initial(), sent(SECOND, number=1)],
    "server between": [sent(FIRST), servers_initial(), sent(SECOND, number=1)],
    "version 2": [sent(FIRST, version=V2), sent(SECOND, version=V2, number=1)],
    "the server's id, the old keys": [sent(FIRST), sent(SECOND, SERVER_ID, keys_from=ID, number=1)],
    "retry": [
        sent(FIRST),
        RETRIED,
        sent(FIRST, SERVER_ID, token=b"t"),
        sent(SECOND, SERVER_ID, token=b"t", number=1),
    ],
    "retry, the attempt unseen": [RETRIED, sent(WHOLE, SERVER_ID, token=b"token")],
    "0-RTT first": [up(unread(ZERO_RTT)), sent(FIRST), up(unread(ZERO_RTT)), sent(SECOND, number=1)],
    "0-RTT coalesced before": [up(unread(ZERO_RTT) + initial(FIRST, ID)), sent(SECOND, number=1)],
    "0-RTT coalesced behind": [up(initial(FIRST, ID) + unread(ZERO_RTT)), sent(SECOND, number=1)],
    "handshake coalesced": [up(initial(WHOLE, ID) + unread(HANDSHAKE))],
    "two Initials coalesced": [up(initial(SECOND, ID, number=1) + initial(FIRST, ID))],
    "filled up behind": [up(initial(WHOLE, ID) + bytes(600))],
    "1-RTT behind": [up(initial(WHOLE, ID) + b"\x40" + bytes(range(90)))],
    "sent again": [sent(FIRST), sent(FIRST, number=1), sent(SECOND, number=2)],
    "another attempt": [sent(FIRST), sent(WHOLE, b"\7" * 8)],
    "pings": [sent(b"\1" + FIRST), sent(b"\1\0\0\1" + SECOND, number=1)],
}
FORCED = (0x0A0A0A0A, 0xFAAAFAAA, 0x1A2A3A4A)  # RFC 9000, 15


def check(frames: list[bytes]) -> None:
    for block in (1, 1 << 30):
        seen, slices = read(evenly(frames), block=block)
        assert hosts(seen, "quic") == [NAME]
        assert {(row.host, row.source, row.client_port) for row in slices} == {(NAME, "quic", 50_000)}


@pytest.mark.parametrize("what", CONNECTIONS)
def test_a_connection(what: str) -> None:
    check(CONNECTIONS[what])


@pytest.mark.parametrize("version", FORCED)
def test_forced_version_negotiation(version: int) -> None:
    forced = {"version": version, "keys_version": V1}
    check([sent(FIRST, **forced), sent(SECOND, number=1, **forced)])
    again = [sent(FIRST, SERVER_ID), sent(SECOND, SERVER_ID, number=1)]
    check([sent(FIRST, **forced), NEGOTIATION, *again])


@pytest.mark.parametrize("overlap", [0, 7])
@pytest.mark.parametrize("count", [5, 8, 15, 30])
def test_many_pieces(count: int, overlap: int) -> None:
    """In one datagram, in two, in as many as there are pieces; shuffled, every other first, backwards."""
    made = pieces(count, overlap)
    check([sent(b"".join(random.Random(count).sample(made, count)))])
    check([sent(b"".join(made[1::2])), sent(b"".join(made[::2]), number=1)])
    check([sent(piece, number=at) for at, piece in enumerate(made[::-1])])
