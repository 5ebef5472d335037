"""SHA-256 and HMAC of short messages (FIPS 180-4, RFC 2104), for the keys of QUIC Initials."""

from __future__ import annotations

import numpy as np

from auditor.kernel.jit import compiled
from auditor.kernel.types import Buffer, Ints

BLOCK, DIGEST = 64, 32  # bytes
LONGEST_MESSAGE = 55  # bytes: with its padding it fills one block


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _root_bits(number: int, root: int) -> int:
    """The first 32 bits of the fraction of a square (2) or cube (3) root."""
    scaled, low, high = number << (32 * root), 0, 1 << 40
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**root <= scaled else (low, middle - 1)
    return low & 0xFFFFFFFF


INITIAL = np.array([_root_bits(prime, 2) for prime in _primes(8)], np.int64)
ROUND = np.array([_root_bits(prime, 3) for prime in _primes(64)], np.int64)


@compiled
def rotated(word: int, by: int) -> int:
    return ((word >> by) | (word << (32 - by))) & 0xFFFFFFFF


@compiled
def compress(digest: Ints, words: Ints, block: Buffer) -> None:
    """Works the 64 bytes of `block` into the eight words of `digest`; `words` has room for 64 or more."""
    for i in range(16):
        words[i] = (
            (np.int64(block[4 * i]) << 24)
            | (np.int64(block[4 * i + 1]) << 16)
            | (np.int64(block[4 * i + 2]) << 8)
            | np.int64(block[4 * i + 3])
        )
    for i in range(16, 64):
        first, second = words[i - 15], words[i - 2]
        small = rotated(first, 7) ^ rotated(first, 18) ^ (first >> 3)
        large = rotated(second, 17) ^ rotated(second, 19) ^ (second >> 10)
        words[i] = (words[i - 16] + small + words[i - 7] + large) & 0xFFFFFFFF
    a, b, c, d, e, f, g, h = (
        digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
    )  # fmt: skip
    for i in range(64):
        mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        chosen = (e & f) ^ (~e & 0xFFFFFFFF & g)
        first = h + mixed + chosen + ROUND[i] + words[i]
        second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
        h, g, f, e, d, c, b, a = (
            g, f, e, (d + first) & 0xFFFFFFFF, c, b, a, (first + second) & 0xFFFFFFFF,
        )  # fmt: skip
    for i, word in enumerate((a, b, c, d, e, f, g, h)):
        digest[i] = (digest[i] + word) & 0xFFFFFFFF


@compiled
def hmac_key(key: Buffer, size: int, states: Ints, words: Ints, block: Buffer) -> None:
    """What a key of at most 64 bytes makes of the inner and the outer digest, to states[:16]: once a key."""
    for outer in range(2):
        pad = 0x5C if outer else 0x36
        for i in range(BLOCK):
            block[i] = (np.int64(key[i]) if i < size else 0) ^ pad
        for i in range(8):
            words[64 + i] = INITIAL[i]
        compress(words[64:], words, block)
        for i in range(8):
            states[8 * outer + i] = words[64 + i]


@compiled
def hmac(states: Ints, message: Buffer, size: int, out: Buffer, words: Ints, block: Buffer) -> None:
    """HMAC-SHA256 of message[:size], at most LONGEST_MESSAGE bytes, to out[:32], under a key's states.

    `out` may be `message`; `words` and `block` are working room of 72 words and 64 bytes.
    """
    digest = words[64:]
    for i in range(BLOCK):
        block[i] = message[i] if i < size else 0
    for outer in range(2):
        length = DIGEST if outer else size
        for i in range(8):
            digest[i] = states[8 * outer + i]
        bits = (BLOCK + length) * 8  # the key's block went before
        block[length], block[62], block[63] = 0x80, bits >> 8, bits & 0xFF
        compress(digest, words, block)
        for i in range(BLOCK):
            block[i] = byte_of(digest, i) if i < DIGEST else 0
    for i in range(DIGEST):
        out[i] = block[i]


@compiled
def byte_of(words: Ints, number: int) -> int:
    """Byte `number` of 32-bit words in network order."""
    return (words[number >> 2] >> (24 - 8 * (number & 3))) & 0xFF
