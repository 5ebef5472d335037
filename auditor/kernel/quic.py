"""Opens QUIC Initials of versions 1, 2 and draft 29 and puts their CRYPTO data in order (RFC 9000, 9001, 9369).

What is odd is left to plain Python: other versions, packets that no key opens, frames that may not be there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditor.kernel.aes import encrypt, expand_key
from auditor.kernel.bytes import u8, u24, u32
from auditor.kernel.gcm import TAG, hash_table, open_sealed
from auditor.kernel.jit import compiled
from auditor.kernel.pool import SLOT_BYTES, Pool, bytes_in_order, put_bytes
from auditor.kernel.sha256 import hmac, hmac_key
from auditor.kernel.types import Buffer, Ints, Words

VERSION_1, VERSION_2, DRAFT_29 = 1, 0x6B3343CF, 0xFF00001D
LONGEST_PACKET = 2048  # bytes of one Initial; a datagram of QUIC has about 1200
LONGEST_ID = 20
KEY_ROW, HASH_ROW = 96, 32  # words kept for a slot: two key schedules and the nonce; the tag's table
MORE, WHOLE, ODD = range(3)  # what became of a datagram

SALT_1 = np.frombuffer(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), np.uint8)
SALT_2 = np.frombuffer(bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), np.uint8)
SALT_29 = np.frombuffer(bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899"), np.uint8)


def _label(name: str, size: int) -> list[int]:
    """The info of HKDF-Expand-Label (RFC 8446, 7.1) with the counter that HKDF-Expand puts behind it."""
    text = b"tls13 " + name.encode()
    info = size.to_bytes(2, "big") + bytes([len(text)]) + text + b"\0" + b"\x01"
    return [len(info), *info.ljust(31, b"\0")]


CLIENT, KEY_1, IV_1, HP_1, KEY_2, IV_2, HP_2 = range(7)
SIZES = (("key", 16), ("iv", 12), ("hp", 16))
OF_KEYS = [_label(f"{kind} {name}", size) for kind in ("quic", "quicv2") for name, size in SIZES]
LABELS = np.array([_label("client in", 32), *OF_KEYS], np.uint8)


class Quic(NamedTuple):
    """Keys by slot of the pool, and working room."""

    version: Ints  # that the keys are of; 0 where there are none
    keys: Ints  # slots x KEY_ROW
    tables: Words  # slots x HASH_ROW
    states: Ints
    words: Ints
    block: Buffer
    secret: Buffer
    header: Buffer
    plain: Buffer


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
    for i in range(id_size):
        quic.secret[32 + i] = u8(buf, id_at + i)
    secret, states, words, block = quic.secret, quic.states, quic.words, quic.block
    salt = SALT_2 if version == VERSION_2 else SALT_29 if version == DRAFT_29 else SALT_1
    hmac_key(salt, len(salt), states, words, block)
    hmac(states, secret[32:], id_size, secret, words, block)  # the initial secret
    hmac_key(secret, 32, states, words, block)
    label(quic, CLIENT)
    hmac_key(secret[32:], 32, states, words, block)  # the client's
    first = KEY_2 if version == VERSION_2 else KEY_1
    keys = quic.keys[slot]
    label(quic, first)
    expand_key(secret[32:], keys)
    hash_table(keys, quic.tables[slot])
    label(quic, first + 1)
    for i in range(3):
        keys[88 + i] = u32(secret, 32 + 4 * i)
    label(quic, first + 2)
    expand_key(secret[32:], keys[44:])


@compiled
def label(quic: Quic, number: int) -> None:
    """HKDF-Expand-Label under the key of `quic.states`, to secret[32:64]."""
    row = LABELS[number]
    hmac(quic.states, row[1:], np.int64(row[0]), quic.secret[32:], quic.words, quic.block)


@compiled
def open_initial(quic: Quic, slot: int, buf: Buffer, at: int, number_at: int, end: int) -> int:
    """Takes the header protection off and decrypts to `quic.plain` (RFC 9001, 5.4); its length, or -1."""
    keys, header = quic.keys[slot], quic.header
    header_size = number_at - at
    if header_size + 4 > len(header):
        return -1
    sample = number_at + 4
    mask, mask_rest, _, _ = encrypt(
        keys[44:], u32(buf, sample), u32(buf, sample + 4), u32(buf, sample + 8), u32(buf, sample + 12)
    )
    for i in range(header_size):
        header[i] = u8(buf, at + i)
    header[0] = u8(buf, at) ^ (mask >> 24 & 0x0F)
    number_size = (int(header[0]) & 3) + 1
    number = np.int64(0)
    for i in range(number_size):
        bits = mask >> (16 - 8 * i) & 0xFF if i < 3 else mask_rest >> 24
        header[header_size + i] = u8(buf, number_at + i) ^ bits
        number = number << 8 | np.int64(header[header_size + i])
    nonce = quic.states
    nonce[0], nonce[1], nonce[2] = keys[88], keys[89], keys[90] ^ number
    start = number_at + number_size
    if end - start < TAG:
        return -1
    table = quic.tables[slot]
    sound = open_sealed(keys, table, nonce, header, header_size + number_size, buf, start, end, quic.plain)
    return end - TAG - start if sound else -1


@compiled
def take_frames(plain: Buffer, end: int, pool: Pool, slot: int, now_ns: int) -> bool:
    """Puts the CRYPTO frames of a decrypted Initial into the slot; False for a frame that may not be there."""
    at = 0
    while at < end:
        kind = u8(plain, at)
        at += 1
        if kind <= 1:  # PADDING, PING
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
