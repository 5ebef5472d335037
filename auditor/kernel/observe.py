"""The loop over frames: unwrap, find the flow, count, and look for a name."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8, u16, u32
from auditor.kernel.claims import note_claim
from auditor.kernel.datagram import search_datagram
from auditor.kernel.dns import MOST_ANSWERS, MOST_QUESTIONS
from auditor.kernel.dtypes import NAMED, NO_FLOW, TO_FRAGMENTS
from auditor.kernel.jit import compiled, entry
from auditor.kernel.layers import ARP, DISCOVERY, FRAGMENT, TCP, UDP
from auditor.kernel.names import LONGEST
from auditor.kernel.outer import NO_OUTER, keep_outer
from auditor.kernel.pool import MOST_RANGES
from auditor.kernel.segment import MOST_REQUESTS, search_segment
from auditor.kernel.state import HANDED, SIGHTED, SLICED, Block, Output, State
from auditor.kernel.table import IDLE_TCP_NS, IDLE_UDP_NS, USED, Flows, begin, close_slice, find
from auditor.kernel.unwrap import Packet, unwrap

MINUTE_NS = 60_000_000_000
ROOM = MOST_QUESTIONS + MOST_ANSWERS + MOST_REQUESTS  # sightings that one frame may give
HANDOVER_ROOM = MOST_RANGES + 2  # handovers that one frame may give

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


@entry
def observe(block: Block, start: int, state: State) -> int:
    """Reads frames from number `start` of the block on; returns the number of the first one not read.

    It stops before a frame for which the flow table, the name table or an output array might have no room.
    """
    flows, names, out = state.flows, state.names, state.out
    for number in range(start, len(block.offset)):
        if (
            flows.count[USED] == len(flows.rows)
            or 2 * (names.count[0] + ROOM) > len(names.buckets)
            or names.count[0] + ROOM >= len(names.offset)
            or names.offset[names.count[0]] + ROOM * LONGEST > len(names.arena)
            or out.count[SIGHTED] + ROOM > len(out.sightings)
            or out.count[SLICED] + 2 > len(out.slices)
            or out.count[HANDED] + HANDOVER_ROOM > len(out.handovers)
        ):
            return number
        at = block.offset[number]
        packet = unwrap(block.buf, at, at + block.captured[number], block.link[number])
        if packet.layer == TCP or packet.layer == UDP:
            observe_packet(block, number, packet, state)
        elif packet.layer == FRAGMENT:
            note_fragment(block, number, packet, out)
        elif packet.layer == ARP or packet.layer == DISCOVERY:
            note_claim(block, number, packet, state)
        out.verdicts[packet.layer] += 1
    return len(block.offset)


@compiled
def note_fragment(block: Block, number: int, packet: Packet, out: Output) -> None:
    """Hands an IP fragment over, from its IP header on."""
    written = out.handovers[out.count[HANDED]]
    out.count[HANDED] += 1
    written.frame, written.time_ns = block.first + number, block.time_ns[number]
    written.slot = written.flow = NO_FLOW
    written.at, written.end, written.mac = packet.header, packet.end, packet.mac
    written.why = TO_FRAGMENTS
    written.seq = written.base_seq = written.from_a = written.pooled = written.last = 0


@compiled
def observe_packet(block: Block, number: int, packet: Packet, state: State) -> None:
    """Counts a TCP or UDP packet into its flow and looks into its payload."""
    buf, time_ns, flows, out = block.buf, block.time_ns[number], state.flows, state.out
    source_port, destination_port = u16(buf, packet.header), u16(buf, packet.header + 2)
    proto = 6 if packet.layer == TCP else 17
    from_a = packet.source_hi < packet.destination_hi or (
        packet.source_hi == packet.destination_hi
        and (
            packet.source_lo < packet.destination_lo
            or (packet.source_lo == packet.destination_lo and source_port <= destination_port)
        )
    )
    if from_a:
        a_hi, a_lo, a_port = packet.source_hi, packet.source_lo, source_port
        b_hi, b_lo, b_port = packet.destination_hi, packet.destination_lo, destination_port
    else:
        a_hi, a_lo, a_port = packet.destination_hi, packet.destination_lo, destination_port
        b_hi, b_lo, b_port = packet.source_hi, packet.source_lo, source_port
    flags = u8(buf, packet.header + 13) if proto == 6 else 0
    slot, bucket = find(flows, a_hi, a_lo, b_hi, b_lo, a_port, b_port, proto)
    if slot < 0:
        tag = -1 - slot
        slot = flows.count[USED]
        flows.count[USED] = slot + 1
        flows.buckets[bucket] = (tag << 32) | (slot + 1)
        row = flows.rows[slot]
        row.a_hi, row.a_lo, row.a_port = a_hi, a_lo, a_port
        row.b_hi, row.b_lo, row.b_port = b_hi, b_lo, b_port
        row.proto, row.mac_a, row.mac_b = proto, np.uint64(0), np.uint64(0)
        begin(flows, slot)
        orient(flows, slot, from_a, flags, source_port, destination_port)
    elif is_another(flows, slot, time_ns, flags, u32(buf, packet.header + 4)):
        row = flows.rows[slot]
        if row.packets_a or row.packets_b:
            close_slice(flows, slot, out.slices, out.count[SLICED])
            out.count[SLICED] += 1
        begin(flows, slot)
        orient(flows, slot, from_a, flags, source_port, destination_port)
    row = flows.rows[slot]
    if proto == 6 and flags & SYN and row.has_base == 0:
        row.base_seq = (
            u32(buf, packet.header + 8) if flags & ACK else (u32(buf, packet.header + 4) + 1) & 0xFFFFFFFF
        )
        row.has_base = 1
    count_packet(flows, slot, time_ns, from_a, block.wire[number], packet.mac, out)
    if packet.outer != NO_OUTER:
        keep_outer(buf, packet.outer, flows, slot, from_a)
    if flags & (FIN | RST):
        row.closed = 1
    if packet.end > packet.payload:
        if proto == 6:
            if row.search != NAMED:
                search_segment(block, number, packet, slot, from_a, state)
        else:
            search_datagram(block, number, packet, slot, from_a, state)


@compiled
def is_another(flows: Flows, slot: int, time_ns: int, flags: int, seq: int) -> bool:
    """Whether a packet begins another flow between the same ends: a SYN with another number, or a long silence.

    `seq` means nothing where there is no SYN.
    """
    row = flows.rows[slot]
    if time_ns - row.last_ns > (IDLE_TCP_NS if row.proto == 6 else IDLE_UDP_NS):
        return True
    return flags & (SYN | ACK) == SYN and (row.has_base == 0 or row.base_seq != (seq + 1) & 0xFFFFFFFF)


@compiled
def orient(
    flows: Flows, slot: int, from_a: bool, flags: int, source_port: int, destination_port: int
) -> None:
    """Says which end is the client: who sent the SYN; in mid-stream the higher port; else who came first."""
    row = flows.rows[slot]
    if flags & SYN:
        client_sent = flags & ACK == 0
    elif row.proto == 6:
        client_sent = source_port >= destination_port
    else:
        client_sent = True
    row.client_is_a = 1 if from_a == client_sent else 0


@compiled
def count_packet(
    flows: Flows, slot: int, time_ns: int, from_a: bool, size: int, mac: np.uint64, out: Output
) -> None:
    """Adds a packet to the open slice of its flow, after closing one of another minute."""
    row = flows.rows[slot]
    minute = time_ns // MINUTE_NS
    if row.minute != minute:
        if row.packets_a or row.packets_b:
            close_slice(flows, slot, out.slices, out.count[SLICED])
            out.count[SLICED] += 1
        row.minute = minute
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
