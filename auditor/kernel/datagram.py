"""Looks for names in UDP datagrams: DNS and QUIC are read here, DHCP is handed over."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8, u16, u24, u32
from auditor.kernel.denied import dns_denied
from auditor.kernel.dns import dns_message
from auditor.kernel.dtypes import (
    ASSEMBLING,
    DNS_QUERY,
    LOOKING,
    NAMED,
    QUIC,
    SOURCE_QUIC,
    TO_DHCP,
    TO_DHCPV6,
    TO_QUIC,
)  # fmt: skip
from auditor.kernel.hello import server_name
from auditor.kernel.jit import compiled
from auditor.kernel.names import text_name
from auditor.kernel.outputs import MOST_HANDED, fill, hand_over, name_flow, sight
from auditor.kernel.pool import SLOT_BYTES, free_slot, take_slot
from auditor.kernel.quic import MORE, ODD, WHOLE, is_read_here, read_datagram
from auditor.kernel.state import SIGHTED, Block, State
from auditor.kernel.types import Buffer, Record


@compiled
def may_hold_name(buf: Buffer, packet: Record, row: Record) -> bool:
    """A quick look that spares most datagrams the search."""
    if is_service(row.a_port) or is_service(row.b_port):
        return True
    return row.search != NAMED and starts_quic(buf, packet.payload, packet.end)


@compiled
def is_service(port: int) -> bool:
    """Whether a port is one of DNS (53), DHCP (67, 68), or DHCPv6 (546, 547)."""
    return port <= 68 or port == 546 or port == 547


@compiled
def search_datagram(block: Block, number: int, packet: Record, slot: int, from_a: bool, state: State) -> None:
    """Reads DNS, and QUIC packets that may carry a hello; hands over DHCP."""
    buf, row = block.buf, state.flows.rows[slot]
    if row.a_port == 53 or row.b_port == 53:
        sightings = state.out.sightings
        first = state.out.count[SIGHTED]
        count = dns_message(buf, packet.payload, packet.end, state.names, sightings, first)
        count = dns_denied(buf, packet.payload, packet.end, state.names, sightings, first, count)
        for i in range(first, count):
            fill(block, number, packet, slot, sightings[i].kind == DNS_QUERY, i, state)
        state.out.count[SIGHTED] = count
    elif row.search != NAMED and starts_quic(buf, packet.payload, packet.end):
        search_initial(block, number, packet, slot, from_a, state)
    elif (row.a_port == 67 or row.a_port == 68) and (row.b_port == 67 or row.b_port == 68):
        row.handed = 0
        hand_over(block, number, packet, slot, from_a, TO_DHCP, state)
    elif (row.a_port == 546 or row.a_port == 547) and (row.b_port == 546 or row.b_port == 547):
        row.handed = 0
        hand_over(block, number, packet, slot, from_a, TO_DHCPV6, state)


@compiled
def search_initial(block: Block, number: int, packet: Record, slot: int, from_a: bool, state: State) -> None:
    """Opens an Initial and reads its hello once that is whole; what is odd goes to plain Python, and all of the
    flow's later Initials with it."""
    buf, row, pool = block.buf, state.flows.rows[slot], state.pool
    place = np.int64(row.pool_slot) - 1
    known = place >= 0 and pool.owner[place] == row.serial
    if known and (row.from_a == 1) != from_a:
        return  # the server's answer to a hello that isn't complete
    if row.search == LOOKING and not known and is_read_here(u32(buf, packet.payload + 1)):
        place = take_slot(pool, row.serial, block.time_ns[number])
        known = place >= 0
        row.pool_slot = 1 + place
        row.from_a = 1 if from_a else 0
        if known:
            state.quic.version[place] = 0
    if not known:
        row.search = ASSEMBLING
        hand_over(block, number, packet, slot, from_a, TO_QUIC, state)
        return
    row.handed += 1
    found = read_datagram(state.quic, pool, place, buf, packet.payload, packet.end, block.time_ns[number])
    if found == WHOLE:
        take_hello(block, number, packet, slot, from_a, place, state)
    if found != MORE or row.handed >= MOST_HANDED:
        free_slot(pool, place)
        row.pool_slot = 0
    if found == ODD:
        row.search = ASSEMBLING
        hand_over(block, number, packet, slot, from_a, TO_QUIC, state)


@compiled
def take_hello(
    block: Block, number: int, packet: Record, slot: int, from_a: bool, place: int, state: State
) -> None:
    """Reads the whole ClientHello in a slot of the pool; its sender is the client."""
    data, start = state.pool.data, place * SLOT_BYTES
    first, behind, ech = server_name(data, start + 4, start + 4 + u24(data, start + 1))
    name = text_name(state.names, data, first, behind)
    row = state.flows.rows[slot]
    row.client_is_a = 1 if from_a else 0
    row.search = NAMED
    name_flow(block, number, slot, name, SOURCE_QUIC, ech, state)
    sight(block, number, packet, slot, QUIC, name, ech, state)


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
