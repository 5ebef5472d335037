"""Classic pcap (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from auditor.capture.columns import Columns
from auditor.capture.linktypes import READABLE, unreadable
from auditor.capture.source import Source
from auditor.errors import BadInput
from auditor.kernel.walk import DAMAGED, MORE, walk_pcap
from auditor.records import Frames, Ledger

# first four bytes -> (big-endian, nanoseconds a tick, bytes a record header has more than usual)
MAGIC = {
    b"\xa1\xb2\xc3\xd4": (True, 1000, 0),
    b"\xd4\xc3\xb2\xa1": (False, 1000, 0),
    b"\xa1\xb2\x3c\x4d": (True, 1, 0),
    b"\x4d\x3c\xb2\xa1": (False, 1, 0),
    b"\xa1\xb2\xcd\x34": (True, 1000, 8),  # Alexey Kuznetzov's patched libpcap
    b"\x34\xcd\xb2\xa1": (False, 1000, 8),
}
FILE_HEADER = 24


def read_pcap(source: Source, ledger: Ledger) -> Iterator[Frames]:
    """The frames of the capture; a record cut short or damaged ends it, with a note in the ledger.

    Raises BadInput for a link type that can't be read.
    """
    if not source.need(FILE_HEADER):
        ledger.note_end(source.path, 0, source.damage or "the file header is cut short")
        return
    big, tick_ns, extra = MAGIC[source.data[source.start : source.start + 4].tobytes()]
    (link,) = struct.unpack(
        ">I" if big else "<I", source.data[source.start + 20 : source.start + 24].tobytes()
    )
    link &= 0x03FFFFFF  # the bits above hold the length of a frame check sequence
    if link not in READABLE:
        raise BadInput(unreadable(str(source.path), link))
    source.start += FILE_HEADER
    columns = Columns()
    columns.link[:] = link
    first = 1
    while True:
        count, behind, why = walk_pcap(
            source.data, source.start, source.end, big, tick_ns, extra,
            columns.offset, columns.captured, columns.wire, columns.time_ns,
        )  # fmt: skip
        if count:
            yield columns.frames(source.data, count, first)
        first += count
        source.start = behind
        if why == DAMAGED:
            ledger.note_end(source.path, first - 1, "the next record header is damaged")
            return
        if why == MORE and not source.fill():
            break
    if source.damage or source.end > source.start:
        ledger.note_end(source.path, first - 1, source.damage or "the file ends in the middle of a packet")
