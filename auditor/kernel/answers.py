"""What clients were told by DNS: a table of (client, server address) -> names, filled and asked in bulk.

Rows are only added; whoever owns the table starts a new one when it is full and keeps the old one a while.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auditor.kernel.jit import compiled, entry
from auditor.kernel.table import mix
from auditor.kernel.types import Ints, Records

MOST_CANDIDATES = 8  # names of one client and address that are looked at, the latest ones

ANSWER = np.dtype(
    [
        ("client_hi", "u8"),
        ("client_lo", "u8"),
        ("server_hi", "u8"),
        ("server_lo", "u8"),
        ("seen_ns", "i8"),  # when the name was first told
        ("told_ns", "i8"),  # when it was last told
        ("until_ns", "i8"),  # when its TTL ends
        ("frame", "i8"),  # of the first telling
        ("capture", "i4"),
        ("host", "i4"),  # a number of the owner's
        ("before", "i4"),  # row of the same client and address that was added before, or -1
    ],
    align=True,
)


class Answers(NamedTuple):
    """Rows of dtype ANSWER; `buckets` hold row + 1, 0 where empty, and are a power of two long."""

    rows: Records
    buckets: Ints
    count: Ints  # type: ignore[assignment]
    key: npt.NDArray[np.uint64]  # two elements, secret


@compiled
def find_bucket(
    answers: Answers, client_hi: np.uint64, client_lo: np.uint64, server_hi: np.uint64, server_lo: np.uint64
) -> int:
    """The bucket of a client and an address: theirs, or the free one where it would be."""
    digest = mix(answers.key[0], client_lo)
    digest = mix(digest, server_lo ^ answers.key[1])
    digest = mix(mix(digest, client_hi), server_hi)
    mask = len(answers.buckets) - 1
    bucket = np.int64(digest & np.uint64(mask))
    while answers.buckets[bucket]:
        row = answers.rows[answers.buckets[bucket] - 1]
        if (
            row.client_lo == client_lo
            and row.server_lo == server_lo
            and row.client_hi == client_hi
            and row.server_hi == server_hi
        ):
            break
        bucket = (bucket + 1) & mask
    return bucket


@entry
def add_answers(
    answers: Answers, sightings: Records, hosts: Ints, capture: int, grace_ns: int, start: int
) -> int:
    """Adds sightings from number `start` on; returns the number of the first for which there is no room.

    A name that is told again while it is still good goes on from its first time: a flow that began before the
    second time may be looked up later.
    """
    for number in range(start, len(sightings)):
        if answers.count[0] == len(answers.rows):
            return number
        seen = sightings[number]
        until_ns = seen.time_ns + np.int64(seen.ttl_s) * 1_000_000_000
        bucket = find_bucket(answers, seen.client_hi, seen.client_lo, seen.ip_hi, seen.ip_lo)
        newest = answers.buckets[bucket] - 1
        place = newest
        for _ in range(MOST_CANDIDATES):
            if place < 0 or is_good(answers, place, hosts[number], seen.time_ns, grace_ns):
                break
            place = np.int64(answers.rows[place].before)
        if place >= 0 and is_good(answers, place, hosts[number], seen.time_ns, grace_ns):
            known = answers.rows[place]
            known.until_ns = max(known.until_ns, until_ns)
            known.told_ns = seen.time_ns
            continue
        place = answers.count[0]
        answers.count[0] = place + 1
        answers.buckets[bucket] = place + 1
        row = answers.rows[place]
        row.client_hi, row.client_lo = seen.client_hi, seen.client_lo
        row.server_hi, row.server_lo = seen.ip_hi, seen.ip_lo
        row.seen_ns = row.told_ns = seen.time_ns
        row.until_ns = until_ns
        row.frame, row.capture, row.host = seen.frame, capture, hosts[number]
        row.before = newest
    return len(sightings)


@compiled
def is_good(answers: Answers, place: int, host: int, at_ns: int, grace_ns: int) -> bool:
    row = answers.rows[place]
    return row.host == host and row.seen_ns <= at_ns and at_ns <= row.until_ns + grace_ns


@entry
def find_answers(
    answers: Answers,
    client_hi: np.uint64,
    client_lo: np.uint64,
    server_hi: np.uint64,
    server_lo: np.uint64,
    at_ns: int,
    grace_ns: int,
    found: Ints,
) -> int:
    """Writes the rows that led the client to the address and were good at that time to `found`; how many."""
    place = answers.buckets[find_bucket(answers, client_hi, client_lo, server_hi, server_lo)] - 1
    count = 0
    for _ in range(len(found)):
        if place < 0:
            break
        row = answers.rows[place]
        if row.seen_ns <= at_ns and at_ns <= row.until_ns + grace_ns:
            found[count] = place
            count += 1
        place = np.int64(row.before)
    return count
