"""AES-128-GCM decryption with its tag checked (NIST SP 800-38D), a 4-bit table a key (Shoup)."""

from __future__ import annotations

import numpy as np

from auditor.kernel.aes import encrypt
from auditor.kernel.bytes import u8, u64
from auditor.kernel.jit import compiled
from auditor.kernel.types import Buffer, Words, Words32

TAG = 16  # bytes
NIBBLE = np.uint64(15)
ZERO, BYTE = np.uint32(0), np.uint64(255)
FOUR, EIGHT, THIRTY_TWO, SIXTY = np.uint64(4), np.uint64(8), np.uint64(32), np.uint64(60)


def _remainders() -> list[int]:
    """What four bits shifted out at the low end come back as, in the upper 16 bits."""
    found = []
    for bits in range(16):
        value = bits
        for _ in range(4):
            value = value >> 1 ^ (0xE100 << 112 if value & 1 else 0)
        found.append(value >> 112)
    return found


REMAINDER = np.array([number << 48 for number in _remainders()], np.uint64)


@compiled
def hash_table(words: Words32, table: Words) -> None:
    """Fills `table` (32 words: 16 upper halves, 16 lower) with the multiples of the hash key of a key schedule."""
    a, b, c, d = encrypt(words, ZERO, ZERO, ZERO, ZERO)
    high = np.uint64(a) << THIRTY_TWO | np.uint64(b)
    low = np.uint64(c) << THIRTY_TWO | np.uint64(d)
    table[0], table[16] = np.uint64(0), np.uint64(0)
    one, top = np.uint64(1), np.uint64(63)
    number = 8
    while number:
        table[number], table[16 + number] = high, low
        carry = low & one
        low = high << top | low >> one
        high = high >> one
        if carry:
            high ^= np.uint64(0xE1) << np.uint64(56)
        number >>= 1
    for number in (2, 4, 8):
        for other in range(1, number):
            table[number + other] = table[number] ^ table[other]
            table[16 + number + other] = table[16 + number] ^ table[16 + other]


@compiled
def multiply(table: Words, high: np.uint64, low: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The product of a block with the hash key."""
    up, down = np.uint64(0), np.uint64(0)
    for half in range(2):
        word = low if half == 0 else high
        for _ in range(16):
            rest = np.int64(down & NIBBLE)
            down = up << SIXTY | down >> FOUR
            up = up >> FOUR ^ REMAINDER[rest]
            nibble = np.int64(word & NIBBLE)
            up ^= table[nibble]
            down ^= table[16 + nibble]
            word >>= FOUR
    return up, down


@compiled
def hashed(
    table: Words, high: np.uint64, low: np.uint64, buf: Buffer, at: int, end: int
) -> tuple[np.uint64, np.uint64]:
    """GHASH gone on over buf[at:end], padded with zeros to whole blocks."""
    while at < end:
        if at + 16 <= end:
            high ^= u64(buf, at)
            low ^= u64(buf, at + 8)
        else:
            high ^= cut64(buf, at, end)
            low ^= cut64(buf, at + 8, end)
        high, low = multiply(table, high, low)
        at += 16
    return high, low


@compiled
def cut64(buf: Buffer, at: int, end: int) -> np.uint64:
    """Eight bytes as a number, zeros from `end` on."""
    word = np.uint64(0)
    for place in range(at, at + 8):
        word = word << EIGHT | np.uint64(u8(buf, place) if place < end else 0)
    return word


@compiled
def keystream(words: Words32, nonce: Words32, counter: int) -> tuple[np.uint64, np.uint64]:
    """The encrypted counter block, in two halves."""
    a, b, c, d = encrypt(words, nonce[0], nonce[1], nonce[2], np.uint32(counter))
    return np.uint64(a) << THIRTY_TWO | np.uint64(b), np.uint64(c) << THIRTY_TWO | np.uint64(d)


@compiled
def put64(buf: Buffer, at: int, word: np.uint64) -> None:
    for i in range(8):
        buf[at + i] = word >> np.uint64(56 - 8 * i) & BYTE


@compiled
def open_sealed(
    words: Words32, table: Words, nonce: Words32, header: Buffer, header_size: int, buf: Buffer, at: int, end: int,
    plain: Buffer,
) -> bool:  # fmt: skip
    """Decrypts buf[at:end], whose last TAG bytes are the tag, to `plain`; False where the tag is wrong.

    `nonce` is three 32-bit words, `header` what the tag covers besides. The caller has seen to it that all this
    lies in the arrays; `plain` has room for whole blocks of 16 bytes, what it holds behind the text is not told.
    """
    sealed = end - TAG
    zero = np.uint64(0)
    high, low = hashed(table, zero, zero, header, 0, header_size)
    high, low = hashed(table, high, low, buf, at, sealed)
    high ^= np.uint64(header_size * 8)
    low ^= np.uint64((sealed - at) * 8)
    high, low = multiply(table, high, low)
    up, down = keystream(words, nonce, 1)
    if high ^ up != u64(buf, sealed) or low ^ down != u64(buf, sealed + 8):
        return False
    counter = 2
    for start in range(at, sealed, 16):
        # behind the last block lies the tag, so that whole blocks can be read
        up, down = keystream(words, nonce, counter)
        put64(plain, start - at, up ^ u64(buf, start))
        put64(plain, start - at + 8, down ^ u64(buf, start + 8))
        counter += 1
    return True
