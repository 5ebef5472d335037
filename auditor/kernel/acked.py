"""Bytes that TCP's receivers acknowledge (RFC 9293, 3.4) and that the capture never held.

Each direction has the sequence number up to which it was seen. A jump in it is a gap; what comes late or again fills
it; once the other end acknowledges what lies behind it, what is missing still was lost by the capture, not by the
network. Where both readings are possible the smaller number is counted.
"""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u32
from auditor.kernel.jit import compiled
from auditor.kernel.table import Flows
from auditor.kernel.types import Buffer, Ints

GAPS = 4096  # directions with a gap at once; a further one takes the place of an older, which is not counted then
OWNER, END, MISSING, NEXT_END, NEXT_MISSING = range(5)  # columns of a gap
GAP_COLUMNS = 5
LARGEST_WINDOW = (
    1 << 30
)  # bytes under way at once (RFC 7323, 2.3); what jumps further is no number of this stream
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

SEEN_A, SEEN_B, GAP_A, GAP_B = 1, 2, 4, 8  # bits of `tracked`: a direction's number is known, it has a gap


@compiled
def follow(
    flows: Flows, slot: int, gaps: Ints, buf: Buffer, header: int, size: int, flags: int, from_a: bool
) -> None:
    """Takes in a segment with `size` bytes of payload on the wire."""
    if flags & RST:  # its numbers may be any
        return
    row = flows.rows[slot]
    seq = u32(buf, header + 4)
    size += (1 if flags & SYN else 0) + (1 if flags & FIN else 0)
    end = (seq + size) & 0xFFFFFFFF
    known = SEEN_A if from_a else SEEN_B
    behind = np.int64(row.next_a if from_a else row.next_b)
    if row.tracked & known:
        ahead = (end - behind) & 0xFFFFFFFF
        if ahead == 0 or ahead >= 0x80000000:
            if size and row.tracked & (GAP_A if from_a else GAP_B):
                fill_gap(flows, slot, gaps, end, size, from_a)
            end = behind
        elif ahead > size:
            add_gap(flows, slot, gaps, ahead - size, seq, from_a)
    row.tracked |= known
    if from_a:
        row.next_a = end
    else:
        row.next_b = end
    if flags & ACK:
        acknowledge(flows, slot, gaps, u32(buf, header + 8), not from_a)


@compiled
def acknowledge(flows: Flows, slot: int, gaps: Ints, ack: int, of_a: bool) -> None:
    """The other end has all of this direction before number `ack`."""
    row = flows.rows[slot]
    known = SEEN_A if of_a else SEEN_B
    if row.tracked & (GAP_A if of_a else GAP_B):
        close_gaps(flows, slot, gaps, ack, of_a)
    behind = np.int64(row.next_a if of_a else row.next_b)
    ahead = (ack - behind) & 0xFFFFFFFF
    if row.tracked & known:
        if ahead == 0 or ahead > LARGEST_WINDOW:
            return
        add_gap(flows, slot, gaps, ahead, ack, of_a)  # counted at the next acknowledgement: it may come late
    row.tracked |= known
    if of_a:
        row.next_a = ack
    else:
        row.next_b = ack


@compiled
def gap_of(flows: Flows, slot: int, gaps: Ints, of_a: bool) -> int:
    """The line of the table that holds a direction's gaps, emptied where it held another's."""
    owner = 2 * flows.rows[slot].serial + (1 if of_a else 2)  # never 0
    line = owner % GAPS
    if gaps[line, OWNER] != owner:
        gaps[line, OWNER] = owner
        gaps[line, MISSING] = gaps[line, NEXT_MISSING] = 0
    return int(line)


@compiled
def add_gap(flows: Flows, slot: int, gaps: Ints, size: int, end: int, of_a: bool) -> None:
    """`size` bytes before number `end` were not seen. Those that come while an older gap waits for its
    acknowledgement wait together behind it."""
    if size > LARGEST_WINDOW:
        return
    flows.rows[slot].tracked |= GAP_A if of_a else GAP_B
    line = gap_of(flows, slot, gaps, of_a)
    if gaps[line, MISSING] == 0:
        gaps[line, END] = end
        gaps[line, MISSING] = size
    else:
        gaps[line, NEXT_END] = end
        gaps[line, NEXT_MISSING] += size


@compiled
def fill_gap(flows: Flows, slot: int, gaps: Ints, end: int, size: int, of_a: bool) -> None:
    """`size` bytes up to number `end` came late, or again."""
    line = gap_of(flows, slot, gaps, of_a)
    first = MISSING if (gaps[line, END] - end) & 0xFFFFFFFF < 0x80000000 else NEXT_MISSING
    gaps[line, first] = max(0, gaps[line, first] - size)
    if gaps[line, MISSING] == 0:
        next_gap(flows, slot, gaps, line, of_a)


@compiled
def close_gaps(flows: Flows, slot: int, gaps: Ints, ack: int, of_a: bool) -> None:
    """Counts what is missing still before number `ack`."""
    line = gap_of(flows, slot, gaps, of_a)
    while gaps[line, MISSING] and (ack - gaps[line, END]) & 0xFFFFFFFF < 0x80000000:
        flows.rows[slot].unseen += gaps[line, MISSING]
        next_gap(flows, slot, gaps, line, of_a)
    if gaps[line, MISSING] == 0:
        flows.rows[slot].tracked &= 0xFF ^ (GAP_A if of_a else GAP_B)


@compiled
def next_gap(flows: Flows, slot: int, gaps: Ints, line: int, of_a: bool) -> None:
    """Those that waited behind the first gap take its place."""
    gaps[line, END], gaps[line, MISSING] = gaps[line, NEXT_END], gaps[line, NEXT_MISSING]
    gaps[line, NEXT_MISSING] = 0
