"""The name table: each distinct host once, as bytes in an arena, found by a keyed hash.

A name is written at the arena's end, byte by byte and lower case, then kept or found to be there already.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auditor.kernel.bytes import u8, u16
from auditor.kernel.dtypes import NO_NAME
from auditor.kernel.jit import compiled, entry, wrapping
from auditor.kernel.types import Buffer, Ints

LONGEST = 255 * 4  # bytes of a written name: 255 octets (RFC 1035, 2.3.4), each spelt \DDD at worst
MOST_POINTERS = 127  # in one domain name: as many as it can have labels
DOT, BACKSLASH = 0x2E, 0x5C


class Names(NamedTuple):
    """`count[0]` names; name i is arena[offset[i] : offset[i + 1]]."""

    arena: Buffer
    offset: Ints
    buckets: Ints  # name id + 1, 0 where empty; the length is a power of two
    count: Ints  # type: ignore[assignment]
    key: npt.NDArray[np.uint64]  # one element, secret


@compiled
def put(names: Names, at: int, byte: int, inside_label: bool) -> int:
    """Writes a byte at arena[at], lower case; odd ones as in RFC 4343. Returns the next place."""
    arena = names.arena
    if 0x41 <= byte <= 0x5A:
        byte += 0x20
    elif byte <= 0x20 or byte >= 0x7F:
        arena[at] = BACKSLASH
        arena[at + 1] = 0x30 + byte // 100
        arena[at + 2] = 0x30 + byte // 10 % 10
        arena[at + 3] = 0x30 + byte % 10
        return at + 4
    elif byte == BACKSLASH or (inside_label and byte == DOT):
        arena[at] = BACKSLASH
        at += 1
    arena[at] = byte
    return at + 1


@wrapping
def digest_of(names: Names, start: int, end: int) -> np.uint64:
    """The keyed hash of arena[start:end]: FNV-1a's steps, with the high bits folded back."""
    digest = np.uint64(0xCBF29CE484222325) ^ names.key[0]
    for at in range(start, end):
        digest = (digest ^ np.uint64(names.arena[at])) * np.uint64(0x100000001B3)
        digest ^= digest >> np.uint64(29)
    return digest


@compiled
def keep(names: Names, end: int) -> int:
    """The id of the name written from the arena's end up to `end`; NO_NAME for an empty one."""
    number = names.count[0]
    start = names.offset[number]
    if end == start:
        return NO_NAME
    mask = len(names.buckets) - 1
    bucket = np.int64(digest_of(names, start, end) & np.uint64(mask))
    while names.buckets[bucket]:
        known = names.buckets[bucket] - 1
        if _same(names, known, start, end):
            return int(known)
        bucket = (bucket + 1) & mask
    names.buckets[bucket] = number + 1
    names.offset[number + 1] = end
    names.count[0] = number + 1
    return int(number)


@entry
def find_again(names: Names) -> None:
    """Fills empty buckets from the names in the arena, after the table grew."""
    mask = len(names.buckets) - 1
    for number in range(names.count[0]):
        digest = digest_of(names, names.offset[number], names.offset[number + 1])
        bucket = np.int64(digest & np.uint64(mask))
        while names.buckets[bucket]:
            bucket = (bucket + 1) & mask
        names.buckets[bucket] = number + 1


@compiled
def _same(names: Names, known: int, start: int, end: int) -> bool:
    first = names.offset[known]
    if names.offset[known + 1] - first != end - start:
        return False
    for at in range(end - start):
        if names.arena[first + at] != names.arena[start + at]:
            return False
    return True


@compiled
def is_name(names: Names, known: int, end: int) -> bool:
    """Whether the name written from the arena's end up to `end` is that of id `known`."""
    return _same(names, known, names.offset[names.count[0]], end)


@compiled
def text_name(names: Names, buf: Buffer, at: int, end: int) -> int:
    """The id of the host in buf[at:end], as in an SNI or a Host header, without a dot at its end; NO_NAME
    where it can't be one: empty, too long, blanks or control bytes."""
    while end > at and u8(buf, end - 1) == DOT:
        end -= 1
    if end - at > 255:
        return NO_NAME
    place = names.offset[names.count[0]]
    for i in range(at, end):
        byte = u8(buf, i)
        if byte <= 0x20 or byte == 0x7F:
            return NO_NAME
        place = put(names, place, byte, False)
    return keep(names, place)


@entry
def spelt_name(names: Names, text: Buffer) -> int:
    """The id of a name that is spelt already, as it stands; NO_NAME if too long or empty."""
    if len(text) > LONGEST:
        return NO_NAME
    place = names.offset[names.count[0]]
    for i in range(len(text)):
        names.arena[place + i] = text[i]
    return keep(names, place + len(text))


@compiled
def dns_name(names: Names, buf: Buffer, message: int, at: int, end: int) -> tuple[int, int]:
    """Writes the domain name at buf[at] of the message that starts at `message` (RFC 1035, 4.1.4).

    Returns (place behind it in the arena, offset behind it in the message), or (-1, 0) if it is unsound.
    Compression pointers must point backwards, so a loop can't be followed; and into the message, behind its header.
    """
    start = place = names.offset[names.count[0]]
    behind, octets, lowest, pointers = -1, 0, at, 0
    while at < end:
        length = u8(buf, at)
        if length == 0:
            return place, (at + 1 if behind < 0 else behind)
        if length >= 0xC0:
            if at + 2 > end:
                return -1, 0
            target = message + (u16(buf, at) & 0x3FFF)
            pointers += 1
            if target >= lowest or target < message + 12 or pointers > MOST_POINTERS:
                return -1, 0
            behind = at + 2 if behind < 0 else behind
            at = lowest = target
            continue
        octets += length + 1
        if length > 63 or octets > 254 or at + 1 + length > end:
            return -1, 0
        if place > start:
            names.arena[place] = DOT
            place += 1
        for i in range(at + 1, at + 1 + length):
            place = put(names, place, u8(buf, i), True)
        at += 1 + length
    return -1, 0


@compiled
def skip_dns_name(buf: Buffer, at: int, end: int) -> int:
    """The offset behind the domain name at buf[at], or -1."""
    while at < end:
        length = u8(buf, at)
        if length == 0:
            return at + 1
        if length >= 0xC0:
            return at + 2 if at + 2 <= end else -1
        if length > 63:
            return -1
        at += 1 + length
    return -1
