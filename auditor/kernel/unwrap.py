"""From the first byte of a frame to its innermost TCP or UDP payload."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from auditor.kernel.bytes import u8, u16, u64
from auditor.kernel.jit import compiled
from auditor.kernel.layers import (
    AH,
    ARP,
    DEPTH,
    DISCOVERY,
    ETAG,
    ETHERNET,
    FDDI,
    FRAGMENT,
    GRE,
    IEEE80211,
    IEEE80211_SWAPPED,
    IP,
    IPV4,
    IPV6,
    MPLS,
    NFLOG,
    NOT_IP,
    NULL,
    OTHER_PROTOCOL,
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
    TCP,
    TOO_DEEP,
    UDP,
    UNKNOWN,
    VLAN,
    VNTAG,
)  # fmt: skip
from auditor.kernel.link import (
    etag,
    ethernet,
    fddi,
    ieee80211,
    layer_of_linktype,
    mpls,
    nflog,
    null,
    pbb,
    pflog,
    ppi,
    ppp,
    pppoe,
    prism,
    radiotap,
    sll,
    sll2,
    swapped_control,
    vlan,
    vntag,
)  # fmt: skip
from auditor.kernel.neighbours import is_arp, is_discovery
from auditor.kernel.network import ah, gre, ip, ipv4, ipv6, udp_tunnel
from auditor.kernel.outer import NO_OUTER
from auditor.kernel.types import Buffer


class Packet(NamedTuple):
    """The innermost packet of a frame; `layer` is TCP, UDP or the verdict that ended the unwrapping."""

    layer: int
    source_hi: np.uint64
    source_lo: np.uint64
    destination_hi: np.uint64
    destination_lo: np.uint64
    mac: np.uint64  # of the sender on the innermost link; 0 where IP wraps IP, or there is none
    header: int  # offset as in dtype PACKET
    payload: int  # offset behind that header
    end: int  # of the payload, link padding left out
    outer: int  # offset of the outermost IP header where IP wraps another, else NO_OUTER


_NONE = np.uint64(0)
NO_DATAGRAM = Packet(SHORT, _NONE, _NONE, _NONE, _NONE, _NONE, 0, 0, 0, NO_OUTER)


@compiled
def unwrap(buf: Buffer, at: int, end: int, link: int) -> Packet:
    """Unwraps the frame buf[at:end] of the LINKTYPE_ number `link`. The innermost IP header gives the addresses.

    A round takes a link header, an IP header and a transport header: a plain frame is done in one.
    """
    layer = layer_of_linktype(link)
    none = np.uint64(0)
    mac = source_hi = source_lo = destination_hi = destination_lo = none
    datagram = NO_DATAGRAM  # a tunnel's own, if its inside is no good
    network_at, outer_at = at, NO_OUTER
    for _ in range(DEPTH):
        if layer == ETHERNET:
            layer, at, mac = ethernet(buf, at, end)
        if layer == IPV4:
            network_at = at
            layer, at, end, source_lo, destination_lo = ipv4(buf, at, end)
            source_hi = destination_hi = none
        elif layer == IPV6:
            network_at = at
            layer, at, end = ipv6(buf, at, end)
            if network_at + 40 <= end:
                source_hi, source_lo = u64(buf, network_at + 8), u64(buf, network_at + 16)
                destination_hi, destination_lo = u64(buf, network_at + 24), u64(buf, network_at + 32)
        if layer == AH:
            layer, at = ah(buf, at, end)
        if layer == TCP:
            size = (u8(buf, at + 12) >> 4) * 4 if at + 20 <= end else 0
            if size < 20 or at + size > end:
                layer = SHORT
                break
            return Packet(
                TCP, source_hi, source_lo, destination_hi, destination_lo, mac, at, at + size, end, outer_at
            )
        if layer == UDP:
            if at + 8 > end:
                layer = SHORT
                break
            length = u16(buf, at + 4)
            if 8 <= length < end - at:
                end = at + length
            layer, inner = udp_tunnel(buf, at + 8, end, u16(buf, at), u16(buf, at + 2))
            found = Packet(
                UDP, source_hi, source_lo, destination_hi, destination_lo, mac, at, at + 8, end, outer_at
            )
            if layer == UDP:
                return found
            datagram, at = found, inner
            mac, outer_at = none, first_of(outer_at, network_at)
        elif layer == IPV4 or layer == IPV6 or layer == GRE:
            mac = none  # a router's, not the client's
            outer_at = first_of(outer_at, network_at)
            if layer == GRE:
                layer, at = gre(buf, at, end)
        elif layer > TCP:
            break
        elif layer != ETHERNET:
            layer, at, mac = rare_header(layer, buf, at, end, mac)
    else:
        layer = TOO_DEEP
    if layer == ARP and not is_arp(buf, at, end):
        layer = NOT_IP
    elif layer == DISCOVERY and not is_discovery(buf, network_at, at, end):
        layer = OTHER_PROTOCOL
    if datagram.layer == UDP and layer != ARP and layer != DISCOVERY:
        return datagram
    header = network_at if layer == FRAGMENT else at
    return Packet(layer, source_hi, source_lo, destination_hi, destination_lo, mac, header, at, end, outer_at)


@compiled
def first_of(outer_at: int, network_at: int) -> int:
    return network_at if outer_at == NO_OUTER else outer_at


@compiled
def rare_header(layer: int, buf: Buffer, at: int, end: int, mac: np.uint64) -> tuple[int, int, np.uint64]:
    """(next layer, offset behind, source MAC) of any link header but Ethernet's; tags and shims keep the MAC."""
    if layer == VLAN:
        layer, at = vlan(buf, at, end)
    elif layer == IP:
        layer = ip(buf, at, end)
    elif layer == SLL:
        layer, at, mac = sll(buf, at, end)
    elif layer == SLL2:
        layer, at, mac = sll2(buf, at, end)
    elif layer == IEEE80211:
        layer, at, mac = ieee80211(buf, at, end, 0)
    elif layer == IEEE80211_SWAPPED:
        layer, at, mac = ieee80211(buf, at, end, swapped_control(buf, at, end))
    elif layer == RADIOTAP:
        layer, at = radiotap(buf, at, end)
    elif layer == PRISM:
        layer, at = prism(buf, at, end)
    elif layer == PPI:
        layer, at = ppi(buf, at, end)
    elif layer == FDDI:
        layer, at, mac = fddi(buf, at, end)
    elif layer == NFLOG:
        layer, at = nflog(buf, at, end)
    elif layer == NULL:
        layer, at = null(buf, at, end)
    elif layer == PPP:
        layer, at = ppp(buf, at, end)
    elif layer == PPPOE:
        layer, at = pppoe(buf, at, end)
    elif layer == MPLS:
        layer, at = mpls(buf, at, end)
    elif layer == PBB:
        layer, at = pbb(buf, at, end)
    elif layer == VNTAG:
        layer, at = vntag(buf, at, end)
    elif layer == ETAG:
        layer, at = etag(buf, at, end)
    elif layer == PFLOG:
        layer, at = pflog(buf, at, end)
    else:
        layer = UNKNOWN
    return layer, at, mac
