"""pcapng (draft-ietf-opsawg-pcapng): several sections and interfaces, any time resolution, counters of drops."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from auditor.capture.columns import Columns
from auditor.capture.linktypes import READABLE, unreadable
from auditor.capture.source import Source
from auditor.errors import BadInput
from auditor.kernel.walk import (
    DAMAGED,
    INTERFACE,
    LARGEST_RECORD,
    MORE,
    MOST_S,
    SECTION_HEADER,
    STATISTICS,
    STRUCTURE,
    walk_pcapng,
)
from auditor.records import Frames, IntArray, Ledger

MAGIC = b"\x0a\x0d\x0d\x0a"
BYTE_ORDER_BIG = b"\x1a\x2b\x3c\x4d"
IF_TSRESOL, IF_TSOFFSET = 9, 14  # interface options
# options of an interface's statistics (section 4.6): counters since the capture began
STARTED, RECEIVED, DROPPED_BY_INTERFACE, ACCEPTED, DROPPED_BY_SYSTEM = 2, 4, 5, 6, 7
DROPPED = "frames that the sensor dropped, by its own count"
FILTERED = "frames that the sensor's filter left out, by its own count"
UNKNOWN = 2**63  # and beyond: no count, but all bits set
MOST_INTERFACES = 4096  # of one section


class _Section:
    """Byte order and interfaces of the section that is being read."""

    def __init__(self) -> None:
        self.big = False
        self.begin()

    def begin(self) -> None:
        """Without interfaces."""
        self.interfaces: IntArray = np.zeros((0, 4), dtype=np.int64)
        self._readings: dict[tuple[str, bytes, int], int] = {}  # of counters, where no start is told

    def add_interface(self, body: bytes) -> None:
        order = ">" if self.big else "<"
        link, _, snap_length = struct.unpack_from(order + "HHI", body)
        exponent, offset_s = 6, 0
        for code, value in _options(body[8:], order):
            if code == IF_TSRESOL and len(value) >= 1:
                exponent = -(value[0] & 0x7F) if value[0] & 0x80 else min(value[0], 18)
            elif code == IF_TSOFFSET and len(value) >= 8:
                (offset_s,) = struct.unpack_from(order + "q", value)
                offset_s = min(max(offset_s, -MOST_S), MOST_S)
        self.interfaces = np.vstack([self.interfaces, [[link, snap_length, exponent, offset_s]]]).astype(
            np.int64
        )

    def read_counters(self, body: bytes, ledger: Ledger) -> None:
        """Adds what an interface's counters have grown by. The files of one capture go on counting where the one
        before them ended; they are known by when the counting began, which is the same in all of them."""
        order = ">" if self.big else "<"
        if len(body) < 12:
            return
        (number,) = struct.unpack_from(order + "I", body)
        if number >= len(self.interfaces):
            return
        told = {code: value for code, value in _options(body[12:], order) if len(value) == 8}
        began = told.pop(STARTED, b"")
        counts = {code: struct.unpack(order + "Q", value)[0] for code, value in told.items()}
        received, accepted = counts.get(RECEIVED, UNKNOWN), counts.get(ACCEPTED, UNKNOWN)
        dropped = [counts.get(code, 0) for code in (DROPPED_BY_INTERFACE, DROPPED_BY_SYSTEM)]
        readings = {
            DROPPED: sum(count for count in dropped if count < UNKNOWN),
            FILTERED: received - accepted if accepted <= received < UNKNOWN else 0,
        }
        known = ledger.readings if began else self._readings
        if len(known) > 2 * MOST_INTERFACES:  # of captures long ago
            known.clear()
        for what, value in readings.items():
            before = known.get((what, began, number), 0)
            ledger.add(what, value - before if value >= before else value)  # else it has begun anew
            known[what, began, number] = value

    def check_links(self, source: Source) -> None:
        links = self.interfaces[:, 0].tolist()
        if not READABLE.intersection(links):
            raise BadInput(unreadable(str(source.path), links[0]))


def read_pcapng(source: Source, ledger: Ledger) -> Iterator[Frames]:
    """The frames of the capture; a block cut short or damaged ends it, with a note in the ledger.

    Raises BadInput where frames come and no interface of their section is of a link type that can be read;
    if only some are not, their frames are left out and counted.
    """
    section, columns, first = _Section(), Columns(), 1
    ending = ""
    while not ending:
        count, behind, why = walk_pcapng(
            source.data, source.start, source.end, section.big, section.interfaces,
            columns.offset, columns.captured, columns.wire, columns.time_ns, columns.link,
        )  # fmt: skip
        if count:
            section.check_links(source)
            yield columns.frames(source.data, count, first)
        first += count
        source.start = behind
        if why == STRUCTURE:
            ending = _read_structure(source, section, ledger)
        elif why == DAMAGED:
            ending = "the next block is damaged"
        elif why == MORE and not source.fill():
            if source.damage or source.end > source.start:
                ending = source.damage or "the file ends in the middle of a block"
            break
    if ending:
        ledger.note_end(source.path, first - 1, ending)


def _read_structure(source: Source, section: _Section, ledger: Ledger) -> str:
    """Reads the section header, interface or statistics block at the window's start; a reason to stop, or ''."""
    cut = "the file ends in the middle of a block"
    if not source.need(12):
        return source.damage or cut
    head = source.data[source.start : source.start + 12].tobytes()
    if head[:4] == MAGIC:
        section.big = head[8:12] == BYTE_ORDER_BIG
        section.begin()
    order = ">" if section.big else "<"
    kind, length = struct.unpack_from(order + "II", head)
    if length < 12 or length > LARGEST_RECORD or (kind == INTERFACE and length < 20):
        return "the next block is damaged"
    length = (length + 3) & ~3
    if not source.need(length):
        return source.damage or cut
    if kind == INTERFACE:
        if len(section.interfaces) >= MOST_INTERFACES:
            return f"a section has more than {MOST_INTERFACES} interfaces"
        section.add_interface(source.data[source.start + 8 : source.start + length - 4].tobytes())
    elif kind == SECTION_HEADER and head[8:12] not in (BYTE_ORDER_BIG, BYTE_ORDER_BIG[::-1]):
        return "the next section header is damaged"
    elif kind == STATISTICS:
        section.read_counters(source.data[source.start + 8 : source.start + length - 4].tobytes(), ledger)
    source.start += length
    return ""


def _options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """The options of a block, up to opt_endofopt or where they are cut."""
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == 0 or at + 4 + length > len(data):
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + (length + 3 & ~3)
