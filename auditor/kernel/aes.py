"""AES-128 encryption of one block (FIPS 197), by tables; keys of QUIC Initials are public, so time may tell."""

from __future__ import annotations

import numpy as np

from auditor.kernel.jit import compiled
from auditor.kernel.types import Buffer, Ints

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


SBOX = np.array(_substitution(), np.int64)
# a column of SubBytes and MixColumns for each byte value; the other three are its rotations
TABLE = np.array([_times(s, 2) << 24 | s << 16 | s << 8 | _times(s, 3) for s in SBOX.tolist()], np.int64)
ROUND_CONSTANT = np.array([1, 2, 4, 8, 16, 32, 64, 128, 27, 54], np.int64)


@compiled
def column(a: int, b: int, c: int, d: int) -> int:
    """One column of a round before the key is added, from the state's bytes in ShiftRows' order."""
    second, third, fourth = TABLE[b], TABLE[c], TABLE[d]
    return (
        TABLE[a]
        ^ (second >> 8 | (second & 0xFF) << 24)
        ^ (third >> 16 | (third & 0xFFFF) << 16)
        ^ (fourth >> 24 | (fourth & 0xFFFFFF) << 8)
    )


@compiled
def last_column(a: int, b: int, c: int, d: int) -> int:
    return SBOX[a] << 24 | SBOX[b] << 16 | SBOX[c] << 8 | SBOX[d]


@compiled
def expand_key(key: Buffer, words: Ints) -> None:
    """The key schedule of key[:16] to words[:44]."""
    for i in range(4):
        words[i] = (
            np.int64(key[4 * i]) << 24
            | np.int64(key[4 * i + 1]) << 16
            | np.int64(key[4 * i + 2]) << 8
            | np.int64(key[4 * i + 3])
        )
    for i in range(4, KEY_WORDS):
        word = words[i - 1]
        if i % 4 == 0:
            word = last_column(word >> 16 & 0xFF, word >> 8 & 0xFF, word & 0xFF, word >> 24)
            word ^= ROUND_CONSTANT[i // 4 - 1] << 24
        words[i] = words[i - 4] ^ word


@compiled
def encrypt(words: Ints, a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    """The block of four 32-bit words, encrypted under a key schedule."""
    a, b, c, d = a ^ words[0], b ^ words[1], c ^ words[2], d ^ words[3]
    for i in range(4, 4 * ROUNDS, 4):
        a, b, c, d = (
            column(a >> 24, b >> 16 & 0xFF, c >> 8 & 0xFF, d & 0xFF) ^ words[i],
            column(b >> 24, c >> 16 & 0xFF, d >> 8 & 0xFF, a & 0xFF) ^ words[i + 1],
            column(c >> 24, d >> 16 & 0xFF, a >> 8 & 0xFF, b & 0xFF) ^ words[i + 2],
            column(d >> 24, a >> 16 & 0xFF, b >> 8 & 0xFF, c & 0xFF) ^ words[i + 3],
        )
    return (
        last_column(a >> 24, b >> 16 & 0xFF, c >> 8 & 0xFF, d & 0xFF) ^ words[40],
        last_column(b >> 24, c >> 16 & 0xFF, d >> 8 & 0xFF, a & 0xFF) ^ words[41],
        last_column(c >> 24, d >> 16 & 0xFF, a >> 8 & 0xFF, b & 0xFF) ^ words[42],
        last_column(d >> 24, a >> 16 & 0xFF, b >> 8 & 0xFF, c & 0xFF) ^ words[43],
    )
