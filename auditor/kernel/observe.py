"""The loop over frames: unwrap, find the flow, count, and look for a name."""

from __future__ import annotations

import numpy as np

from auditor.kernel import datagram, segment
from auditor.kernel.acked import follow
from auditor.kernel.bytes import u8, u16, u32
from auditor.kernel.claims import note_claim
from auditor.kernel.datagram import search_datagram
from auditor.kernel.dns import MOST_ANSWERS, MOST_QUESTIONS
from auditor.kernel.dtypes import NO_FLOW, TO_FRAGMENTS
from auditor.kernel.jit import compiled, entry
from auditor.kernel.layers import ARP, COPY, DISCOVERY, FRAGMENT, TCP, UDP
from auditor.kernel.mirrored import Mirror, fetch_line, is_copy, mark_of
from auditor.kernel.names import LONGEST
from auditor.kernel.outer import NO_OUTER, keep_outer
from auditor.kernel.pool import MOST_RANGES
from auditor.kernel.prefetch import fetch_row
from auditor.kernel.segment import MOST_REQUESTS, search_segment
from auditor.kernel.state import HANDED, SIGHTED, SLICED, Block, Output, State
from auditor.kernel.table import (
    IDLE_TCP_NS,
    IDLE_UDP_NS,
    MINUTE_NS,
    USED,
    Flows,
    begin,
    close_slice,
    digest_of,
    fetch_bucket,
    fetch_flow,
    find,
    new_row,
)  # fmt: skip
from auditor.kernel.types import Buffer, Record
from auditor.kernel.unwrap import Packet, unwrap
from auditor.kernel.veiled import MOST_LOOKS, look

AHEAD = 32  # frames are looked at before the first of them is counted, and as many again behind them
HEADER_LINES = 2  # lines of the cache with a frame's headers
LOOKED_AT = 2 * AHEAD  # rows for these fit into the nearest cache
ROOM = MOST_QUESTIONS + MOST_ANSWERS + MOST_REQUESTS  # sightings that one frame may give
HANDOVER_ROOM = MOST_RANGES + 2  # handovers that one frame may give

PROTO_TCP, PROTO_UDP = 6, 17
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


@entry
def observe(block: Block, start: int, state: State) -> int:
    """Reads frames from number `start` of the block on; returns the number of the first one not read.

    It stops before a frame for which the flow table, the name table or an output array might have no room.
    """
    flows, out, total, number = state.flows, state.out, len(block.offset), start
    mirror, gaps = state.mirror, state.gaps
    look_ahead(block, start, state)
    while number < total:
        until = min(number + AHEAD, total)
        fetch_flows(block, number, state)
        fetch_frames(block, until + AHEAD)
        look_ahead(block, until, state)
        while number < until:
            if not has_room(state):
                return number
            packet = state.ahead[number % LOOKED_AT]
            verdict = np.int64(packet.layer)
            if packet.layer == TCP or packet.layer == UDP:
                slot = observe_packet(block, number, packet, flows, mirror, out)
                row, from_a = flows.rows[max(slot, 0)], packet.from_a == 1
                if slot < 0:
                    verdict = np.int64(COPY)
                    packet.end = packet.payload  # nothing more is looked at
                elif packet.layer == TCP:
                    size = packet.end - packet.payload + block.wire[number] - block.captured[number]
                    follow(
                        flows, slot, gaps, block.buf, packet.header, size, np.int64(packet.tcp_flags), from_a
                    )
                if packet.end > packet.payload:
                    if row.looks < MOST_LOOKS:
                        look(flows, slot, block.buf, packet.payload, packet.end, from_a)
                    if packet.layer == TCP:
                        if segment.may_hold_name(block.buf, packet, row):
                            search_segment(block, number, packet, slot, from_a, state)
                    elif datagram.may_hold_name(block.buf, packet, row):
                        search_datagram(block, number, packet, slot, from_a, state)
            elif packet.layer == FRAGMENT:
                note_fragment(block, number, packet, out)
            elif packet.layer == ARP or packet.layer == DISCOVERY:
                note_claim(block, number, packet, state)
            block.verdicts[number] = verdict
            number += 1
    return total


@compiled
def look_ahead(block: Block, start: int, state: State) -> None:
    """Unwraps the AHEAD frames from number `start` on and has fetched where their flows are found.

    Memory is slow, and flows come in any order: what is fetched arrives while the frames before are counted.
    """
    for number in range(start, min(start + AHEAD, len(block.offset))):
        at = block.offset[number]
        unwrapped = unwrap(block.buf, at, at + block.captured[number], block.link[number])
        packet = state.ahead[number % LOOKED_AT]
        packet.layer = unwrapped.layer
        packet.mac = unwrapped.mac
        packet.header, packet.payload, packet.end = unwrapped.header, unwrapped.payload, unwrapped.end
        packet.outer = unwrapped.outer
        if unwrapped.layer == TCP or unwrapped.layer == UDP:
            put_ends(block.buf, unwrapped, packet)
            packet.digest = digest_of(state.flows, packet)
            fetch_bucket(state.flows, packet.digest)
            packet.mark = mark_of(state.mirror, block.buf, packet)
            fetch_line(state.mirror, packet.mark)
        else:
            packet.a_hi, packet.a_lo = unwrapped.source_hi, unwrapped.source_lo
            packet.digest = np.uint64(0)


@compiled
def fetch_flows(block: Block, start: int, state: State) -> None:
    """Has the rows fetched of the flows of AHEAD frames that were unwrapped before."""
    for number in range(start, min(start + AHEAD, len(block.offset))):
        fetch_flow(state.flows, state.ahead[number % LOOKED_AT].digest)


@compiled
def fetch_frames(block: Block, start: int) -> None:
    """Has the headers fetched of AHEAD frames that will be unwrapped next."""
    for number in range(start, min(start + AHEAD, len(block.offset))):
        fetch_row(block.buf, block.offset[number], HEADER_LINES)


@compiled
def put_ends(buf: Buffer, unwrapped: Packet, packet: Record) -> None:
    """Writes the two ends of a packet in their order, so that both directions are of one flow."""
    source_port, destination_port = u16(buf, unwrapped.header), u16(buf, unwrapped.header + 2)
    if unwrapped.source_hi != unwrapped.destination_hi:
        from_a = unwrapped.source_hi < unwrapped.destination_hi
    elif unwrapped.source_lo != unwrapped.destination_lo:
        from_a = unwrapped.source_lo < unwrapped.destination_lo
    else:
        from_a = source_port <= destination_port
    if from_a:
        packet.a_hi, packet.a_lo, packet.a_port = unwrapped.source_hi, unwrapped.source_lo, source_port
        packet.b_hi, packet.b_lo = unwrapped.destination_hi, unwrapped.destination_lo
        packet.b_port = destination_port
    else:
        packet.a_hi, packet.a_lo = unwrapped.destination_hi, unwrapped.destination_lo
        packet.a_port = destination_port
        packet.b_hi, packet.b_lo, packet.b_port = unwrapped.source_hi, unwrapped.source_lo, source_port
    packet.from_a = 1 if from_a else 0
    if unwrapped.layer == TCP:
        packet.proto, packet.tcp_flags = PROTO_TCP, u8(buf, unwrapped.header + 13)
    else:
        packet.proto, packet.tcp_flags = PROTO_UDP, 0


@compiled
def has_room(state: State) -> bool:
    """Whether the tables and the output have room for what one more frame may need."""
    flows, names, out = state.flows, state.names, state.out
    return (
        flows.count[USED] < len(flows.rows)
        and 2 * (names.count[0] + ROOM) <= len(names.buckets)
        and names.count[0] + ROOM < len(names.offset)
        and names.offset[names.count[0]] + ROOM * LONGEST <= len(names.arena)
        and out.count[SIGHTED] + ROOM <= len(out.sightings)
        and out.count[SLICED] + 2 <= len(out.slices)
        and out.count[HANDED] + HANDOVER_ROOM <= len(out.handovers)
    )


@compiled
def note_fragment(block: Block, number: int, packet: Record, out: Output) -> None:
    """Hands an IP fragment over, from its IP header on."""
    written = out.handovers[out.count[HANDED]]
    out.count[HANDED] += 1
    written.frame, written.time_ns = block.first + number, block.time_ns[number]
    written.slot = written.flow = NO_FLOW
    written.at, written.end, written.mac = packet.header, packet.end, packet.mac
    written.why = TO_FRAGMENTS
    written.seq = written.base_seq = written.from_a = written.pooled = written.last = 0


@compiled
def observe_packet(
    block: Block, number: int, packet: Record, flows: Flows, mirror: Mirror, out: Output
) -> int:
    """Counts a TCP or UDP packet into its flow; returns the flow's row, -1 where it is a copy."""
    buf, time_ns = block.buf, block.time_ns[number]
    from_a, flags = packet.from_a == 1, np.int64(packet.tcp_flags)
    slot, bucket = find(flows, packet)
    if is_copy(mirror, packet.mark, time_ns):
        return -1
    if slot < 0:
        slot = new_row(flows, packet, -1 - slot, bucket)
        begin(flows, slot)
        orient(flows, slot, from_a, packet)
    elif is_another(flows, slot, time_ns, flags, u32(buf, packet.header + 4)):
        row = flows.rows[slot]
        if row.packets_a or row.packets_b:
            close_slice(flows, slot, out.slices, out.count[SLICED])
            out.count[SLICED] += 1
        begin(flows, slot)
        orient(flows, slot, from_a, packet)
    row = flows.rows[slot]
    if flags & SYN and row.has_base == 0:
        row.base_seq = (
            u32(buf, packet.header + 8) if flags & ACK else (u32(buf, packet.header + 4) + 1) & 0xFFFFFFFF
        )
        row.has_base = 1
    count_packet(flows, slot, time_ns, from_a, block.wire[number], packet.mac, out)
    if packet.outer != NO_OUTER:
        keep_outer(buf, packet.outer, flows, slot, from_a)
    if flags & (FIN | RST):
        row.closed = 1
    return slot


@compiled
def is_another(flows: Flows, slot: int, time_ns: int, flags: int, seq: int) -> bool:
    """Whether a packet begins another flow between the same ends: a SYN with another number, or a long silence.

    `seq` means nothing where there is no SYN.
    """
    row = flows.rows[slot]
    if time_ns - row.last_ns > (IDLE_TCP_NS if row.proto == PROTO_TCP else IDLE_UDP_NS):
        return True
    return flags & (SYN | ACK) == SYN and (row.has_base == 0 or row.base_seq != (seq + 1) & 0xFFFFFFFF)


@compiled
def orient(flows: Flows, slot: int, from_a: bool, packet: Record) -> None:
    """Says which end is the client: who sent the SYN; in mid-stream the higher port; else who came first."""
    row, flags = flows.rows[slot], np.int64(packet.tcp_flags)
    if flags & SYN:
        client_sent = flags & ACK == 0
    elif row.proto == PROTO_TCP:
        client_sent = row.a_port == row.b_port or (row.a_port > row.b_port) == from_a
    else:
        client_sent = True
    row.client_is_a = 1 if from_a == client_sent else 0


@compiled
def count_packet(
    flows: Flows, slot: int, time_ns: int, from_a: bool, size: int, mac: np.uint64, out: Output
) -> None:
    """Adds a packet to the open slice of its flow, after closing one of another minute."""
    row = flows.rows[slot]
    if not 0 <= time_ns - row.minute_ns < MINUTE_NS:
        if row.packets_a or row.packets_b:
            close_slice(flows, slot, out.slices, out.count[SLICED])
            out.count[SLICED] += 1
        row.minute_ns = time_ns // MINUTE_NS * MINUTE_NS
        row.first_ns = row.last_ns = time_ns
    row.first_ns = min(row.first_ns, time_ns)
    row.last_ns = max(row.last_ns, time_ns)
    if from_a:
        row.packets_a += 1
        row.bytes_a += size
        if mac:
            row.mac_a = mac
    else:
        row.packets_b += 1
        row.bytes_b += size
        if mac:
            row.mac_b = mac
