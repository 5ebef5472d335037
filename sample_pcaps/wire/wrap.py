"""Headers that wrap an IP packet, byte by byte: what a frame looks like under each link type and in each tunnel.

The client's side of each link has CLIENT_MAC, the server's GATEWAY_MAC. Tunnels run between 203.0.113.1 (the
client's side: an access point, a tunnel's entry) and 203.0.113.2, or 2001:db8:f::1 and ::2.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable
from functools import partial

CLIENT_MAC, GATEWAY_MAC = bytes.fromhex("00005e005310"), bytes.fromhex("00005e005301")
AP_MAC, CONTROLLER_MAC = bytes.fromhex("00005e0053a1"), bytes.fromhex("00005e0053a2")
OUTER4, OUTER6 = ("203.0.113.1", "203.0.113.2"), ("2001:db8:f::1", "2001:db8:f::2")
IPV4, IPV6, ETHERNET_BRIDGED, PPP = 0x0800, 0x86DD, 0x6558, 0x880B  # EtherTypes
SNAP = bytes.fromhex("aaaa03000000")
UDP, GRE, AH = 17, 47, 51  # IP protocol numbers
Wrap = Callable[[bytes, bool], bytes]  # (an IP packet, whether the client sends it) -> a frame


def words(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}H", *numbers)


def ethertype(packet: bytes) -> int:
    return IPV4 if packet[0] >> 4 == 4 else IPV6


def macs(up: bool, client: bytes = CLIENT_MAC, gateway: bytes = GATEWAY_MAC) -> bytes:
    """Destination and source."""
    return gateway + client if up else client + gateway


# links


def ethernet(packet: bytes, up: bool, tags: bytes = b"", kind: int = 0) -> bytes:
    """Tags are whole, each with its EtherType before it."""
    return macs(up) + tags + words(kind or ethertype(packet)) + packet


def llc(packet: bytes, up: bool) -> bytes:
    body = SNAP + words(ethertype(packet)) + packet
    return macs(up) + words(len(body)) + body


def mpls(packet: bytes, up: bool, labels: int, inner: bytes = b"") -> bytes:
    """A label stack before IP, or before a control word and Ethernet (`inner`)."""
    stack = b"".join(
        struct.pack(">I", (100 + depth) << 12 | (depth == labels - 1) << 8 | 64) for depth in range(labels)
    )
    return macs(up) + words(0x8847) + stack + (inner or packet)


def pseudowire(packet: bytes, up: bool) -> bytes:
    return mpls(packet, up, 1, bytes(4) + ethernet(packet, up))


def ppp(packet: bytes, up: bool, before: bytes = b"\xff\x03", short: bool = False) -> bytes:
    number = 0x21 if ethertype(packet) == IPV4 else 0x57
    return before + (bytes([number]) if short else words(number)) + packet


def pppd(packet: bytes, up: bool) -> bytes:
    return ppp(packet, up, bytes([up, 3]))


def cisco_hdlc(packet: bytes, up: bool) -> bytes:
    return b"\x0f\0" + words(ethertype(packet)) + packet


def pppoe_session(packet: bytes, up: bool) -> bytes:
    body = ppp(packet, up, b"")
    return struct.pack(">BBHH", 0x11, 0, 7, len(body)) + body


def pppoe(packet: bytes, up: bool) -> bytes:
    return macs(up) + words(0x8864) + pppoe_session(packet, up)


def pbb(packet: bytes, up: bool) -> bytes:
    """A backbone frame with B-TAG and I-TAG, in it the customer's."""
    backbone = macs(up, AP_MAC, CONTROLLER_MAC) + words(0x88A8, 0x0064, 0x88E7) + struct.pack(">I", 0x1234)
    return backbone + ethernet(packet, up)


def null(packet: bytes, up: bool, order: str) -> bytes:
    family = 2 if ethertype(packet) == IPV4 else 30
    return struct.pack(order + "I", family) + packet


def cooked(packet: bytes, up: bool, hardware: int = 1, kind: int = 0) -> bytes:
    """Linux cooked capture: from another host (0) or sent by us (4)."""
    address = CLIENT_MAC if up else GATEWAY_MAC
    head = words(4 if up else 0, hardware, 6) + address + b"\0\0"
    return head + words(kind or ethertype(packet)) + packet


def cooked2(packet: bytes, up: bool) -> bytes:
    address = CLIENT_MAC if up else GATEWAY_MAC
    return struct.pack(">HHIHBB", ethertype(packet), 0, 3, 1, 4 if up else 0, 6) + address + b"\0\0" + packet


def fddi(packet: bytes, up: bool) -> bytes:
    return b"\x50" + macs(up) + SNAP + words(ethertype(packet)) + packet


def nflog(packet: bytes, up: bool) -> bytes:
    """Attributes in the host's order: a prefix (10), then the packet (9)."""
    family = 2 if ethertype(packet) == IPV4 else 10
    prefix = struct.pack("<HH", 4 + 4, 10) + b"log\0"
    return bytes([family, 0, 0, 0]) + prefix + struct.pack("<HH", 4 + len(packet), 9) + packet


def pflog(packet: bytes, up: bool) -> bytes:
    """OpenBSD's header of 61 bytes, filled up to 64: length, family, action, reason, interface."""
    family = 2 if ethertype(packet) == IPV4 else 24
    head = bytes([61, family, 0, 0]) + b"em0".ljust(16, b"\0") + bytes(40)
    return head + bytes([1 if up else 2]) + bytes(3) + packet


# 802.11 (IEEE 802.11, 9.2 and 9.3.2.1)


def dot11(
    packet: bytes, up: bool, qos: bool = True, wds: bool = False, ht: bool = False, aligned: bool = False
) -> bytes:
    """A data frame in the clear, to the access point or from it, or between two of them (`wds`)."""
    source, target = (CLIENT_MAC, GATEWAY_MAC) if up else (GATEWAY_MAC, CLIENT_MAC)
    if wds:
        flags, places = 3, (AP_MAC, CONTROLLER_MAC, target)
    else:
        flags, places = (1, (AP_MAC, source, target)) if up else (2, (target, AP_MAC, source))
    head = bytes([0x88 if qos else 0x08, flags | ht << 7]) + words(0) + b"".join(places) + words(0)
    head += (source if wds else b"") + (b"\0\0" if qos else b"") + (bytes(4) if ht else b"")
    return head + bytes(-len(head) % 4 if aligned else 0) + SNAP + words(ethertype(packet)) + packet


def dot11_aggregate(packet: bytes, up: bool) -> bytes:
    """An A-MSDU of one subframe."""
    head = bytearray(dot11(packet, up)[:26])
    head[24] |= 0x80
    return bytes(head) + llc(packet, up)


def radiotap(packet: bytes, up: bool, aligned: bool = False) -> bytes:
    """Present: TSFT and flags; the flag 0x20 says that the body is aligned."""
    head = struct.pack("<BBHIQB3x", 0, 0, 20, 0b11, 1_000, 0x20 if aligned else 0)
    return head + dot11(packet, up, aligned=aligned)


def prism(packet: bytes, up: bool) -> bytes:
    return (
        struct.pack("<II", 0x44, 144) + b"wlan0".ljust(16, b"\0") + bytes(120) + dot11(packet, up, qos=False)
    )


def avs(packet: bytes, up: bool) -> bytes:
    return struct.pack(">II", 0x80211001, 64) + bytes(56) + dot11(packet, up, qos=False)


def ppi(packet: bytes, up: bool) -> bytes:
    return struct.pack("<BBHI", 0, 0, 8, 105) + dot11(packet, up)


# tunnels


def checksum(header: bytes) -> int:
    total = sum(int.from_bytes(header[at : at + 2], "big") for at in range(0, len(header), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(payload: bytes, protocol: int, source: str, target: str) -> bytes:
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    if ":" in source:
        return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + ends + payload
    head = struct.pack(">BBHIBBH", 0x45, 0, 20 + len(payload), 0x4000, 64, protocol, 0) + ends
    return head[:10] + words(checksum(head)) + head[12:] + payload


def udp(payload: bytes, source: int, target: int) -> bytes:
    return words(source, target, 8 + len(payload), 0) + payload


def carried(payload: bytes, protocol: int, up: bool, ends: tuple[str, str] = OUTER4) -> bytes:
    """An Ethernet frame between the tunnel's ends."""
    outer = ip_packet(payload, protocol, *(ends if up else ends[::-1]))
    return macs(up, AP_MAC, CONTROLLER_MAC) + words(ethertype(outer)) + outer


def in_udp(payload: bytes, up: bool, port: int, from_port: int = 55_555, back_port: int = 0) -> bytes:
    """To `port`; what comes back comes from `back_port`, or goes to `port` too as VXLAN does."""
    if up or not back_port:
        return carried(udp(payload, from_port, port), UDP, up)
    return carried(udp(payload, back_port, from_port), UDP, up)


def ip_in_ip(packet: bytes, up: bool, ends: tuple[str, str] = OUTER4) -> bytes:
    return carried(packet, 4 if ethertype(packet) == IPV4 else 41, up, ends)


def authenticated(packet: bytes, up: bool) -> bytes:
    """AH in transport mode: between the IP header and what it carries."""
    head, payload = packet[:20], packet[20:]
    sealed = bytes([head[9], 4, 0, 0]) + struct.pack(">II", 7, 1) + bytes(12) + payload
    source, target = (str(ipaddress.ip_address(head[at : at + 4])) for at in (12, 16))
    return ethernet(ip_packet(sealed, AH, source, target), up)


def gre(packet: bytes, up: bool, flags: int = 0, kind: int = 0, inner: Wrap | None = None) -> bytes:
    """RFC 2784 and 2890: a checksum and its reserve, a key and a sequence number where the flags say so."""
    fields = sum(4 for bit in (0x8000, 0x2000, 0x1000) if flags & bit)
    body = inner(packet, up) if inner else packet
    return carried(words(flags, kind or ethertype(packet)) + bytes(fields) + body, GRE, up)


def gre_pptp(packet: bytes, up: bool) -> bytes:
    """RFC 2637, 4.1: version 1, with key (payload length, call id), sequence and acknowledgement numbers."""
    body = ppp(packet, up)
    return carried(words(0x3081, PPP, len(body), 7) + struct.pack(">II", 1, 1) + body, GRE, up)


def erspan(packet: bytes, up: bool, kind: int) -> bytes:
    """Types I (no header, no sequence number), II and III (draft-foschiano-erspan-03)."""
    frame = ethernet(packet, up)
    if kind == 1:
        return carried(words(0, 0x88BE) + frame, GRE, up)
    if kind == 2:
        return carried(words(0x1000, 0x88BE) + bytes(4) + words(0x1064, 7, 0, 0) + frame, GRE, up)
    return carried(words(0x1000, 0x22EB) + bytes(4) + words(0x2064, 7) + bytes(8) + frame, GRE, up)


def vxlan(packet: bytes, up: bool) -> bytes:
    return in_udp(b"\x08" + bytes(3) + bytes([0, 0, 7, 0]) + ethernet(packet, up), up, 4789)


def geneve(packet: bytes, up: bool, bridged: bool) -> bytes:
    """With one option of four bytes."""
    kind = ETHERNET_BRIDGED if bridged else ethertype(packet)
    head = bytes([2, 0]) + words(kind) + bytes([0, 0, 7, 0]) + words(0x0102, 0x8001) + bytes(4)
    return in_udp(head + (ethernet(packet, up) if bridged else packet), up, 6081)


def gtp_u(packet: bytes, up: bool, extended: bool) -> bytes:
    """A G-PDU; extended with a PDU session container, as 5G sends it."""
    more = words(1) + b"\0\x85" + bytes([1, 0x00 if not up else 0x10, 1, 0]) if extended else b""
    head = struct.pack(">BBHI", 0x34 if extended else 0x30, 0xFF, len(more) + len(packet), 7)
    return in_udp(head + more + packet, up, 2152, 2152)


def teredo(packet: bytes, up: bool) -> bytes:
    """With an origin indication (RFC 4380, 5.1.1) on what the server sends on."""
    origin = b"" if up else words(0, 0xFFFF) + bytes(4)
    return in_udp(origin + packet, up, 3544, back_port=3544)


def capwap(packet: bytes, up: bool, native: bool) -> bytes:
    """RFC 5415, 4.3: a header of two words; the payload is 802.11 (T) or 802.3."""
    head = b"\0" + (2 << 19 | 1 << 9 | native << 8).to_bytes(3, "big") + bytes(4)
    body = dot11(packet, up, qos=False) if native else ethernet(packet, up)
    return in_udp(head + body, up, 5247, back_port=5247)


def l2tp(packet: bytes, up: bool) -> bytes:
    """RFC 2661, 3.1: a data message with its length."""
    body = ppp(packet, up)
    return in_udp(words(0x4002, 8 + len(body), 7, 9) + body, up, 1701, 1701)


def tzsp(packet: bytes, up: bool) -> bytes:
    """A router mirrors what it sees to a sensor: both directions go one way. A raw RSSI tag, then the end."""
    head = bytes([1, 0, 0, 1]) + bytes([10, 1, 0x30]) + b"\x01"
    return carried(udp(head + ethernet(packet, up), 55_555, 37_008), UDP, True)


def ayiya(packet: bytes, up: bool) -> bytes:
    """draft-massar-v6ops-ayiya-02: an identity of 16 bytes, a SHA-1 signature of 20, forward, IPv6."""
    head = bytes([0x44, 0x52, 0x11, 41]) + bytes(4) + ipaddress.ip_address(OUTER6[0]).packed + bytes(20)
    return in_udp(head + packet, up, 5072, back_port=5072)


def aruba(packet: bytes, up: bool) -> bytes:
    return gre(packet, up, kind=0x8200, inner=partial(dot11, qos=False))
