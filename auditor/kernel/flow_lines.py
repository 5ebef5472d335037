"""Flow slices as lines of CSV: one pass over the rows, without a string of Python's for any of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditor.kernel.dtypes import NO_NAME, SOURCE_DNS, SOURCE_NAMES
from auditor.kernel.jit import compiled, entry
from auditor.kernel.text import (
    LONGEST_ADDRESS,
    LONGEST_MAC,
    LONGEST_NUMBER,
    LONGEST_TIME,
    address_text,
    mac_text,
    number_text,
    time_text,
)  # fmt: skip
from auditor.kernel.types import Buffer, Ints, Records

COMMA, LINE_END = 0x2C, 0x0A
SECOND_NS = 1_000_000_000
LONGEST_PORT, LONGEST_PROTO = 5, 3
LONGEST_SOURCE = max(map(len, SOURCE_NAMES))
SOURCES = np.frombuffer("".join(name.ljust(LONGEST_SOURCE) for name in SOURCE_NAMES).encode(), np.uint8)
SOURCE_LENGTHS = np.array([len(name) for name in SOURCE_NAMES])
PROTOS = np.frombuffer(b"tcpudp", np.uint8)

# bytes of a line at the most, without file and host
LONGEST_LINE = (
    3 * LONGEST_TIME + LONGEST_MAC + 2 * (LONGEST_ADDRESS + LONGEST_PORT) + LONGEST_PROTO
    + 4 * LONGEST_NUMBER + LONGEST_SOURCE + 16
)  # fmt: skip


class Cells(NamedTuple):
    """Cells as CSV spells them; cell i is data[offset[i] : offset[i + 1]]."""

    data: Buffer
    offset: Ints


@entry
def flow_lines(rows: Records, file: Buffer, named: Cells, told: Cells, out: Buffer) -> int:
    """Writes a line a row of dtype SLICE, in the columns of `auditor extract --what flows`; returns how many bytes.

    Hosts come from `told` where DNS gave the name, else from `named`. `out` has room for LONGEST_LINE bytes and
    the longest file and host for each row.
    """
    at = 0
    for number in range(len(rows)):
        row = rows[number]
        at = cell(file, 0, len(file), out, at)
        at = comma(out, time_text(row.minute * 60, 0, 0, out, at))
        at = comma(out, time_text(row.first_ns // SECOND_NS, row.first_ns % SECOND_NS, 9, out, at))
        at = comma(out, time_text(row.last_ns // SECOND_NS, row.last_ns % SECOND_NS, 9, out, at))
        at = comma(out, mac_text(np.int64(row.client_mac), out, at))
        at = comma(out, address_text(row.client_hi, row.client_lo, out, at))
        at = comma(out, number_text(np.int64(row.client_port), out, at))
        at = comma(out, address_text(row.server_hi, row.server_lo, out, at))
        at = comma(out, number_text(np.int64(row.server_port), out, at))
        place = 0 if row.proto == 6 else 3
        at = cell(PROTOS, place, place + 3, out, at)
        at = comma(out, number_text(row.bytes_up, out, at))
        at = comma(out, number_text(row.bytes_down, out, at))
        at = comma(out, number_text(row.packets_up, out, at))
        at = comma(out, number_text(row.packets_down, out, at))
        source = np.int64(row.name_source)
        if row.name == NO_NAME:
            at = comma(out, at)
        elif source == SOURCE_DNS:
            at = cell(told.data, told.offset[row.name], told.offset[row.name + 1], out, at)
        else:
            at = cell(named.data, named.offset[row.name], named.offset[row.name + 1], out, at)
        start = source * LONGEST_SOURCE
        at = cell(SOURCES, start, start + SOURCE_LENGTHS[source], out, at)
        out[at - 1] = LINE_END
    return at


@compiled
def cell(data: Buffer, start: int, end: int, out: Buffer, at: int) -> int:
    """Writes data[start:end] and a comma."""
    for place in range(start, end):
        out[at] = data[place]
        at += 1
    return comma(out, at)


@compiled
def comma(out: Buffer, at: int) -> int:
    out[at] = COMMA
    return at + 1
