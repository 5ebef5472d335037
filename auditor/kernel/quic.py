"""Opens QUIC Initials of versions 1, 2 and draft 29 and puts their CRYPTO data in order (RFC 9000, 9001, 9369).

What is odd is left to plain Python: other versions, packets that no key opens, frames that may not be there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditor.kernel import aes, gcm, sha256
from auditor.kernel.bytes import u8, u24, u32
from auditor.kernel.jit import compiled, entry, late
from auditor.kernel.pool import SLOT_BYTES, Pool, bytes_in_order, put_bytes
from auditor.kernel.processor import HAS_AES, HAS_SHA
from auditor.kernel.types import Buffer, Ints, Words, Words32

# the processor's own instructions where it has them
if HAS_SHA:
    hmac_key, derive = (late("native_sha256", name) for name in ("hmac_key", "derive"))
else:
    hmac_key, derive = sha256.hmac_key, sha256.derive
if HAS_AES:
    expand_key, header_mask = (late("native_gcm", name) for name in ("expand_key", "header_mask"))
    hash_table, open_sealed = (late("native_gcm", name) for name in ("hash_table", "open_sealed"))
else:
    expand_key, header_mask = aes.expand_key, aes.header_mask
    hash_table, open_sealed = gcm.hash_table, gcm.open_sealed
TAG = gcm.TAG

VERSION_1, VERSION_2, DRAFT_29 = 1, 0x6B3343CF, 0xFF00001D
LONGEST_PACKET = 2048  # bytes of one Initial; a datagram of QUIC has about 1200
LONGEST_ID = 20
STRIDE = 64  # bytes of padding passed over at once
KEY_ROW, HASH_ROW = 92, 32  # words kept for a slot: two key schedules and the nonce; the tag's table
NONCE = 2 * aes.KEY_WORDS
MORE, WHOLE, ODD = range(3)  # what became of a datagram

SALTS = np.frombuffer(
    bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a").ljust(32, b"\0")  # version 1
    + bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9").ljust(32, b"\0")  # version 2
    + bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899").ljust(32, b"\0"),  # draft 29
    np.uint8,
)
SALT_SIZE = 32  # bytes: with the zeros that HMAC puts behind a short key
SALT_WORDS = 3 * sha256.STATES


def _label(name: str, size: int) -> bytes:
    """The info of HKDF-Expand-Label (RFC 8446, 7.1) with the counter that HKDF-Expand puts behind it, as a block."""
    text = b"tls13 " + name.encode()
    return sha256.padded(size.to_bytes(2, "big") + bytes([len(text)]) + text + b"\0" + b"\x01")


def _labels(prefix: str) -> bytes:
    keys = _label(f"{prefix} key", 16) + _label(f"{prefix} iv", 12) + _label(f"{prefix} hp", 16)
    return _label("client in", 32) + keys


LABELS = np.array([list(_labels("quic")), list(_labels("quicv2"))], np.uint8)


class Quic(NamedTuple):
    """Keys by slot of the pool, and working room."""

    version: Ints  # that the keys are of; 0 where there are none
    keys: Words32  # slots x KEY_ROW
    tables: Words  # slots x HASH_ROW
    salts: Words32  # what each of SALTS makes of a digest, see `prepare`
    room: Words32
    nonce: Words32
    block: Buffer
    secret: Buffer
    header: Buffer
    plain: Buffer


@entry
def prepare(quic: Quic) -> None:
    """Works out once what all connections have in common."""
    for i in range(len(SALTS) // SALT_SIZE):
        states = quic.salts[sha256.STATES * i : sha256.STATES * (i + 1)]
        hmac_key(SALTS[SALT_SIZE * i : SALT_SIZE * (i + 1)], states, quic.room)


@compiled
def is_read_here(version: int) -> bool:
    return version == VERSION_1 or version == VERSION_2 or version == DRAFT_29


@compiled
def read_datagram(quic: Quic, pool: Pool, slot: int, buf: Buffer, at: int, end: int, now_ns: int) -> int:
    """Reads the Initials of a datagram into the slot; WHOLE once a ClientHello is there from the slot's start."""
    opened = 0
    while at + 7 < end and u8(buf, at) & 0x80:
        version = u32(buf, at + 1)
        place = at + 5
        id_at, id_size = place + 1, u8(buf, place)
        place = id_at + id_size
        if not is_read_here(version) or id_size > LONGEST_ID or place >= end:
            break
        place += 1 + u8(buf, place)
        kind = u8(buf, at) >> 4 & 3
        if kind == (1 if version == VERSION_2 else 0):
            size, place = varint(buf, place, end)
            place += size
            if size < 0 or place >= end:
                return ODD
            size, place = varint(buf, place, end)
            if size < 4 + TAG or size > LONGEST_PACKET or place + size > end:
                return ODD
            length = -1
            if (
                quic.version[slot] == version
            ):  # the first id's keys go on, though the client takes up the server's
                length = open_initial(quic, slot, buf, at, place, place + size)
            if length < 0:
                make_keys(quic, slot, version, buf, id_at, id_size)
                length = open_initial(quic, slot, buf, at, place, place + size)
            if length < 0 or not take_frames(quic.plain, length, pool, slot, now_ns):
                return ODD
            opened += 1
            at = place + size
        elif kind == (2 if version == VERSION_2 else 1):  # 0-RTT, to be passed over
            size, place = varint(buf, place, end)
            if size < 0:
                break
            at = place + size
        else:
            break
    if opened == 0:
        return ODD
    return hello_state(pool, slot)


@compiled
def hello_state(pool: Pool, slot: int) -> int:
    there, start = bytes_in_order(pool, slot), slot * SLOT_BYTES
    if there < 4:
        return MORE
    if u8(pool.data, start) != 1 or u24(pool.data, start + 1) + 4 > SLOT_BYTES:
        return ODD
    return WHOLE if u24(pool.data, start + 1) + 4 <= there else MORE


@compiled
def varint(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """(value, offset behind) of a variable-length integer (RFC 9000, 16); the value is -1 where it is cut."""
    if at >= end:
        return -1, at
    first = u8(buf, at)
    size = 1 << (first >> 6)
    if at + size > end:
        return -1, at
    value = first & 0x3F
    for i in range(1, size):
        value = value << 8 | u8(buf, at + i)
    return value, at + size


@compiled
def make_keys(quic: Quic, slot: int, version: int, buf: Buffer, id_at: int, id_size: int) -> None:
    """The client's Initial keys of a connection id (RFC 9001, 5.2)."""
    quic.version[slot] = version
    secret, block, keys = quic.secret, quic.block, quic.keys[slot]
    for i in range(id_size):
        block[i] = u8(buf, id_at + i)
    block[id_size] = 0x80
    for i in range(id_size + 1, sha256.BLOCK):
        block[i] = 0
    bits = (sha256.BLOCK + id_size) * 8
    block[62], block[63] = bits >> 8, bits & 0xFF
    salt = sha256.STATES * (1 if version == VERSION_2 else 2 if version == DRAFT_29 else 0)
    labels = LABELS[1 if version == VERSION_2 else 0]
    derive(quic.salts[salt : salt + sha256.STATES], block, labels, secret, quic.room)
    expand_key(secret, keys)
    hash_table(keys, quic.tables[slot])
    for i in range(3):
        keys[NONCE + i] = np.uint32(u32(secret, sha256.DIGEST + 4 * i))
    expand_key(secret[2 * sha256.DIGEST :], keys[aes.KEY_WORDS :])


@compiled
def open_initial(quic: Quic, slot: int, buf: Buffer, at: int, number_at: int, end: int) -> int:
    """Takes the header protection off and decrypts to `quic.plain` (RFC 9001, 5.4); its length, or -1."""
    keys, header = quic.keys[slot], quic.header
    header_size = number_at - at
    if header_size + 4 > len(header):
        return -1
    mask = header_mask(keys[aes.KEY_WORDS :], buf, number_at + 4)
    for i in range(header_size):
        header[i] = u8(buf, at + i)
    header[0] = u8(buf, at) ^ (mask >> 32 & 0x0F)
    number_size = (np.int64(header[0]) & 3) + 1
    number = np.int64(0)
    for i in range(number_size):
        header[header_size + i] = u8(buf, number_at + i) ^ (mask >> (24 - 8 * i) & 0xFF)
        number = number << 8 | np.int64(header[header_size + i])
    nonce = quic.nonce
    nonce[0], nonce[1] = keys[NONCE], keys[NONCE + 1]
    nonce[2] = keys[NONCE + 2] ^ np.uint32(number)
    start = number_at + number_size
    if end - start < TAG:
        return -1
    table = quic.tables[slot]
    sound = open_sealed(keys, table, nonce, header, header_size + number_size, buf, start, end, quic.plain)
    return end - TAG - start if sound else -1


@compiled
def is_padding(part: Buffer) -> bool:
    """Whether all STRIDE bytes are zeros; without an early end the compiler looks at many at once."""
    found = np.uint8(0)
    for i in range(STRIDE):
        found = np.uint8(found | part[i])
    return found == 0


@compiled
def take_frames(plain: Buffer, end: int, pool: Pool, slot: int, now_ns: int) -> bool:
    """Puts the CRYPTO frames of a decrypted Initial into the slot; False for a frame that may not be there."""
    at = 0
    while at < end:
        kind = u8(plain, at)
        at += 1
        if kind == 0:  # PADDING
            while at + STRIDE <= end and is_padding(plain[at : at + STRIDE]):
                at += STRIDE
            continue
        if kind == 1:  # PING
            continue
        if kind == 6:
            offset, at = varint(plain, at, end)
            size, at = varint(plain, at, end)
            if offset < 0 or size < 0 or at + size > end:
                return False
            if not put_bytes(pool, slot, offset, plain, at, at + size, now_ns):
                return False
            at += size
        elif kind == 2 or kind == 3:  # ACK: largest, delay, ranges, first range, then pairs; counts of ECN
            count = 0
            for i in range(4):
                value, at = varint(plain, at, end)
                if value < 0:
                    return False
                count = value if i == 2 else count
            for _ in range(min(2 * count, 512) + (3 if kind == 3 else 0)):
                value, at = varint(plain, at, end)
                if value < 0:
                    return False
        else:
            return False
    return True
