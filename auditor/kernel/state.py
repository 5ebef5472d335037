"""What the functions of the kernel share: the block that is read, the tables, the output."""

from __future__ import annotations

from typing import NamedTuple

from auditor.kernel.mirrored import Mirror
from auditor.kernel.names import Names
from auditor.kernel.neighbours import Neighbours
from auditor.kernel.pool import Pool
from auditor.kernel.quic import Quic
from auditor.kernel.table import Flows
from auditor.kernel.types import Buffer, Ints, Records

SIGHTED, SLICED, HANDED = 0, 1, 2  # elements of `Output.count`


class Block(NamedTuple):
    """A run of frames as in `records.Frames`, and the number of their capture in this run."""

    buf: Buffer
    offset: Ints
    captured: Ints
    wire: Ints
    time_ns: Ints
    link: Ints
    first: int
    capture: int
    verdicts: Buffer  # filled: how each frame ended, a number of `layers`


class Output(NamedTuple):
    """What a run over a block fills: rows of dtypes SIGHTING, SLICE and HANDOVER, and how many."""

    sightings: Records
    slices: Records
    handovers: Records
    count: Ints  # type: ignore[assignment]


class State(NamedTuple):
    """The tables that go on from block to block, and the output of this one."""

    flows: Flows
    names: Names
    pool: Pool
    quic: Quic
    mirror: Mirror
    gaps: Ints  # of `acked`
    neighbours: Neighbours
    ahead: Records  # of dtype PACKET: the next frames, unwrapped
    out: Output
