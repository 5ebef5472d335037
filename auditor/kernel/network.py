"""IP and what is tunnelled in it, one function a header."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8, u16, u24, u32
from auditor.kernel.jit import compiled
from auditor.kernel.layers import (
    AH,
    DISCOVERY,
    ESP,
    ETHERNET,
    FRAGMENT,
    GRE,
    IEEE80211,
    IEEE80211_SWAPPED,
    IPV4,
    IPV6,
    OTHER_PROTOCOL,
    PPP,
    SHORT,
    TCP,
    UDP,
)  # fmt: skip
from auditor.kernel.link import layer_of_ethertype
from auditor.kernel.types import Buffer

V4_MAPPED = np.uint64(0xFFFF) << np.uint64(32)  # ::ffff:0:0/96, lower half
ZERO = np.uint64(0)
TEREDO_PREFIX = 0x20010000  # 2001::/32


@compiled
def ip(buf: Buffer, at: int, end: int) -> int:
    """Raw IP: the version nibble decides."""
    if at >= end:
        return SHORT
    version = u8(buf, at) >> 4
    return IPV4 if version == 4 else IPV6 if version == 6 else SHORT


@compiled
def layer_of_protocol(protocol: int) -> int:
    """IP protocol numbers (iana.org/assignments/protocol-numbers)."""
    if protocol == 6:
        return TCP
    if protocol == 17:
        return UDP
    if protocol == 4:
        return IPV4
    if protocol == 41:
        return IPV6
    if protocol == 47:
        return GRE
    if protocol == 50:
        return ESP
    if protocol == 51:
        return AH
    if protocol == 58:  # ICMPv6, whatever it says
        return DISCOVERY
    return OTHER_PROTOCOL


@compiled
def ipv4(buf: Buffer, at: int, end: int) -> tuple[int, int, int, np.uint64, np.uint64]:
    """RFC 791: (next layer, offset behind, end of the payload, lower halves of source and destination).

    A total length of 0 is a segment that the network card was to cut (offloading): all that was captured counts.
    """
    if at + 20 > end or u8(buf, at) >> 4 != 4:
        return SHORT, at, end, ZERO, ZERO
    header = (u8(buf, at) & 0x0F) * 4
    total = u16(buf, at + 2)
    if header < 20 or at + header > end or (total != 0 and total < header):
        return SHORT, at, end, ZERO, ZERO
    if total != 0 and at + total < end:
        end = at + total
    source = V4_MAPPED | np.uint64(u32(buf, at + 12))
    destination = V4_MAPPED | np.uint64(u32(buf, at + 16))
    if u16(buf, at + 6) & 0x3FFF:  # more fragments, or an offset
        return FRAGMENT, at + header, end, source, destination
    return layer_of_protocol(u8(buf, at + 9)), at + header, end, source, destination


@compiled
def ipv6(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """RFC 8200 with its extension headers: (next layer, offset behind, end of the payload)."""
    if at + 40 > end or u8(buf, at) >> 4 != 6:
        return SHORT, at, end
    length = u16(buf, at + 4)
    if length != 0 and at + 40 + length < end:
        end = at + 40 + length
    protocol = u8(buf, at + 6)
    at += 40
    for _ in range(16):
        if (
            protocol == 0
            or protocol == 43
            or protocol == 60
            or protocol == 135
            or protocol == 139
            or protocol == 140
        ):
            if at + 8 > end:
                return SHORT, at, end
            size = (u8(buf, at + 1) + 1) * 8
        elif protocol == 51:  # authentication header (RFC 4302), in units of four bytes
            if at + 8 > end:
                return SHORT, at, end
            size = (u8(buf, at + 1) + 2) * 4
        elif protocol == 44:
            if at + 8 > end:
                return SHORT, at, end
            if u16(buf, at + 2) & 0xFFF9:
                return FRAGMENT, at + 8, end
            size = 8  # an atomic fragment (RFC 6946)
        else:
            return layer_of_protocol(protocol), at, end
        protocol = u8(buf, at)
        at += size
        if at > end:
            return SHORT, at, end
    return SHORT, at, end


@compiled
def ah(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """IPsec's authentication header (RFC 4302), its length in units of four bytes less two."""
    if at + 12 > end:
        return SHORT, at
    behind = at + (u8(buf, at + 1) + 2) * 4
    return (layer_of_protocol(u8(buf, at)), behind) if at + 12 <= behind <= end else (SHORT, at)


@compiled
def gre(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """RFC 2784 and 2890, version 1 of RFC 2637 (PPTP), and ERSPAN I to III inside."""
    if at + 4 > end:
        return SHORT, at
    flags, kind = u16(buf, at), u16(buf, at + 2)
    at += 4
    if flags & 7 == 1:  # enhanced: payload length and call id, sequence and acknowledgement numbers
        at += 4 + (4 if flags & 0x1000 else 0) + (4 if flags & 0x0080 else 0)
        return (PPP, at) if kind == 0x880B and at < end else (SHORT, at)
    if flags & 0xC000:
        at += 4
    if flags & 0x2000:
        at += 4
    sequenced = flags & 0x1000
    if sequenced:
        at += 4
    if at >= end:
        return SHORT, at
    if kind == 0x88BE:  # ERSPAN type I has no header of its own and no sequence number
        return ETHERNET, at + (8 if sequenced else 0)
    if kind == 0x22EB:  # type III; its platform sub-header is there where the last bit says so
        if at + 12 > end:
            return SHORT, at
        return ETHERNET, at + (20 if u8(buf, at + 11) & 1 else 12)
    if kind == 0x0000 and u8(buf, at) >> 4 == 4:  # some senders leave the type empty
        return IPV4, at
    if kind >> 8 == 0x82:  # Aruba's access points to their controller
        return IEEE80211, at
    return layer_of_ethertype(kind), at


@compiled
def udp_tunnel(buf: Buffer, at: int, end: int, source_port: int, port: int) -> tuple[int, int]:
    """What a UDP datagram wraps, told by port and by a sound header; (UDP, at) where it wraps nothing."""
    left = end - at
    if (port == 4789 or port == 8472 or source_port == 4789) and left >= 22:  # VXLAN, RFC 7348
        if u8(buf, at) & 0x08 and u8(buf, at + 7) == 0:
            return ETHERNET, at + 8
    elif port == 6081 and left >= 16:  # GENEVE, RFC 8926
        size = 8 + (u8(buf, at) & 0x3F) * 4
        if u8(buf, at) >> 6 == 0 and size < left:
            return layer_of_ethertype(u16(buf, at + 2)), at + size
    elif (port == 2152 or source_port == 2152) and left >= 28:  # GTP-U, 3GPP TS 29.281
        return _gtpu(buf, at, end)
    elif (port == 3544 or source_port == 3544) and left >= 40:  # Teredo, RFC 4380
        return _teredo(buf, at, end)
    elif (port == 5247 or source_port == 5247) and left >= 32:  # CAPWAP data, RFC 5415
        return _capwap(buf, at, end)
    elif (port == 1701 or source_port == 1701) and left >= 12:  # L2TP, RFC 2661
        return _l2tp(buf, at, end)
    elif port == 37008 and left >= 20:  # TZSP, which mirrors a router's traffic to a sensor
        return _tzsp(buf, at, end)
    elif (port == 5072 or source_port == 5072) and left >= 28:  # AYIYA
        return _ayiya(buf, at, end)
    elif left >= 40 and u8(buf, at) >> 4 == 6:  # Teredo between peers, on any port
        whole = u16(buf, at + 4) + 40 == left
        if whole and (u32(buf, at + 8) == TEREDO_PREFIX or u32(buf, at + 24) == TEREDO_PREFIX):
            return IPV6, at
    return UDP, at


@compiled
def _gtpu(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    flags = u8(buf, at)
    if flags >> 4 != 3 or u8(buf, at + 1) != 0xFF:  # version 1, GTP and not GTP'; a user's packet
        return UDP, at
    inner = at + 8
    if flags & 7:
        extension = u8(buf, at + 11) if flags & 4 else 0
        inner += 4
        while extension:
            if inner + 4 > end or u8(buf, inner) == 0:
                return UDP, at
            inner += u8(buf, inner) * 4
            if inner > end:
                return UDP, at
            extension = u8(buf, inner - 1)
    layer = ip(buf, inner, end)
    return (UDP, at) if layer == SHORT else (layer, inner)


@compiled
def _teredo(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    inner = at
    if u16(buf, inner) == 0x0001:  # authentication: lengths of two identifiers
        inner += 13 + u8(buf, inner + 2) + u8(buf, inner + 3)
    if inner + 2 <= end and u16(buf, inner) == 0x0000:  # origin indication
        inner += 8
    return (IPV6, inner) if ip(buf, inner, end) == IPV6 and inner + 40 <= end else (UDP, at)


@compiled
def _capwap(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    if u8(buf, at) != 0:  # a DTLS preamble, or another version
        return UDP, at
    header = u24(buf, at + 1)
    size = (header >> 19) * 4
    native = header & 0x000100  # T: the payload is in the binding's own format (802.11)
    if size < 8 or at + size >= end or u8(buf, at + 3) & 0x80:  # F: a fragment of a larger frame
        return UDP, at
    return (IEEE80211_SWAPPED if native else ETHERNET), at + size


@compiled
def _l2tp(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """RFC 2661, 3.1: a data message of version 2; which fields there are is told by flags."""
    flags = u16(buf, at)
    if flags & 0x8000 or flags & 0x0F != 2:  # a control message, or version 3
        return UDP, at
    inner = at + 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    if flags & 0x0200 and inner + 2 <= end:
        inner += 2 + u16(buf, inner)
    return (PPP, inner) if inner < end else (UDP, at)


@compiled
def _tzsp(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """TaZmen Sniffer Protocol, version 1: the kind of what is wrapped, then tags up to one that ends them."""
    kind = u16(buf, at + 2)
    if u8(buf, at) != 1 or u8(buf, at + 1) > 1 or (kind != 1 and kind != 18):
        return UDP, at
    inner = at + 4
    for _ in range(32):
        if inner + 2 > end:
            break
        tag = u8(buf, inner)
        if tag == 1:
            return (ETHERNET if kind == 1 else IEEE80211), inner + 1
        inner += 1 if tag == 0 else 2 + u8(buf, inner + 1)
    return UDP, at


@compiled
def _ayiya(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """draft-massar-v6ops-ayiya-02: identity and signature have stated lengths; 1 is the operation `forward`."""
    inner = at + 8 + (1 << (u8(buf, at) >> 4)) + (u8(buf, at + 1) >> 4) * 4
    if u8(buf, at + 2) & 0x0F != 1 or inner >= end:
        return UDP, at
    following = u8(buf, at + 3)
    return (IPV6, inner) if following == 41 else (IPV4, inner) if following == 4 else (UDP, at)
