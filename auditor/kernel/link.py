"""Link-layer headers, one function each: (next layer, offset behind the header, source MAC or 0)."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import mac48, u8, u16, u16le, u24, u32, u32le
from auditor.kernel.jit import compiled
from auditor.kernel.layers import (
    ARP,
    ENCRYPTED,
    ETAG,
    ETHERNET,
    FDDI,
    IEEE80211,
    IP,
    IPV4,
    IPV6,
    MPLS,
    MPPE,
    NFLOG,
    NOT_IP,
    NULL,
    PBB,
    PFLOG,
    PPI,
    PPP,
    PPPOE,
    PRISM,
    RADIOTAP,
    SHORT,
    SLL,
    SLL2,
    UNKNOWN,
    VLAN,
    VNTAG,
)  # fmt: skip
from auditor.kernel.types import Buffer

NO_MAC = np.uint64(0)
ARPHRD_IEEE80211, ARPHRD_PRISM, ARPHRD_RADIOTAP = 801, 802, 803  # linux/if_arp.h
AVS_COOKIE = 0x80211  # the upper bits of an AVS header's first word


@compiled
def layer_of_linktype(link: int) -> int:
    """The first layer of a LINKTYPE_ number (tcpdump.org/linktypes.html)."""
    if link == 1:
        return ETHERNET
    if link == 0 or link == 108:
        return NULL
    if link == 12 or link == 14 or link == 101:
        return IP
    if link == 228:
        return IPV4
    if link == 229:
        return IPV6
    if link == 9 or link == 50 or link == 104 or link == 166:
        return PPP
    if link == 51:
        return PPPOE
    if link == 113:
        return SLL
    if link == 276:
        return SLL2
    if link == 105:
        return IEEE80211
    if link == 119 or link == 163:
        return PRISM
    if link == 127:
        return RADIOTAP
    if link == 192:
        return PPI
    if link == 10:
        return FDDI
    if link == 239:
        return NFLOG
    if link == 117:
        return PFLOG
    return UNKNOWN


@compiled
def layer_of_ethertype(ethertype: int) -> int:
    """IEEE 802 EtherType numbers (iana.org/assignments/ieee-802-numbers)."""
    if ethertype == 0x0800:
        return IPV4
    if ethertype == 0x86DD:
        return IPV6
    if ethertype == 0x8100 or ethertype == 0x88A8 or ethertype == 0x9100 or ethertype == 0x9200:
        return VLAN
    if ethertype == 0x8847 or ethertype == 0x8848:
        return MPLS
    if ethertype == 0x8864:
        return PPPOE
    if ethertype == 0x88E7:
        return PBB
    if ethertype == 0x8926:
        return VNTAG
    if ethertype == 0x893F or ethertype == 0x8909:
        return ETAG
    if ethertype == 0x880B:
        return PPP
    if ethertype == 0x6558:
        return ETHERNET
    if ethertype == 0x0806:
        return ARP
    return NOT_IP


@compiled
def ethernet(buf: Buffer, at: int, end: int) -> tuple[int, int, np.uint64]:
    """IEEE 802.3: destination, source, EtherType; or a length and LLC/SNAP."""
    if at + 14 > end:
        return SHORT, at, NO_MAC
    kind = u16(buf, at + 12)
    mac = mac48(buf, at + 6)
    if kind >= 0x0600:
        return layer_of_ethertype(kind), at + 14, mac
    layer, behind = llc_snap(buf, at + 14, end)
    return layer, behind, mac


@compiled
def llc_snap(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """IEEE 802.2 LLC with a SNAP header (RFC 1042)."""
    if at + 8 > end:
        return SHORT, at
    if _is_snap(buf, at):
        return layer_of_ethertype(u16(buf, at + 6)), at + 8
    return NOT_IP, at


@compiled
def _is_snap(buf: Buffer, at: int) -> bool:
    return u8(buf, at) == 0xAA and u8(buf, at + 1) == 0xAA and u8(buf, at + 2) == 0x03


@compiled
def vlan(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """IEEE 802.1Q tag behind its EtherType: priority and VLAN, then the next EtherType (or an LLC length)."""
    if at + 4 > end:
        return SHORT, at
    kind = u16(buf, at + 2)
    if kind < 0x0600:
        return llc_snap(buf, at + 4, end)
    return layer_of_ethertype(kind), at + 4


@compiled
def vntag(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """IEEE 802.1BR E-TAG's forerunner VN-Tag: four bytes, then the next EtherType."""
    if at + 6 > end:
        return SHORT, at
    return layer_of_ethertype(u16(buf, at + 4)), at + 6


@compiled
def etag(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """IEEE 802.1BR E-TAG, or Cisco's metadata with a security group tag: six bytes, then the next EtherType."""
    if at + 8 > end:
        return SHORT, at
    return layer_of_ethertype(u16(buf, at + 6)), at + 8


@compiled
def pbb(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """IEEE 802.1ah I-TAG: four bytes behind the EtherType, then the customer's Ethernet header."""
    if at + 4 > end:
        return SHORT, at
    return ETHERNET, at + 4


@compiled
def mpls(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """RFC 3032 label stack; the payload is told by its first nibble, a zero one being a control word (RFC 4385)."""
    while at + 4 <= end:
        bottom = u8(buf, at + 2) & 1
        at += 4
        if bottom:
            if at >= end:
                return SHORT, at
            nibble = u8(buf, at) >> 4
            if nibble == 4:
                return IPV4, at
            if nibble == 6:
                return IPV6, at
            return ETHERNET, at + 4 if nibble == 0 else at
    return SHORT, at


@compiled
def pppoe(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """RFC 2516 session stage: six bytes, then PPP."""
    if at + 6 > end:
        return SHORT, at
    return PPP, at + 6


@compiled
def ppp(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """RFC 1661/1662: address and control where present, the protocol in one byte or two.

    Cisco's HDLC has addresses of its own and an EtherType; pppd's log has the direction (0 or 1) for an address.
    """
    if at + 2 <= end:
        address, control = u8(buf, at), u8(buf, at + 1)
        if (address in (0xFF, 0x0F, 0x8F) and control in (0x03, 0x00)) or (address <= 1 and control == 0x03):
            at += 2
    if at + 2 > end:
        return SHORT, at
    protocol = u8(buf, at)
    if protocol & 1:
        at += 1
    else:
        protocol = u16(buf, at)
        at += 2
    if protocol == 0x0021 or protocol == 0x0800:  # the latter in Cisco's HDLC
        return IPV4, at
    if protocol == 0x0057 or protocol == 0x86DD:
        return IPV6, at
    if protocol == 0x0281:
        return MPLS, at
    if protocol == 0x00FD:  # RFC 1962; encrypted as in RFC 3078
        return MPPE, at
    return NOT_IP, at


@compiled
def null(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """BSD loopback: four bytes of address family, in an order that differs; the IP version nibble decides."""
    return (IP, at + 4) if at + 4 <= end else (SHORT, at)


@compiled
def sll(buf: Buffer, at: int, end: int) -> tuple[int, int, np.uint64]:
    """Linux cooked capture v1: type, ARPHRD, address length, address, protocol."""
    if at + 16 > end:
        return SHORT, at, NO_MAC
    mac = mac48(buf, at + 6) if u16(buf, at + 4) == 6 else NO_MAC
    layer, behind = _cooked_payload(buf, at + 16, end, u16(buf, at + 2), u16(buf, at + 14))
    return layer, behind, mac


@compiled
def sll2(buf: Buffer, at: int, end: int) -> tuple[int, int, np.uint64]:
    """Linux cooked capture v2: protocol first, the address at its end."""
    if at + 20 > end:
        return SHORT, at, NO_MAC
    mac = mac48(buf, at + 12) if u8(buf, at + 11) == 6 else NO_MAC
    layer, behind = _cooked_payload(buf, at + 20, end, u16(buf, at + 8), u16(buf, at))
    return layer, behind, mac


@compiled
def _cooked_payload(buf: Buffer, at: int, end: int, hardware: int, protocol: int) -> tuple[int, int]:
    """A monitor interface's frames come with their own header, 802.3 frames (protocol 4) with LLC."""
    if hardware == ARPHRD_IEEE80211:
        return IEEE80211, at
    if hardware == ARPHRD_PRISM:
        return PRISM, at
    if hardware == ARPHRD_RADIOTAP:
        return RADIOTAP, at
    return llc_snap(buf, at, end) if protocol == 4 else (layer_of_ethertype(protocol), at)


@compiled
def prism(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """Prism monitoring header, or the AVS one that took its place: the length at byte 4, then 802.11."""
    if at + 8 > end:
        return SHORT, at
    length = u32(buf, at + 4) if u24(buf, at) >> 4 == AVS_COOKIE else u32le(buf, at + 4)
    return (IEEE80211, at + length) if 8 <= length <= end - at else (SHORT, at)


@compiled
def radiotap(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """radiotap.org: version 0, its length at byte 2, then 802.11."""
    if at + 4 > end or u8(buf, at) != 0:
        return SHORT, at
    length = u16le(buf, at + 2)
    return (IEEE80211, at + length) if 8 <= length <= end - at else (SHORT, at)


@compiled
def ppi(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """Per-Packet Information: its length and the link type behind it, little-endian."""
    if at + 8 > end:
        return SHORT, at
    length, inner = u16le(buf, at + 2), u32le(buf, at + 4)
    if not 8 <= length <= end - at or inner == 192:
        return SHORT, at
    return layer_of_linktype(inner), at + length


@compiled
def fddi(buf: Buffer, at: int, end: int) -> tuple[int, int, np.uint64]:
    """FDDI: frame control, destination, source, LLC/SNAP."""
    if at + 13 > end:
        return SHORT, at, NO_MAC
    layer, behind = llc_snap(buf, at + 13, end)
    return layer, behind, mac48(buf, at + 7)


@compiled
def nflog(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """Linux netfilter log: family, version, group, then attributes in the host's byte order; 9 is the packet."""
    at += 4
    for _ in range(32):
        if at + 4 > end:
            break
        length, kind = u16le(buf, at), u16le(buf, at + 2) & 0x7FFF
        if length < 4:
            break
        if kind == 9:
            return IP, at + 4
        at += (length + 3) & ~3
    return SHORT, at


@compiled
def pflog(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """The log of BSD's packet filter: its header's length, padded to four bytes, then IP."""
    if at + 4 > end:
        return SHORT, at
    length = (u8(buf, at) + 3) & ~3
    return (IP, at + length) if 28 <= length <= end - at else (SHORT, at)


@compiled
def swapped_control(buf: Buffer, at: int, end: int) -> int:
    """1 where the two bytes of an 802.11 frame control stand in the wrong order, as some controllers send them."""
    if at + 2 > end or u8(buf, at) & 0x0F == 0x08:
        return 0
    return 1 if u8(buf, at + 1) & 0x0F == 0x08 else 0


@compiled
def ieee80211(buf: Buffer, at: int, end: int, swapped: int) -> tuple[int, int, np.uint64]:
    """IEEE 802.11 data frame in the clear: the header's length and the source depend on the DS bits.

    Of an aggregate (A-MSDU) the first subframe is read; it looks like an 802.3 frame.
    """
    if at + 24 > end:
        return SHORT, at, NO_MAC
    control, flags = u8(buf, at + swapped), u8(buf, at + 1 - swapped)
    if control & 0x0C != 0x08 or control & 0x40:  # not data, or data without a body
        return NOT_IP, at, NO_MAC
    if flags & 0x40:
        return ENCRYPTED, at, NO_MAC
    to_ds, from_ds = flags & 1, flags & 2
    length = 30 if to_ds and from_ds else 24
    source = at + 24 if to_ds and from_ds else at + 16 if from_ds else at + 10
    aggregate = 0
    if control & 0x80:  # QoS control, with an HT control behind it where the order bit is set
        if at + length + 2 > end:
            return SHORT, at, NO_MAC
        aggregate = u8(buf, at + length) & 0x80
        length += 6 if flags & 0x80 else 2
    if at + length > end:
        return SHORT, at, NO_MAC
    if aggregate:
        return ETHERNET, at + length, NO_MAC
    layer, behind = llc_snap(buf, at + length + _body_padding(buf, at, length, end), end)
    return layer, behind, mac48(buf, source)


@compiled
def _body_padding(buf: Buffer, at: int, length: int, end: int) -> int:
    """2 where the driver has aligned the body behind a header of 26 bytes, say, to four."""
    if length & 3 == 0 or at + length + 10 > end or _is_snap(buf, at + length):
        return 0
    return 2 if _is_snap(buf, at + length + 2) else 0
