"""AES-128 encryption of one block (FIPS 197), by tables; keys of QUIC Initials are public, so time may tell.

The portable way; `native_gcm` has the same functions.
"""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u32
from auditor.kernel.jit import compiled
from auditor.kernel.types import Buffer, Words32

ROUNDS, KEY_WORDS = 10, 44


def _times(a: int, b: int) -> int:
    """Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def _substitution() -> list[int]:
    powers = [1]  # of the generator 3: an inverse is a power counted from the other end
    while len(powers) < 255:
        powers.append(_times(powers[-1], 3))
    inverses = {powers[i]: powers[-i % 255] for i in range(255)}
    box = []
    for number in range(256):
        inverse = bits = inverses.get(number, 0)
        for shift in range(1, 5):
            bits ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
        box.append(bits ^ 0x63)
    return box


SBOX = np.array(_substitution(), np.uint32)
# a column of SubBytes and MixColumns for each value of a row's byte
TABLE_0 = np.array([_times(s, 2) << 24 | s << 16 | s << 8 | _times(s, 3) for s in SBOX.tolist()], np.uint32)
TABLE_1, TABLE_2, TABLE_3 = (TABLE_0 >> by | TABLE_0 << 32 - by for by in (8, 16, 24))
ROUND_CONSTANT = np.array([1, 2, 4, 8, 16, 32, 64, 128, 27, 54], np.uint32)
BYTE, EIGHT, SIXTEEN, TWENTY_FOUR = np.uint32(255), np.uint32(8), np.uint32(16), np.uint32(24)


@compiled
def column(a: np.uint32, b: np.uint32, c: np.uint32, d: np.uint32, key: np.uint32) -> np.uint32:
    """One column of a round, from the words that ShiftRows takes its bytes of."""
    return np.uint32(
        TABLE_0[a >> TWENTY_FOUR]
        ^ TABLE_1[b >> SIXTEEN & BYTE]
        ^ TABLE_2[c >> EIGHT & BYTE]
        ^ TABLE_3[d & BYTE]
        ^ key
    )


@compiled
def last_column(a: np.uint32, b: np.uint32, c: np.uint32, d: np.uint32, key: np.uint32) -> np.uint32:
    """One column of the last round, which has no MixColumns."""
    upper = SBOX[a >> TWENTY_FOUR] << TWENTY_FOUR | SBOX[b >> SIXTEEN & BYTE] << SIXTEEN
    return np.uint32((upper | SBOX[c >> EIGHT & BYTE] << EIGHT | SBOX[d & BYTE]) ^ key)


@compiled
def expand_key(key: Buffer, words: Words32) -> None:
    """The key schedule of key[:16] to words[:44]."""
    for i in range(4):
        words[i] = np.uint32(u32(key, 4 * i))
    for i in range(4, KEY_WORDS):
        word = words[i - 1]
        if i % 4 == 0:
            turned = np.uint32(word << EIGHT | word >> TWENTY_FOUR)
            word = last_column(turned, turned, turned, turned, ROUND_CONSTANT[i // 4 - 1] << TWENTY_FOUR)
        words[i] = words[i - 4] ^ word


@compiled
def encrypt(
    words: Words32, a: np.uint32, b: np.uint32, c: np.uint32, d: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """The block of four 32-bit words, encrypted under a key schedule."""
    a, b, c, d = (
        np.uint32(a ^ words[0]), np.uint32(b ^ words[1]), np.uint32(c ^ words[2]), np.uint32(d ^ words[3]),
    )  # fmt: skip
    for i in range(4, 4 * ROUNDS, 4):
        a, b, c, d = (
            column(a, b, c, d, words[i]),
            column(b, c, d, a, words[i + 1]),
            column(c, d, a, b, words[i + 2]),
            column(d, a, b, c, words[i + 3]),
        )
    return (
        last_column(a, b, c, d, words[40]),
        last_column(b, c, d, a, words[41]),
        last_column(c, d, a, b, words[42]),
        last_column(d, a, b, c, words[43]),
    )


@compiled
def header_mask(words: Words32, buf: Buffer, at: int) -> int:
    """The first five bytes of the block at buf[at:], encrypted, as a number."""
    a, b, _, _ = encrypt(
        words, np.uint32(u32(buf, at)), np.uint32(u32(buf, at + 4)),
        np.uint32(u32(buf, at + 8)), np.uint32(u32(buf, at + 12)),
    )  # fmt: skip
    return np.int64(a) << 8 | np.int64(b >> TWENTY_FOUR)
