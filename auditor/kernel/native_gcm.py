"""The same as `aes` and `gcm`, by the processor's instructions for them.

Round keys lie in memory as FIPS 197 has them. The hash is that of POLYVAL (RFC 8452, appendix A): with the bytes
of all blocks reversed and the key times x, a product needs no more than two folds to be reduced.
"""

from __future__ import annotations

import numpy as np

from auditor.kernel import aes, gcm
from auditor.kernel.jit import compiled
from auditor.kernel.native import (
    Vector,
    add32,
    aes_last_round,
    aes_round,
    both,
    halves,
    high_half,
    load,
    low_half,
    lower_from_upper,
    one_word_up,
    product_high,
    product_high_low,
    product_low,
    product_low_high,
    reversed_bytes,
    store,
    swapped_halves,
    turned_last_word,
    upper_from_lower,
    xor,
)
from auditor.kernel.types import Buffer, Words, Words32

TAG = gcm.TAG
ZERO, ONE, THIRTY_TWO, TOP = np.uint64(0), np.uint64(1), np.uint64(32), np.uint64(63)
FOLD = np.uint64(0xC2 << 56)  # x^127 + x^126 + x^121 of the modulus
POWERS = 4  # of the hash key, 16 bytes each
KEEP = np.array([255] * 16 + [0] * 16, np.uint8)


@compiled
def expand_key(key: Buffer, words: Words32) -> None:
    """The key schedule of key[:16] to words[:44]."""
    if len(key) < 16 or len(words) < aes.KEY_WORDS:
        return
    round_key = load(key, 0)
    store(words, 0, round_key)
    for i in range(aes.ROUNDS):
        constant = np.uint64(aes.ROUND_CONSTANT[i])
        constant |= constant << THIRTY_TWO
        # with all columns the same the last round is SubWord and an addition
        turned = aes_last_round(turned_last_word(round_key), halves(constant, constant))
        round_key = xor(round_key, one_word_up(round_key))
        round_key = xor(round_key, upper_from_lower(round_key))
        round_key = xor(round_key, turned)
        store(words, 16 * (i + 1), round_key)


@compiled
def encrypt(words: Words32, block: Vector) -> Vector:
    block = xor(block, load(words, 0))
    for i in range(1, aes.ROUNDS):
        block = aes_round(block, load(words, 16 * i))
    return aes_last_round(block, load(words, 16 * aes.ROUNDS))


@compiled
def header_mask(words: Words32, buf: Buffer, at: int) -> int:
    """The first five bytes of the block at buf[at:], encrypted, as a number."""
    if at < 0 or at > len(buf) - 16 or len(words) < aes.KEY_WORDS:
        return 0
    return np.int64(high_half(reversed_bytes(encrypt(words, load(buf, at)))) >> np.uint64(24))


@compiled
def reduced(low: Vector, middle: Vector, high: Vector) -> Vector:
    fold = halves(FOLD, ZERO)
    low = xor(low, upper_from_lower(middle))
    low = xor(swapped_halves(low), product_low(low, fold))
    low = xor(swapped_halves(low), product_low(low, fold))
    return xor(low, xor(high, lower_from_upper(middle)))


@compiled
def multiply(a: Vector, b: Vector) -> Vector:
    middle = xor(product_low_high(a, b), product_high_low(a, b))
    return reduced(product_low(a, b), middle, product_high(a, b))


@compiled
def hash_table(words: Words32, table: Words) -> None:
    """The hash key of a key schedule, times x, and its powers, to table[:8]."""
    if len(words) < aes.KEY_WORDS or len(table) < 2 * POWERS:
        return
    key = reversed_bytes(encrypt(words, halves(ZERO, ZERO)))
    low, high = low_half(key), high_half(key)
    carry = high >> TOP
    high = high << ONE | low >> TOP
    low = low << ONE | carry
    if carry:
        high ^= FOLD
    key = halves(low, high)
    power = key
    store(table, 0, key)
    for i in range(1, POWERS):
        power = multiply(power, key)
        store(table, 16 * i, power)


@compiled
def piece(buf: Buffer, at: int, end: int) -> Vector:
    """The block at buf[at:], with zeros from `end` on."""
    found = load(buf, at)
    return both(found, load(KEEP, 16 - (end - at))) if end - at < 16 else found


@compiled
def is_room_enough(
    words: Words32, table: Words, nonce: Words32, header: Buffer, header_size: int, buf: Buffer, at: int, end: int,
    plain: Buffer,
) -> bool:  # fmt: skip
    """Whether all that `open_sealed` reads and writes, in blocks of 16 bytes, lies in its arrays."""
    # lengths are compared before anything is added: a sum could overflow
    if len(words) < aes.KEY_WORDS or len(table) < 2 * POWERS or len(nonce) < 3:
        return False
    if header_size < 0 or header_size > len(header) or rounded(header_size) > len(header):
        return False
    if end < TAG or end > len(buf) or at < 0 or at > end - TAG:
        return False
    return rounded(end - TAG - at) <= len(plain)


@compiled
def rounded(size: int) -> int:
    """Bytes of the whole blocks that so many bytes take up."""
    return (size + 15) & ~15


@compiled
def open_sealed(
    words: Words32, table: Words, nonce: Words32, header: Buffer, header_size: int, buf: Buffer, at: int, end: int,
    plain: Buffer,
) -> bool:  # fmt: skip
    """See `gcm.open_sealed`; here `plain` is written to before the tag is known to be right."""
    if not is_room_enough(words, table, nonce, header, header_size, buf, at, end, plain):
        return False
    sealed, key, zero = end - TAG, load(table, 0), halves(ZERO, ZERO)
    total = zero
    for place in range(0, header_size, 16):
        total = multiply(xor(total, reversed_bytes(piece(header, place, header_size))), key)
    first = halves(
        np.uint64(nonce[2]) << THIRTY_TWO | ONE, np.uint64(nonce[0]) << THIRTY_TWO | np.uint64(nonce[1])
    )
    step, counter, place = halves(ONE, ZERO), first, at
    while place + 64 <= sealed:
        total, counter = four_blocks(words, table, total, counter, buf, place, plain, place - at)
        place += 64
    while place < sealed:
        # behind the last block lies the tag, so that whole blocks can be read
        block = piece(buf, place, sealed)
        counter = add32(counter, step)
        store(plain, place - at, xor(block, encrypt(words, reversed_bytes(counter))))
        total = multiply(xor(total, reversed_bytes(block)), key)
        place += 16
    sizes = halves(np.uint64((sealed - at) * 8), np.uint64(header_size * 8))
    total = reversed_bytes(multiply(xor(total, sizes), key))
    wrong = xor(xor(total, encrypt(words, reversed_bytes(first))), load(buf, sealed))
    return low_half(wrong) | high_half(wrong) == ZERO


@compiled
def four_blocks(
    words: Words32, table: Words, total: Vector, counter: Vector, buf: Buffer, at: int, plain: Buffer, to: int
) -> tuple[Vector, Vector]:
    """Decrypts and hashes 64 bytes; the new hash and counter. Four at once keep the processor's pipeline full."""
    step = halves(ONE, ZERO)
    first = add32(counter, step)
    second = add32(first, step)
    third = add32(second, step)
    fourth = add32(third, step)
    round_key = load(words, 0)
    a, b = xor(reversed_bytes(first), round_key), xor(reversed_bytes(second), round_key)
    c, d = xor(reversed_bytes(third), round_key), xor(reversed_bytes(fourth), round_key)
    for i in range(1, aes.ROUNDS):
        round_key = load(words, 16 * i)
        a, b = aes_round(a, round_key), aes_round(b, round_key)
        c, d = aes_round(c, round_key), aes_round(d, round_key)
    round_key = load(words, 16 * aes.ROUNDS)
    low = middle = high = halves(ZERO, ZERO)
    for i in range(4):
        block = load(buf, at + 16 * i)
        mask = a if i == 0 else b if i == 1 else c if i == 2 else d
        store(plain, to + 16 * i, xor(block, aes_last_round(mask, round_key)))
        block, power = reversed_bytes(block), load(table, 48 - 16 * i)
        if i == 0:
            block = xor(block, total)
        low = xor(low, product_low(block, power))
        high = xor(high, product_high(block, power))
        middle = xor(middle, xor(product_low_high(block, power), product_high_low(block, power)))
    return reduced(low, middle, high), fourth
