"""Looks for names in UDP datagrams: DNS is read here, DHCP and QUIC are handed over."""

from __future__ import annotations

from auditor.kernel.bytes import u8, u16, u32
from auditor.kernel.dns import dns_message
from auditor.kernel.dtypes import DNS_QUERY, LOOKING, TO_DHCP, TO_QUIC
from auditor.kernel.jit import compiled
from auditor.kernel.outputs import fill, hand_over
from auditor.kernel.state import SIGHTED, Block, State
from auditor.kernel.types import Buffer
from auditor.kernel.unwrap import Packet


@compiled
def search_datagram(block: Block, number: int, packet: Packet, slot: int, from_a: bool, state: State) -> None:
    """Reads DNS; hands over DHCP and the QUIC packets that may carry a hello."""
    buf, row = block.buf, state.flows.rows[slot]
    if row.a_port == 53 or row.b_port == 53:
        sightings = state.out.sightings
        first = state.out.count[SIGHTED]
        count = dns_message(buf, packet.payload, packet.end, state.names, sightings, first)
        for i in range(first, count):
            fill(block, number, packet, slot, sightings[i].kind == DNS_QUERY, i, state)
        state.out.count[SIGHTED] = count
    elif row.search == LOOKING and starts_quic(buf, packet.payload, packet.end):
        hand_over(block, number, packet, slot, from_a, TO_QUIC, state)
    elif (row.a_port == 67 or row.a_port == 68) and (row.b_port == 67 or row.b_port == 68):
        row.handed = 0
        hand_over(block, number, packet, slot, from_a, TO_DHCP, state)


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
