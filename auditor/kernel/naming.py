"""Names flow slices from the table of DNS answers; what needs thought is left to plain Python."""

from __future__ import annotations

from auditor.kernel.answers import (
    AMBIGUOUS,
    MOST_CANDIDATES,
    NAMED,
    NOBODY,
    PENDING,
    SHOWN,
    UNNAMED,
    Book,
    candidates,
    learn,
)
from auditor.kernel.dtypes import NO_NAME, SOURCE_DNS, SOURCE_NONE
from auditor.kernel.jit import compiled, entry
from auditor.kernel.types import Ints, Records

DNS_PORT, MDNS_PORT, LLMNR_PORT = 53, 5353, 5355
ODD, LOST, MDNS, LLMNR = range(4)  # elements of `counts`


@entry
def take_part(
    book: Book, sightings: Records, start: int, slices: Records, capture: int, grace_ns: int, odd: Ints,
    counts: Ints,
) -> int:  # fmt: skip
    """Learns from sightings from number `start` on, then names slices. Returns the number of the first sighting for
    which there is no room; no slice is named then."""
    start = learn(book, sightings, capture, grace_ns, start)
    if start == len(sightings):
        name_slices(book, slices, grace_ns, odd, counts)
    return start


@compiled
def name_slices(book: Book, slices: Records, grace_ns: int, odd: Ints, counts: Ints) -> None:
    """Names the slices of flows that show no name: `name` is then a host's number, `name_source` SOURCE_DNS.

    A flow is asked for once and keeps its name as long as it lives. Slices whose flow has several candidates,
    or a hello that may hide its name, are left alone and their numbers written to `odd`, as many as `counts[ODD]`
    then says; `counts[LOST]` of the slices are of flows whose naming had to be forgotten. `counts[MDNS]` and
    `counts[LLMNR]` are packets of these (RFC 6762, RFC 4795): their names are the local network's, and never learnt.
    """
    for place in range(len(counts)):
        counts[place] = 0
    for number in range(len(slices)):
        row = slices[number]
        if row.name_source == SOURCE_DNS:  # recalled from another run
            if row.name != NO_NAME:
                row.name = book.number_of[row.name]
            continue
        hides = row.name != NO_NAME and row.ech == 1 and book.cover[book.number_of[row.name]] != SHOWN
        if not hides and (row.name_source != SOURCE_NONE or row.server_port == DNS_PORT):
            continue
        if row.server_port == MDNS_PORT or row.client_port == MDNS_PORT:
            counts[MDNS] += row.packets_up + row.packets_down
        elif row.server_port == LLMNR_PORT or row.client_port == LLMNR_PORT:
            counts[LLMNR] += row.packets_up + row.packets_down
        naming = book.namings[row.flow & (len(book.namings) - 1)]
        is_known = naming.flow == row.flow + 1
        if is_known and naming.verdict != PENDING:
            put_name(book, slices, number)
            continue
        if row.begins == 0 and naming.flow and not is_known:
            counts[LOST] += 1
        count = 0
        if not hides and not is_known:
            count = candidates(
                book, row.client_hi, row.client_lo, row.client_mac, row.server_hi, row.server_lo,
                row.first_ns, grace_ns, MOST_CANDIDATES,
            )  # fmt: skip
        naming.flow, naming.verdict, naming.host = row.flow + 1, UNNAMED, NOBODY
        if hides or is_known or count > 1:
            naming.verdict = PENDING
            odd[counts[ODD]] = number
            counts[ODD] += 1
            continue
        if count == 1:
            place = book.found[0]
            told = book.newest.rows[place] if place >= 0 else book.older.rows[-1 - place]
            naming.verdict, naming.frame, naming.capture = NAMED, told.frame, told.capture
            naming.host = told.host if told.alias < 0 else told.alias
            put_name(book, slices, number)


@entry
def put_name(book: Book, slices: Records, number: int) -> None:
    """Writes to a slice what was found for its flow."""
    row = slices[number]
    naming = book.namings[row.flow & (len(book.namings) - 1)]
    if naming.verdict == NAMED:
        row.name, row.name_source = naming.host, SOURCE_DNS
        row.name_frame, row.name_capture = naming.frame, naming.capture
    elif naming.verdict == AMBIGUOUS:
        row.name, row.name_source, row.name_frame = NO_NAME, SOURCE_NONE, 0
