"""Tunnels, told by the shape of a flow's first packets: what is inside them can't be read.

A flow is looked at a few times and then left alone. Where one packet might be chance, a second must fit to it.
"""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8, u16, u32, u32le
from auditor.kernel.jit import compiled
from auditor.kernel.table import Flows
from auditor.kernel.types import Buffer

# what `veil` of a flow says; 0 is nothing
WIREGUARD, OPENVPN, IPSEC, L2TP, PPTP = range(1, 6)
VEIL_NAMES = ("", "wireguard", "openvpn", "ipsec", "l2tp", "pptp")

MOST_LOOKS = 8  # packets with payload, of a flow
DNS_PORT, NAT_TRAVERSAL_PORT, L2TP_PORT, OPENVPN_PORT = 53, 4500, 1701, 1194
PPTP_COOKIE = 0x1A2B3C4D  # RFC 2637, 2

# what `has_seen` of a UDP flow remembers; for a packet from b one more
NOTHING, INITIATION, DATA, RESET = 0, 1, 3, 5


@compiled
def look(flows: Flows, slot: int, buf: Buffer, at: int, end: int, from_a: bool) -> None:
    """Looks at the payload buf[at:end] of one of the flow's first packets."""
    row = flows.rows[slot]
    row.looks += 1
    if row.a_port == DNS_PORT or row.b_port == DNS_PORT:
        row.looks = MOST_LOOKS
        return
    veil = 0
    if row.proto == 6:
        veil = of_stream(buf, at, end, row.has_base != 0)
    elif is_ike(buf, at, end) or is_wrapped_ipsec(buf, at, end, row.a_port, row.b_port):
        veil = IPSEC
    elif (row.a_port == L2TP_PORT or row.b_port == L2TP_PORT) and is_l2tp(buf, at, end):
        veil = L2TP
    elif is_wireguard(flows, slot, buf, at, end, from_a):
        veil = WIREGUARD
    elif is_openvpn(flows, slot, buf, at, end, from_a):
        veil = OPENVPN
    if veil:
        row.veil = veil
        row.looks = MOST_LOOKS


@compiled
def of_stream(buf: Buffer, at: int, end: int, from_start: bool) -> int:
    """OpenVPN over TCP begins with a length and the client's reset; PPTP's control connection has a cookie."""
    size = end - at
    if size >= 16 and u32(buf, at + 4) == PPTP_COOKIE and u16(buf, at) == size:
        return PPTP
    if from_start and size >= 16 and u16(buf, at) == size - 2:
        kind = u8(buf, at + 2)
        if kind == 0x38 or kind == 0x50:
            return OPENVPN
    return 0


@compiled
def is_ike(buf: Buffer, at: int, end: int) -> bool:
    """RFC 7296, 3.1 and RFC 2408, 3.1; behind four zero bytes on port 4500 (RFC 3948, 2.2)."""
    if end - at >= 32 and u32(buf, at) == 0:
        at += 4
    if end - at < 28 or u32(buf, at + 24) != end - at:
        return False
    version, exchange = u8(buf, at + 17), u8(buf, at + 18)
    if version == 0x20:
        return 34 <= exchange <= 44
    return version == 0x10 and (1 <= exchange <= 6 or exchange == 32 or exchange == 33)


@compiled
def is_wrapped_ipsec(buf: Buffer, at: int, end: int, port: int, other_port: int) -> bool:
    """ESP in UDP (RFC 3948, 2.1): an SPI that is no reserved one. Nothing but the port tells it from chance."""
    if port != NAT_TRAVERSAL_PORT and other_port != NAT_TRAVERSAL_PORT:
        return False
    return end - at >= 24 and u32(buf, at) > 255


@compiled
def is_l2tp(buf: Buffer, at: int, end: int) -> bool:
    """RFC 2661, 3.1: version 2, and the length where it is given."""
    if end - at < 6 or u16(buf, at) & 0x000F != 2:
        return False
    return not u16(buf, at) & 0x4000 or u16(buf, at + 2) == end - at


@compiled
def is_wireguard(flows: Flows, slot: int, buf: Buffer, at: int, end: int, from_a: bool) -> bool:
    """The initiation (148 bytes) and the response (92) that bears its number; in mid-stream two packets of data of
    one receiver, with counters that follow each other (wireguard.com/protocol).

    The three bytes behind the type are zero, but some providers use them.
    """
    row, size = flows.rows[slot], end - at
    if size < 32:
        return False
    kind = u8(buf, at)
    if kind == 1 and size == 148:
        row.has_seen, row.base_seq = INITIATION, u32(buf, at + 4)
    elif kind == 2 and size == 92:
        return row.has_seen == INITIATION and row.base_seq == u32(buf, at + 8)
    elif kind == 4 and size % 16 == 0 and u32(buf, at + 12) == 0:
        mark, receiver, counter = DATA + (0 if from_a else 1), u32(buf, at + 4), u32le(buf, at + 8)
        step = counter - np.int64(row.seen_seq)
        if row.has_seen == mark and row.base_seq == receiver and 0 < step <= 64:
            return True
        if row.has_seen == NOTHING or row.has_seen == mark:  # the other side's packets come in between
            row.has_seen, row.base_seq, row.seen_seq = mark, receiver, counter
    return False


@compiled
def is_openvpn(flows: Flows, slot: int, buf: Buffer, at: int, end: int, from_a: bool) -> bool:
    """The client's hard reset (opcodes 7 and 10), then a control packet or ACK (4 and 5) with the same session
    number; in mid-stream on its own port two packets of data of one peer (opcode 9)."""
    row, size = flows.rows[slot], end - at
    if size < 14:
        return False
    kind = u8(buf, at)
    mark = RESET + (0 if from_a else 1)
    if kind == 0x38 or kind == 0x50:
        row.has_seen, row.base_seq = mark, u32(buf, at + 1)
    elif kind >> 3 == 4 or kind >> 3 == 5:
        return row.has_seen == mark and row.base_seq == u32(buf, at + 1)
    elif kind >> 3 == 9 and (row.a_port == OPENVPN_PORT or row.b_port == OPENVPN_PORT):
        mark, peer = DATA + (0 if from_a else 1), u32(buf, at)
        if row.has_seen == mark and row.base_seq == peer:
            return True
        if row.has_seen == NOTHING or row.has_seen == mark:
            row.has_seen, row.base_seq = mark, peer
    return False
