"""The loop over frames: unwrap, find the flow, count, and look for a name."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditor.kernel import hello, request
from auditor.kernel.bytes import u8, u16, u24, u32
from auditor.kernel.dns import MOST_ANSWERS, MOST_QUESTIONS, dns_message
from auditor.kernel.dtypes import (
    ASSEMBLING,
    DNS_QUERY,
    HTTP,
    LOOKING,
    NAMED,
    NO_NAME,
    SOURCE_HTTP,
    SOURCE_NONE,
    SOURCE_TLS,
    TLS,
    TO_DHCP,
    TO_DNS_STREAM,
    TO_QUIC,
    TO_STREAM,
)  # fmt: skip
from auditor.kernel.jit import compiled
from auditor.kernel.layers import TCP, UDP
from auditor.kernel.names import LONGEST, Names, text_name
from auditor.kernel.proxy import behind_proxy_header
from auditor.kernel.table import USED, Flows, begin, close_slice, find
from auditor.kernel.types import Buffer, Ints, Records
from auditor.kernel.unwrap import Packet, unwrap

MINUTE_NS = 60_000_000_000
MOST_REQUESTS = 16  # read from one segment
MOST_HANDED = 64  # packets of one flow handed over for one name
ROOM = MOST_QUESTIONS + MOST_ANSWERS + MOST_REQUESTS  # sightings that one frame may give

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

SIGHTED, SLICED, HANDED = 0, 1, 2  # elements of `Output.count`


class Output(NamedTuple):
    """What a run over a block fills: rows of dtypes SIGHTING, SLICE and HANDOVER, how many, and verdicts."""

    sightings: Records
    slices: Records
    handovers: Records
    count: Ints  # type: ignore[assignment]
    verdicts: Ints  # frames that ended in each verdict of `layers`


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


@compiled
def observe(block: Block, start: int, flows: Flows, names: Names, out: Output) -> int:
    """Reads frames from number `start` of the block on; returns the number of the first one not read.

    It stops before a frame for which the flow table, the name table or an output array might have no room.
    """
    for number in range(start, len(block.offset)):
        if (
            flows.count[USED] == len(flows.rows)
            or 2 * (names.count[0] + ROOM) > len(names.buckets)
            or names.count[0] + ROOM >= len(names.offset)
            or names.offset[names.count[0]] + ROOM * LONGEST > len(names.arena)
            or out.count[SIGHTED] + ROOM > len(out.sightings)
            or out.count[SLICED] + 2 > len(out.slices)
            or out.count[HANDED] + 2 > len(out.handovers)
        ):
            return number
        at = block.offset[number]
        packet = unwrap(block.buf, at, at + block.captured[number], block.link[number])
        if packet.layer == TCP or packet.layer == UDP:
            observe_packet(block, number, packet, flows, names, out)
        out.verdicts[packet.layer] += 1
    return len(block.offset)


@compiled
def observe_packet(
    block: Block, number: int, packet: Packet, flows: Flows, names: Names, out: Output
) -> None:
    """Counts a TCP or UDP packet into its flow and looks into its payload."""
    buf, time_ns = block.buf, block.time_ns[number]
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
    elif flags & (SYN | ACK) == SYN:
        row = flows.rows[slot]
        if row.has_base == 0 or row.base_seq != (u32(buf, packet.header + 4) + 1) & 0xFFFFFFFF:
            if row.packets_a or row.packets_b:
                close_slice(flows, slot, out.slices, out.count[SLICED])
                out.count[SLICED] += 1
            begin(flows, slot)  # the port pair is used again
            orient(flows, slot, from_a, flags, source_port, destination_port)
    row = flows.rows[slot]
    if proto == 6 and flags & SYN and row.has_base == 0:
        row.base_seq = (
            u32(buf, packet.header + 8) if flags & ACK else (u32(buf, packet.header + 4) + 1) & 0xFFFFFFFF
        )
        row.has_base = 1
    count_packet(flows, slot, time_ns, from_a, block.wire[number], packet.mac, out)
    if flags & (FIN | RST):
        row.closed = 1
    if packet.end > packet.payload:
        if proto == 6:
            if row.search != NAMED:
                search_segment(block, number, packet, slot, from_a, flows, names, out)
        else:
            search_datagram(block, number, packet, slot, from_a, flows, names, out)


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


@compiled
def search_segment(
    block: Block,
    number: int,
    packet: Packet,
    slot: int,
    from_a: bool,
    flows: Flows,
    names: Names,
    out: Output,
) -> None:
    """Looks for a ClientHello or a request at the start of a TCP segment's payload, on any port."""
    buf, at, end = block.buf, packet.payload, packet.end
    row = flows.rows[slot]
    seq = u32(buf, packet.header + 4)
    if row.a_port == 53 or row.b_port == 53:
        hand_over(block, number, packet, slot, from_a, flows, out, TO_DNS_STREAM, seq)
        return
    if row.search == ASSEMBLING and (row.from_a == 1) == from_a:
        hand_over(block, number, packet, slot, from_a, flows, out, TO_STREAM, seq)
        return
    begins = False
    if row.has_base == 1 and (row.client_is_a == 1) == from_a:
        ahead = (seq - row.base_seq) & 0xFFFFFFFF
        if ahead >= 0x80000000:  # a keep-alive's byte before the stream
            return
        if ahead:  # the first segment is late
            assemble(block, number, packet, slot, from_a, flows, out, np.int64(row.base_seq))
            return
        row.has_base = 2
        begins = True
    at = behind_proxy_header(buf, at, end)
    if at >= end:
        return
    seq = (seq + at - packet.payload) & 0xFFFFFFFF
    first = u8(buf, at)
    if first == hello.HANDSHAKE:
        found = hello.starts_hello(buf, at, end)
        if found == hello.WHOLE:
            start, behind, ech = hello.server_name(buf, at + 9, at + 9 + u24(buf, at + 6))
            name = text_name(names, buf, start, behind)
            row.client_is_a = 1 if from_a else 0
            row.search = NAMED
            name_flow(flows, slot, name, SOURCE_TLS, block.first + number, block.capture, ech)
            sight(block, number, packet, slot, from_a, flows, out, TLS, name, ech)
        elif found == hello.CUT:
            assemble(block, number, packet, slot, from_a, flows, out, seq)
    elif 0x41 <= first <= 0x5A and not (row.has_seen and row.seen_seq == seq):
        search_requests(block, number, packet, at, slot, from_a, begins, seq, flows, names, out)


@compiled
def search_requests(
    block: Block, number: int, packet: Packet, begin_at: int, slot: int, from_a: bool, begins: bool, seq: int,
    flows: Flows, names: Names, out: Output,
) -> None:  # fmt: skip
    """Reads the HTTP requests of a segment from `begin_at` on, where sequence number `seq` is."""
    buf, at, end = block.buf, begin_at, packet.end
    row = flows.rows[slot]
    for _ in range(MOST_REQUESTS):
        if at >= end:
            return
        found = request.starts_request(buf, at, end)
        if found == request.CUT and (begins or end - at > 16):
            assemble(block, number, packet, slot, from_a, flows, out, (seq + at - begin_at) & 0xFFFFFFFF)
        if found != request.WHOLE:
            return
        head, start, behind, next_at = request.host_header(buf, at, end)
        if start == behind:  # cut before it, or only in the request line
            assemble(block, number, packet, slot, from_a, flows, out, (seq + at - begin_at) & 0xFFFFFFFF)
            return
        row.client_is_a = 1 if from_a else 0
        row.has_seen = 1
        row.seen_seq = seq
        name = text_name(names, buf, start, behind)
        if name != NO_NAME:
            name_flow(flows, slot, name, SOURCE_HTTP, block.first + number, block.capture, 0)
            sight(block, number, packet, slot, from_a, flows, out, HTTP, name, 0)
        if head == request.CUT:
            return
        at = next_at


@compiled
def search_datagram(
    block: Block,
    number: int,
    packet: Packet,
    slot: int,
    from_a: bool,
    flows: Flows,
    names: Names,
    out: Output,
) -> None:
    """Reads DNS; hands over DHCP and QUIC packets that may carry a hello."""
    buf = block.buf
    row = flows.rows[slot]
    if row.a_port == 53 or row.b_port == 53:
        first = out.count[SIGHTED]
        count = dns_message(buf, packet.payload, packet.end, names, out.sightings, first)
        for i in range(first, count):
            asks = out.sightings[i].kind == DNS_QUERY
            fill(block, number, packet, slot, asks, flows, out, i)
        out.count[SIGHTED] = count
    elif row.search == LOOKING and starts_quic(buf, packet.payload, packet.end):
        hand_over(block, number, packet, slot, from_a, flows, out, TO_QUIC, 0)
    elif (row.a_port == 67 or row.a_port == 68) and (row.b_port == 67 or row.b_port == 68):
        row.handed = 0
        hand_over(block, number, packet, slot, from_a, flows, out, TO_DHCP, 0)


@compiled
def starts_quic(buf: Buffer, at: int, end: int) -> bool:
    """Whether a datagram may carry the client's hello: a long header of an Initial or 0-RTT packet (RFC 9000,
    17.2; RFC 9369), or gQUIC's public header with a version."""
    if end - at < 20:
        return False
    first = u8(buf, at)
    if first & 0x80:
        version = u32(buf, at + 1)
        kind = first & 0x30
        if version == 0x6B3343CF:
            return kind == 0x10 or kind == 0x20
        if version >> 8 == 0x513034 or version >> 8 == 0x513035 or version >> 8 == 0x543035:  # Q04x Q05x T05x
            return True
        known = (
            version == 1
            or 0xFF000016 <= version <= 0xFF000022
            or version & 0x0F0F0F0F == 0x0A0A0A0A
            or version >> 8 == 0xFACEB0
        )
        return known and (kind == 0x00 or kind == 0x10)
    return first & 0x01 != 0 and u16(buf, at + (9 if first & 0x08 else 1)) == 0x5130  # "Q0"


@compiled
def assemble(
    block: Block,
    number: int,
    packet: Packet,
    slot: int,
    from_a: bool,
    flows: Flows,
    out: Output,
    base_seq: int,
) -> None:
    """Hands this segment and the following ones of its direction over, from sequence number `base_seq` on."""
    row = flows.rows[slot]
    if row.handed < MOST_HANDED:
        row.search = ASSEMBLING
        row.from_a = 1 if from_a else 0
        row.base_seq = base_seq
        row.has_base = 2
        hand_over(
            block, number, packet, slot, from_a, flows, out, TO_STREAM, u32(block.buf, packet.header + 4)
        )


@compiled
def hand_over(
    block: Block,
    number: int,
    packet: Packet,
    slot: int,
    from_a: bool,
    flows: Flows,
    out: Output,
    why: int,
    seq: int,
) -> None:
    """Notes a packet for plain Python; a flow that has used its share goes on without a name."""
    row = flows.rows[slot]
    if row.handed >= MOST_HANDED:
        if row.search == ASSEMBLING:
            row.search = LOOKING
        return
    row.handed += 1
    note = out.handovers[out.count[HANDED]]
    out.count[HANDED] += 1
    note.frame = block.first + number
    note.time_ns = block.time_ns[number]
    note.slot = slot
    note.flow = row.serial
    note.at, note.end = packet.payload, packet.end
    note.mac = packet.mac
    note.seq, note.base_seq = seq, row.base_seq
    note.why = why
    note.from_a = 1 if from_a else 0
    note.last = 1 if row.handed == MOST_HANDED else 0


@compiled
def name_flow(flows: Flows, slot: int, name: int, source: int, frame: int, capture: int, ech: int) -> None:
    """Names a flow: a hello's name stands above a request's, else the first one stays."""
    row = flows.rows[slot]
    if name != NO_NAME and (
        row.name_source == SOURCE_NONE or (row.name_source == SOURCE_HTTP and source != SOURCE_HTTP)
    ):
        row.name, row.name_source = name, source
        row.name_frame, row.name_capture, row.ech = frame, capture, ech


@compiled
def sight(
    block: Block, number: int, packet: Packet, slot: int, from_a: bool, flows: Flows, out: Output,
    kind: int, name: int, ech: int,
) -> None:  # fmt: skip
    """Writes a sighting whose client is the packet's sender."""
    at = out.count[SIGHTED]
    out.count[SIGHTED] = at + 1
    row = out.sightings[at]
    row.kind, row.name, row.ttl_s, row.ech = kind, name, 0, ech
    row.ip_hi = row.ip_lo = np.uint64(0)
    fill(block, number, packet, slot, True, flows, out, at)
    row.ech = ech


@compiled
def fill(
    block: Block,
    number: int,
    packet: Packet,
    slot: int,
    client_sent: bool,
    flows: Flows,
    out: Output,
    at: int,
) -> None:
    """Fills what each sighting has: frame, time, flow, the two ends."""
    row = out.sightings[at]
    row.frame, row.time_ns = block.first + number, block.time_ns[number]
    row.flow = flows.rows[slot].serial
    source_port, destination_port = u16(block.buf, packet.header), u16(block.buf, packet.header + 2)
    row.mac = np.uint64(0)
    row.ech = 0
    row.proto = 6 if packet.layer == TCP else 17
    if client_sent:
        row.client_hi, row.client_lo, row.client_port = packet.source_hi, packet.source_lo, source_port
        row.server_hi, row.server_lo, row.server_port = (
            packet.destination_hi,
            packet.destination_lo,
            destination_port,
        )
        row.client_mac = packet.mac
    else:
        row.client_hi, row.client_lo, row.client_port = (
            packet.destination_hi,
            packet.destination_lo,
            destination_port,
        )
        row.server_hi, row.server_lo, row.server_port = packet.source_hi, packet.source_lo, source_port
        client_is_a = flows.rows[slot].client_is_a
        row.client_mac = flows.rows[slot].mac_a if client_is_a else flows.rows[slot].mac_b
