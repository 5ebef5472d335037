"""The same as `sha256`, by the processor's instructions for it."""

from __future__ import annotations

import numpy as np

from auditor.kernel import sha256
from auditor.kernel.jit import compiled
from auditor.kernel.native import (
    Vector,
    abcd_of,
    add32,
    efgh_of,
    halves,
    last_three_and_first,
    load,
    lower_from_upper,
    network_words,
    sha_message_1,
    sha_message_2,
    sha_rounds,
    store,
    xor,
)
from auditor.kernel.types import Buffer, Words32

INITIAL = sha256.INITIAL[[5, 4, 1, 0, 7, 6, 3, 2]]  # in the order of the instructions
ROUND = sha256.ROUND
INNER, OUTER = np.uint64(0x3636363636363636), np.uint64(0x5C5C5C5C5C5C5C5C)
END_OF_DIGEST = np.array([1 << 31, 0, 0, 0, 0, 0, 0, 8 * (sha256.BLOCK + sha256.DIGEST)], np.uint32)


@compiled
def compress(abef: Vector, cdgh: Vector, a: Vector, b: Vector, c: Vector, d: Vector) -> tuple[Vector, Vector]:
    """Works a block, sixteen words in order, into a digest (Intel, "SHA Extensions", 2013)."""
    first, second = abef, cdgh
    for i in range(16):
        sums = add32(a, load(ROUND, 16 * i))
        second = sha_rounds(second, first, sums)
        first = sha_rounds(first, second, lower_from_upper(sums))
        fresh = sha_message_2(add32(sha_message_1(a, b), last_three_and_first(c, d)), d)
        a, b, c, d = b, c, d, fresh
    return add32(abef, first), add32(cdgh, second)


@compiled
def key_states(abcd: Vector, efgh: Vector, states: Words32) -> None:
    """What a key of 32 bytes, as words, makes of the inner and the outer digest, to states[:16]."""
    abef, cdgh = load(INITIAL, 0), load(INITIAL, 16)
    for outer in range(2):
        byte = OUTER if outer else INNER
        pad = halves(byte, byte)
        first, second = compress(abef, cdgh, xor(abcd, pad), xor(efgh, pad), pad, pad)
        store(states, 32 * outer, first)
        store(states, 32 * outer + 16, second)


@compiled
def hmac(states: Words32, block: Buffer, at: int) -> tuple[Vector, Vector]:
    """HMAC of a message that stands padded in block[at : at + 64]; its words."""
    first, second = compress(
        load(states, 0), load(states, 16),
        network_words(load(block, at)), network_words(load(block, at + 16)),
        network_words(load(block, at + 32)), network_words(load(block, at + 48)),
    )  # fmt: skip
    first, second = compress(
        load(states, 32), load(states, 48), abcd_of(first, second), efgh_of(first, second),
        load(END_OF_DIGEST, 0), load(END_OF_DIGEST, 16),
    )  # fmt: skip
    return abcd_of(first, second), efgh_of(first, second)


@compiled
def hmac_key(key: Buffer, states: Words32, _room: Words32) -> None:
    """See `sha256.hmac_key`."""
    if len(key) >= sha256.DIGEST and len(states) >= sha256.STATES:
        key_states(network_words(load(key, 0)), network_words(load(key, 16)), states)


@compiled
def derive(states: Words32, block: Buffer, labels: Buffer, out: Buffer, room: Words32) -> None:
    """See `sha256.derive`."""
    if (
        len(states) < sha256.STATES or len(block) < sha256.BLOCK or len(labels) < 4 * sha256.BLOCK
        or len(out) < 3 * sha256.DIGEST or len(room) < sha256.ROOM
    ):  # fmt: skip
        return
    abcd, efgh = hmac(states, block, 0)
    key_states(abcd, efgh, room)
    abcd, efgh = hmac(room, labels, 0)
    key_states(abcd, efgh, room)
    for i in range(3):
        abcd, efgh = hmac(room, labels, sha256.BLOCK * (i + 1))
        store(out, sha256.DIGEST * i, network_words(abcd))
        store(out, sha256.DIGEST * i + 16, network_words(efgh))
