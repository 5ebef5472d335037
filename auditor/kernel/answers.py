"""What clients were told by DNS: a table of (client, server address) -> names, filled and asked in bulk.

Rows are only added; whoever owns the table starts a new one when it is full and keeps the old one a while.
Hosts are numbers of the owner's. Keys of Encrypted ClientHello lie in the same table, under an address of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auditor.kernel.dtypes import DNS_ALIAS, DNS_ANSWER, DNS_ECH, DNS_HINT, NO_NAME
from auditor.kernel.jit import compiled, entry
from auditor.kernel.table import mix
from auditor.kernel.types import Ints, Records, Words

MOST_CANDIDATES = 8  # names of one client and address that are looked at, the latest ones
MOST_KEYS = 64  # names of one client with keys of Encrypted ClientHello that are looked at
MOST_ADDRESSES = 8  # of one MAC: with more it is a router's and says nothing of a client

KEYS = 0xFFFF_FFFF_FFFF_FFFF  # both halves of the "address" of names with keys: a multicast one, no server's
NOBODY = -1  # in place of a host's number

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
        ("host", "i4"),  # the name asked for
        (
            "alias",
            "i4",
        ),  # the first name it led to that a platform has, if it has none itself; of keys: their
        # public name; or NOBODY
        ("before", "i4"),  # row of the same client and address that was added before, or -1
    ],
    align=True,
)

NAMING = np.dtype(
    [
        ("flow", "i8"),  # serial number + 1; 0 where empty
        ("frame", "i8"),
        ("host", "i4"),
        ("capture", "i4"),
        ("verdict", "i4"),  # UNNAMED, NAMED, AMBIGUOUS; PENDING until plain Python has decided
    ],
    align=True,
)
UNNAMED, NAMED, AMBIGUOUS, PENDING = range(4)


class Answers(NamedTuple):
    """Rows of dtype ANSWER; `buckets` hold row + 1, 0 where empty, and are a power of two long."""

    rows: Records
    buckets: Ints
    count: Ints  # type: ignore[assignment]
    key: npt.NDArray[np.uint64]  # two elements, secret


class Clients(NamedTuple):
    """Addresses by MAC: row i is MAC macs[i], 0 where empty; its addresses stand from i * MOST_ADDRESSES on."""

    macs: Words  # a power of two long, half of it used at the most
    used: Ints  # addresses of each; more than MOST_ADDRESSES are a router's
    hi: Words
    lo: Words
    count: Ints  # type: ignore[assignment]
    key: Words


class Book(NamedTuple):
    """All that names flows. Answers are kept in two tables: the one that grows and the one before it."""

    newest: Answers
    older: Answers
    clients: Clients
    namings: Records  # dtype NAMING, by serial number of the flow modulo their count, a power of two
    number_of: Ints  # a host's number by its id in the name table
    listed: Ints  # by number: 1 where a platform has the host
    cover: Ints  # by number: what is known of it as a public name of Encrypted ClientHello
    found: Ints  # room for what a look-up finds


NOT_ASKED, SHOWN, COVER = range(3)  # elements of `Book.cover`


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


@compiled
def learn(book: Book, sightings: Records, capture: int, grace_ns: int, start: int) -> int:
    """Takes in what DNS told from sighting `start` on; returns the number of the first for which there is no room."""
    answers, clients = book.newest, book.clients
    first = behind = start  # aliases of the message that is read
    for number in range(start, len(sightings)):
        seen = sightings[number]
        if seen.name == NO_NAME:
            continue
        if seen.kind == DNS_ALIAS:
            if number != behind or not is_of(sightings, first, number):
                first = number
            behind = number + 1
        elif seen.kind == DNS_ANSWER or seen.kind == DNS_HINT or seen.kind == DNS_ECH:
            aliased = first < behind and is_of(sightings, first, number)
            if answers.count[0] == len(answers.rows) or 2 * clients.count[0] == len(clients.macs):
                return first if aliased else number
            if seen.client_mac:
                note_address(clients, seen.client_mac, seen.client_hi, seen.client_lo)
            host = book.number_of[seen.name]
            if seen.kind == DNS_ECH:
                public = NOBODY if seen.other == NO_NAME else book.number_of[seen.other]
                if public != NOBODY:
                    book.cover[public] = COVER
                key = np.uint64(KEYS)
                add(answers, seen, key, key, host, public, MOST_KEYS, capture, grace_ns)
                continue
            alias = NOBODY
            if aliased and not book.listed[host]:
                for place in range(first, behind):
                    other = book.number_of[sightings[place].other]
                    if book.listed[other]:
                        alias = other
                        break
            add(
                answers, seen, seen.ip_hi, seen.ip_lo, host, alias, MOST_CANDIDATES, capture, grace_ns
            )  # fmt: skip
    return len(sightings)


@compiled
def is_of(sightings: Records, alias: int, number: int) -> bool:
    """Whether an alias and another sighting are of one message."""
    one, other = sightings[alias], sightings[number]
    return one.frame == other.frame and one.flow == other.flow and one.name == other.name


@compiled
def add(
    answers: Answers, seen: np.record, server_hi: np.uint64, server_lo: np.uint64, host: int, alias: int,
    depth: int, capture: int, grace_ns: int,
) -> None:  # fmt: skip
    """Adds a row. A name that is told again while it is still good goes on from its first time: a flow that began
    before the second time may be looked up later."""
    until_ns = seen.time_ns + np.int64(seen.ttl_s) * 1_000_000_000
    bucket = find_bucket(answers, seen.client_hi, seen.client_lo, server_hi, server_lo)
    newest = answers.buckets[bucket] - 1
    place = newest
    for _ in range(depth):
        if place < 0:
            break
        known = answers.rows[place]
        if known.host == host and is_good(answers, place, seen.time_ns, grace_ns):
            known.until_ns = max(known.until_ns, until_ns)
            known.told_ns = seen.time_ns
            known.alias = alias
            return
        place = np.int64(known.before)
    place = answers.count[0]
    answers.count[0] = place + 1
    answers.buckets[bucket] = place + 1
    row = answers.rows[place]
    row.client_hi, row.client_lo = seen.client_hi, seen.client_lo
    row.server_hi, row.server_lo = server_hi, server_lo
    row.seen_ns = row.told_ns = seen.time_ns
    row.until_ns = until_ns
    row.frame, row.capture, row.host, row.alias = seen.frame, capture, host, alias
    row.before = newest


@compiled
def is_good(answers: Answers, place: int, at_ns: int, grace_ns: int) -> bool:
    row = answers.rows[place]
    return row.seen_ns <= at_ns and at_ns <= row.until_ns + grace_ns


@compiled
def find_client(clients: Clients, mac: np.uint64) -> int:
    """The row of a MAC: its own, or the free one where it would be."""
    mask = len(clients.macs) - 1
    place = np.int64(mix(clients.key[0], mac) & np.uint64(mask))
    while clients.macs[place] and clients.macs[place] != mac:
        place = (place + 1) & mask
    return place


@compiled
def note_address(clients: Clients, mac: np.uint64, hi: np.uint64, lo: np.uint64) -> None:
    """Notes that a MAC has an address. The table has room."""
    place = find_client(clients, mac)
    if clients.macs[place] == 0:
        clients.macs[place] = mac
        clients.count[0] += 1
    used, first = clients.used[place], place * MOST_ADDRESSES
    if used > MOST_ADDRESSES:
        return
    for i in range(first, first + used):
        if clients.lo[i] == lo and clients.hi[i] == hi:
            return
    if used < MOST_ADDRESSES:
        clients.hi[first + used] = hi
        clients.lo[first + used] = lo
    clients.used[place] = used + 1


@entry
def candidates(
    book: Book, client_hi: np.uint64, client_lo: np.uint64, mac: np.uint64, server_hi: np.uint64,
    server_lo: np.uint64, at_ns: int, grace_ns: int, depth: int,
) -> int:  # fmt: skip
    """Writes the rows that led a client to an address and were good at that time to `book.found`; how many.

    Those of the client's address; if there is none, of the first other address of its MAC that has some. A row of
    the older table is written as -1 - row.
    """
    count = find_answers(book, client_hi, client_lo, server_hi, server_lo, at_ns, grace_ns, depth)
    if count or mac == 0:
        return count
    place = find_client(book.clients, mac)
    used, first = book.clients.used[place], place * MOST_ADDRESSES
    if book.clients.macs[place] != mac or used > MOST_ADDRESSES:
        return 0
    for i in range(first, first + used):
        hi, lo = book.clients.hi[i], book.clients.lo[i]
        if hi != client_hi or lo != client_lo:
            count = find_answers(book, hi, lo, server_hi, server_lo, at_ns, grace_ns, depth)
            if count:
                return count
    return 0


@compiled
def find_answers(
    book: Book, client_hi: np.uint64, client_lo: np.uint64, server_hi: np.uint64, server_lo: np.uint64,
    at_ns: int, grace_ns: int, depth: int,
) -> int:  # fmt: skip
    count = 0
    for older in range(2):
        answers = book.older if older else book.newest
        if answers.count[0] == 0:
            continue
        place = answers.buckets[find_bucket(answers, client_hi, client_lo, server_hi, server_lo)] - 1
        for _ in range(depth):
            if place < 0:
                break
            if is_good(answers, place, at_ns, grace_ns):
                book.found[count] = -1 - place if older else place
                count += 1
            place = np.int64(answers.rows[place].before)
    return count
