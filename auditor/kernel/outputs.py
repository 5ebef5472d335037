"""Writes what was found: sightings, names of flows, packets handed over to plain Python."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u32
from auditor.kernel.dtypes import (
    ASSEMBLING,
    LOOKING,
    NO_NAME,
    SOURCE_DNS,
    SOURCE_HTTP,
    SOURCE_NONE,
)  # fmt: skip
from auditor.kernel.jit import compiled
from auditor.kernel.layers import TCP
from auditor.kernel.state import HANDED, SIGHTED, Block, State
from auditor.kernel.types import Record

MOST_HANDED = 64  # packets of one flow handed over for one name


@compiled
def name_flow(block: Block, number: int, slot: int, name: int, source: int, ech: int, state: State) -> None:
    """Names a flow: a hello's name stands above a request's, else the first one stays."""
    row = state.flows.rows[slot]
    free = (
        row.name_source == SOURCE_NONE or row.name_source == SOURCE_DNS
    )  # the latter recalled from another run
    free = free or (row.name_source == SOURCE_HTTP and source != SOURCE_HTTP)
    if name != NO_NAME and free:
        row.name, row.name_source = name, source
        row.name_frame, row.name_capture, row.ech = block.first + number, block.capture, ech


@compiled
def sight(
    block: Block, number: int, packet: Record, slot: int, kind: int, name: int, ech: int, state: State
) -> None:
    """Writes a sighting whose client is the packet's sender."""
    at = state.out.count[SIGHTED]
    state.out.count[SIGHTED] = at + 1
    row = state.out.sightings[at]
    row.kind, row.name, row.other, row.ttl_s = kind, name, NO_NAME, 0
    row.ip_hi = row.ip_lo = np.uint64(0)
    fill(block, number, packet, slot, True, at, state)
    row.ech = ech


@compiled
def fill(
    block: Block, number: int, packet: Record, slot: int, client_sent: bool, at: int, state: State
) -> None:
    """Fills what each sighting has: frame, time, flow, the two ends."""
    row, flow = state.out.sightings[at], state.flows.rows[slot]
    row.frame, row.time_ns, row.flow = block.first + number, block.time_ns[number], flow.serial
    row.mac, row.ech, row.proto = np.uint64(0), 0, packet.proto
    if (packet.from_a == 1) == client_sent:
        row.client_hi, row.client_lo, row.client_port = packet.a_hi, packet.a_lo, packet.a_port
        row.server_hi, row.server_lo, row.server_port = packet.b_hi, packet.b_lo, packet.b_port
    else:
        row.client_hi, row.client_lo, row.client_port = packet.b_hi, packet.b_lo, packet.b_port
        row.server_hi, row.server_lo, row.server_port = packet.a_hi, packet.a_lo, packet.a_port
    if client_sent:
        row.client_mac = packet.mac
    else:
        row.client_mac = flow.mac_a if flow.client_is_a else flow.mac_b


@compiled
def may_hand_over(slot: int, state: State) -> bool:
    """Counts a packet against its flow's share; one that has used it up goes on without a name."""
    row = state.flows.rows[slot]
    if row.handed >= MOST_HANDED:
        if row.search == ASSEMBLING:
            row.search = LOOKING
        return False
    row.handed += 1
    return True


@compiled
def hand_over(
    block: Block, number: int, packet: Record, slot: int, from_a: bool, why: int, state: State
) -> None:
    """Notes a packet for plain Python."""
    if may_hand_over(slot, state):
        note(block, number, packet.mac, slot, from_a, why, packet.payload, packet.end, state)
        if packet.layer == TCP:
            state.out.handovers[state.out.count[HANDED] - 1].seq = u32(block.buf, packet.header + 4)


@compiled
def note(
    block: Block,
    number: int,
    mac: np.uint64,
    slot: int,
    from_a: bool,
    why: int,
    at: int,
    end: int,
    state: State,
) -> None:
    """Writes a handover of bytes of the block, or of the pool where the caller says so."""
    row = state.flows.rows[slot]
    written = state.out.handovers[state.out.count[HANDED]]
    state.out.count[HANDED] += 1
    written.frame, written.time_ns = block.first + number, block.time_ns[number]
    written.slot, written.flow = slot, row.serial
    written.at, written.end, written.mac = at, end, mac
    written.seq, written.base_seq = 0, row.base_seq
    written.why = why
    written.from_a = 1 if from_a else 0
    written.last = 1 if row.handed == MOST_HANDED else 0
    written.pooled = 0
