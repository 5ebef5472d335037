"""SHA-256, HMAC and HKDF of short messages (FIPS 180-4, RFC 2104, RFC 5869), for the keys of QUIC Initials.

The portable way; `native_sha256` has the same functions.
"""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u32
from auditor.kernel.jit import compiled, wrapping
from auditor.kernel.types import Buffer, Words32

BLOCK, DIGEST = 64, 32  # bytes
LONGEST_MESSAGE = 55  # bytes: with its padding it fills one block
STATES = 16  # words: what a key makes of the inner and of the outer digest, once a key
ROOM = STATES + 64 + 8  # words of working room: states, the words of a block, a digest


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


INITIAL = np.array([_root_bits(prime, 2) for prime in _primes(8)], np.uint32)
ROUND = np.array([_root_bits(prime, 3) for prime in _primes(64)], np.uint32)


@wrapping
def rotated(word: np.uint32, by: int) -> np.uint32:
    return np.uint32(word >> np.uint32(by) | word << np.uint32(32 - by))


@wrapping
def compress(digest: Words32, words: Words32) -> None:
    """Works the block in words[:16] into the eight words of `digest`; `words` has room for 64."""
    for i in range(16, 64):
        first, second = words[i - 15], words[i - 2]
        small = rotated(first, 7) ^ rotated(first, 18) ^ first >> np.uint32(3)
        large = rotated(second, 17) ^ rotated(second, 19) ^ second >> np.uint32(10)
        words[i] = np.uint32(words[i - 16] + small + words[i - 7] + large)
    a, b, c, d, e, f, g, h = (
        digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
    )  # fmt: skip
    for i in range(64):
        mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        chosen = g ^ (e & (f ^ g))
        first = np.uint32(h + mixed + chosen + ROUND[i] + words[i])
        second = np.uint32((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) | (c & (a | b))))
        h, g, f, e, d, c, b, a = g, f, e, np.uint32(d + first), c, b, a, np.uint32(first + second)
    digest[0] = np.uint32(digest[0] + a)
    digest[1] = np.uint32(digest[1] + b)
    digest[2] = np.uint32(digest[2] + c)
    digest[3] = np.uint32(digest[3] + d)
    digest[4] = np.uint32(digest[4] + e)
    digest[5] = np.uint32(digest[5] + f)
    digest[6] = np.uint32(digest[6] + g)
    digest[7] = np.uint32(digest[7] + h)


@compiled
def words_of(buf: Buffer, at: int, count: int, words: Words32) -> None:
    """buf[at:] as 32-bit words in network order, to words[:count]."""
    for i in range(count):
        words[i] = np.uint32(u32(buf, at + 4 * i))


@wrapping
def key_states(key: Words32, states: Words32, words: Words32) -> None:
    """What a key of eight words makes of the inner and the outer digest, to states[:16]."""
    for outer in range(2):
        pad = np.uint32(0x5C5C5C5C if outer else 0x36363636)
        for i in range(16):
            words[i] = key[i] ^ pad if i < 8 else pad
        digest = states[8 * outer : 8 * outer + 8]
        for i in range(8):
            digest[i] = INITIAL[i]
        compress(digest, words)


@compiled
def hmac(states: Words32, block: Buffer, at: int, words: Words32, digest: Words32) -> None:
    """HMAC of a message that stands padded in block[at : at + 64], to digest[:8]."""
    words_of(block, at, 16, words)
    for outer in range(2):
        if outer:
            for i in range(16):
                words[i] = digest[i] if i < 8 else np.uint32(0)
            words[8], words[15] = np.uint32(1 << 31), np.uint32(8 * (BLOCK + DIGEST))
        for i in range(8):
            digest[i] = states[8 * outer + i]
        compress(digest, words)


@compiled
def hmac_key(key: Buffer, states: Words32, room: Words32) -> None:
    """What key[:32] makes of the inner and the outer digest, to states[:16]; a shorter one has zeros behind it."""
    digest = room[STATES + 64 :]
    words_of(key, 0, 8, digest)
    key_states(digest, states, room[STATES:])


@compiled
def derive(states: Words32, block: Buffer, labels: Buffer, out: Buffer, room: Words32) -> None:
    """Key, IV and header key of a QUIC Initial (RFC 9001, 5.2), 32 bytes each, to out[:96].

    `states` are those of the salt; block[:64] is the connection id, labels[:256] the infos of the client's secret
    and of the three, each padded as `padded` does it.
    """
    kept, words, digest = room[:STATES], room[STATES : STATES + 64], room[STATES + 64 :]
    hmac(states, block, 0, words, digest)
    key_states(digest, kept, words)
    hmac(kept, labels, 0, words, digest)
    key_states(digest, kept, words)
    for i in range(3):
        hmac(kept, labels, BLOCK * (i + 1), words, digest)
        for place in range(DIGEST):
            out[DIGEST * i + place] = digest[place >> 2] >> np.uint32(24 - 8 * (place & 3)) & np.uint32(255)


def padded(message: bytes) -> bytes:
    """A message of at most LONGEST_MESSAGE bytes as the block that HMAC's inner digest takes in after the key's."""
    return (message + b"\x80").ljust(BLOCK - 8, b"\0") + (8 * (BLOCK + len(message))).to_bytes(8, "big")
