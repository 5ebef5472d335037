"""One small packet in every wrapping that the kernel unwraps, most of them built by scapy.

The inner packet goes from CLIENT port 40000 to SERVER port 53 and asks DNS for HOST.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from made_packets import dns_query
from scapy.contrib.geneve import GENEVE
from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer
from scapy.contrib.mpls import MPLS
from scapy.layers.dot11 import Dot11, Dot11QoS, RadioTap
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.l2 import GRE, GRE_PPTP, LLC, SNAP, CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Ether
from scapy.layers.ppp import HDLC, PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

CLIENT, SERVER, HOST = "198.51.100.7", "192.0.2.53", "i.instagram.com"
CLIENT6, SERVER6 = "2001:db8::7", "2001:db8::53"
MAC, OTHER_MAC = "02:00:5e:10:00:07", "02:00:5e:10:00:99"

ETHERNET, NULL, PPP_LINK, PPP_HDLC, PPPOE_LINK, RAW, LOOP, SLL, DOT11, RADIOTAP, PRISM, SLL2, IPV4, IPV6 = (
    1, 0, 9, 50, 51, 101, 108, 113, 105, 127, 119, 276, 228, 229,
)  # fmt: skip


PPI, FDDI, NFLOG, C_HDLC, PPPD, AVS, PFLOG = 192, 10, 239, 104, 166, 163, 117


class Wrapped(NamedTuple):
    """A frame, and the MAC that the sender of the inner packet has."""

    link: int
    frame: bytes
    mac: str
    version: int = 4


ASK = bytes(UDP(sport=40_000, dport=53) / Raw(dns_query(HOST)))
V4 = IP(src=CLIENT, dst=SERVER, proto=17) / Raw(ASK)
V6 = IPv6(src=CLIENT6, dst=SERVER6, nh=17) / Raw(ASK)
ETHER = Ether(src=MAC, dst=OTHER_MAC)
OUTER = Ether(src=OTHER_MAC, dst="02:00:5e:10:00:01") / IP(src="203.0.113.1", dst="203.0.113.2")
OUTER6 = Ether(src=OTHER_MAC, dst="02:00:5e:10:00:01") / IPv6(src="2001:db8:f::1", dst="2001:db8:f::2")
_AH = bytes([17, 4, 0, 0]) + bytes(4 + 4 + 12)  # RFC 4302: next, length in words less two
SNAP_IP = LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x0800)


def _udp(port: int, inner: bytes) -> bytes:
    return bytes(OUTER / UDP(sport=55_555, dport=port) / Raw(inner))


def _extended(*headers: Packet) -> bytes:
    packet: Packet = ETHER / IPv6(src=CLIENT6, dst=SERVER6)
    for header in headers:
        packet = packet / header
    return bytes(packet / UDP(sport=40_000, dport=53) / Raw(dns_query(HOST)))


def _dot11(to_ds: int, from_ds: int, qos: bool, order: bool = False) -> bytes:
    """A data frame; where the source stands depends on the DS bits (IEEE 802.11, table 9-30)."""
    places = {(0, 0): 2, (1, 0): 2, (0, 1): 3, (1, 1): 4}
    addresses = {f"addr{number}": OTHER_MAC for number in (1, 2, 3, 4)}
    addresses[f"addr{places[to_ds, from_ds]}"] = MAC
    flags = to_ds | from_ds << 1 | order << 7
    head: Packet = Dot11(type=2, subtype=8 if qos else 0, FCfield=flags, **addresses)
    if qos:
        head = head / Dot11QoS()
    control = b"\0\0\0\0" if order else b""
    return bytes(head) + control + bytes(SNAP_IP / V4)


def _capwap(native: bool) -> bytes:
    """RFC 5415, 4.3: preamble 0, HLEN 2 words, binding 1 (802.11); T where the payload is 802.11."""
    head = b"\0" + ((2 << 19) | (1 << 9) | (0x100 if native else 0)).to_bytes(3) + bytes(4)
    return _udp(5247, head + (_dot11(1, 0, qos=True) if native else bytes(ETHER / V4)))


def _prism() -> bytes:
    return struct.pack("<II", 0x44, 144) + bytes(136) + _dot11(1, 0, qos=False)


def _ppi() -> bytes:
    return struct.pack("<BBHI", 0, 0, 16, DOT11) + bytes(8) + _dot11(1, 0, qos=True)


def _fddi() -> bytes:
    macs = bytes.fromhex((OTHER_MAC + MAC).replace(":", ""))
    return b"\x50" + macs + bytes(SNAP_IP) + bytes(V4)


def _nflog() -> bytes:
    prefix = struct.pack("<HH", 4 + 3, 10) + b"in\0" + b"\0"
    return b"\x02\0\0\0" + prefix + struct.pack("<HH", 4 + len(V4), 9) + bytes(V4)


def _aggregate() -> bytes:
    """An A-MSDU of two subframes (IEEE 802.11, 9.3.2.2); the second isn't read."""
    head = Dot11(type=2, subtype=8, FCfield=1, addr1=OTHER_MAC, addr2=MAC, addr3=OTHER_MAC)
    body = bytes(SNAP_IP / V4)
    first = bytes.fromhex((OTHER_MAC + MAC).replace(":", "")) + struct.pack(">H", len(body)) + body
    return bytes(head) + b"\x80\0" + first + bytes(-len(first) % 4) + bytes(40)


def _aligned() -> bytes:
    """A body that the driver has moved to a multiple of four bytes."""
    frame = _dot11(1, 0, qos=True)
    return frame[:26] + b"\0\0" + frame[26:]


def _cooked(hardware: int, protocol: int, inner: bytes, version: int = 1) -> bytes:
    address = bytes.fromhex(MAC.replace(":", "")) + b"\0\0"
    if version == 1:
        return struct.pack(">HHH", 0, hardware, 6) + address + struct.pack(">H", protocol) + inner
    return struct.pack(">HHIHBB", protocol, 0, 1, hardware, 0, 6) + address + inner


def _tag(kind: int, tag: bytes) -> bytes:
    return bytes(ETHER)[:12] + struct.pack(">H", kind) + tag + struct.pack(">H", 0x0800) + bytes(V4)


def _tzsp(kind: int, inner: bytes) -> bytes:
    return _udp(37_008, struct.pack(">BBH", 1, 0, kind) + b"\x0a\x01\x30\0\x01" + inner)


def _protocol_51(inner: bytes) -> bytes:
    outer = OUTER.copy()
    outer.proto = 51
    return bytes(outer / Raw(inner))


def _gre(head: bytes, inner: bytes) -> bytes:
    outer = OUTER.copy()
    outer.proto = 47
    return bytes(outer / Raw(head + inner))


def _erspan(sequenced: bool) -> bytes:
    """Types I (no header) and II (GRE's sequence number, then eight bytes)."""
    head = struct.pack(">HH", 0x1000 if sequenced else 0, 0x88BE)
    return _gre(head + (bytes(12) if sequenced else b""), bytes(ETHER / V4))


def _erspan3(sub_header: bool) -> bytes:
    head = struct.pack(">HHI", 0x1000, 0x22EB, 1) + bytes(11) + bytes([sub_header])
    return _gre(head + (bytes(8) if sub_header else b""), bytes(ETHER / V4))


def wrappings() -> dict[str, Wrapped]:
    """Every wrapping by name."""
    v4, v6, ether = bytes(V4), bytes(V6), bytes(ETHER / V4)
    teredo = b"\0\0" + bytes(6)  # origin indication (RFC 4380, 5.1.1)
    authentication = b"\0\1\2\3" + bytes(2 + 3 + 9)
    gtp = GTP_U_Header(teid=7)
    made = {
        "ethernet": Wrapped(ETHERNET, ether, MAC),
        "ethernet-v6": Wrapped(ETHERNET, bytes(ETHER / V6), MAC, 6),
        "ethernet-snap": Wrapped(
            ETHERNET, bytes(ETHER.copy())[:12] + len(v4).to_bytes(2) + bytes(SNAP_IP / V4), MAC
        ),
        "vlan": Wrapped(ETHERNET, bytes(ETHER / Dot1Q(vlan=5) / V4), MAC),
        "qinq": Wrapped(ETHERNET, bytes(ETHER / Dot1AD(vlan=5) / Dot1Q(vlan=6) / V6), MAC, 6),
        "vlan-snap": Wrapped(
            ETHERNET, bytes(ETHER)[:12] + b"\x81\0\0\5" + len(v4).to_bytes(2) + bytes(SNAP_IP / V4), MAC
        ),
        "vntag": Wrapped(ETHERNET, bytes(ETHER)[:12] + b"\x89\x26" + bytes(4) + b"\x08\0" + v4, MAC),
        "pbb": Wrapped(ETHERNET, bytes(OUTER)[:12] + b"\x88\xe7" + bytes(4) + ether, MAC),
        "mpls": Wrapped(
            ETHERNET, bytes(ETHER / MPLS(label=9, s=0, ttl=64) / MPLS(label=10, s=1, ttl=64) / V4), MAC
        ),
        "mpls-v6": Wrapped(ETHERNET, bytes(ETHER / MPLS(label=10, s=1, ttl=64) / V6), MAC, 6),
        "mpls-ethernet": Wrapped(
            ETHERNET,
            bytes(OUTER)[:12] + b"\x88\x47" + bytes(MPLS(label=10, s=1, ttl=64)) + bytes(4) + ether,
            MAC,
        ),
        "pppoe": Wrapped(ETHERNET, bytes(ETHER / PPPoE() / PPP(proto=0x21) / V4), MAC),
        "pppoe-v6": Wrapped(ETHERNET, bytes(ETHER / PPPoE() / PPP(proto=0x57) / V6), MAC, 6),
        "pppoe-link": Wrapped(PPPOE_LINK, bytes(PPPoE() / PPP(proto=0x21) / V4), ""),
        "ppp": Wrapped(PPP_LINK, b"\0\x21" + v4, ""),
        "ppp-hdlc": Wrapped(PPP_HDLC, bytes(HDLC() / PPP(proto=0x57) / V6), "", 6),
        "ppp-short": Wrapped(PPP_LINK, b"\x21" + v4, ""),
        "ppp-mpls": Wrapped(PPP_LINK, b"\x02\x81" + bytes(MPLS(label=10, s=1, ttl=64)) + v4, ""),
        "cisco-hdlc": Wrapped(PPP_HDLC, b"\x0f\0\x08\0" + v4, ""),
        "null-little": Wrapped(NULL, b"\2\0\0\0" + v4, ""),
        "loop-big": Wrapped(LOOP, b"\0\0\0\x1e" + v6, "", 6),
        "raw": Wrapped(RAW, v4, ""),
        "raw-v6": Wrapped(RAW, v6, "", 6),
        "ipv4": Wrapped(IPV4, v4, ""),
        "ipv6": Wrapped(IPV6, v6, "", 6),
        "sll": Wrapped(
            SLL,
            bytes(CookedLinux(src=bytes.fromhex(MAC.replace(":", "")), lladdrlen=6, proto=0x800) / V4),
            MAC,
        ),
        "sll2": Wrapped(
            SLL2,
            bytes(CookedLinuxV2(src=bytes.fromhex(MAC.replace(":", "")), lladdrlen=6, proto=0x86DD) / V6),
            MAC,
            6,
        ),
        "dot11": Wrapped(DOT11, _dot11(0, 0, qos=False), MAC),
        "dot11-to-ds": Wrapped(DOT11, _dot11(1, 0, qos=True), MAC),
        "dot11-from-ds": Wrapped(DOT11, _dot11(0, 1, qos=True), MAC),
        "dot11-wds": Wrapped(DOT11, _dot11(1, 1, qos=False), MAC),
        "dot11-ht-control": Wrapped(DOT11, _dot11(1, 0, qos=True, order=True), MAC),
        "radiotap": Wrapped(
            RADIOTAP, bytes(RadioTap(present="TSFT+Flags", mac_timestamp=7)) + _dot11(1, 0, qos=True), MAC
        ),
        "prism": Wrapped(PRISM, _prism(), MAC),
        "ppi": Wrapped(PPI, _ppi(), MAC),
        "fddi": Wrapped(FDDI, _fddi(), MAC),
        "nflog": Wrapped(NFLOG, _nflog(), ""),
        "gre": Wrapped(ETHERNET, bytes(OUTER / GRE(proto=0x0800) / V4), ""),
        "gre-all-fields": Wrapped(
            ETHERNET,
            bytes(OUTER / GRE(proto=0x86DD, chksum_present=1, key_present=1, seqnum_present=1) / V6),
            "",
            6,
        ),
        "gre-ethernet": Wrapped(ETHERNET, bytes(OUTER / GRE(proto=0x6558) / Raw(ether)), MAC),
        "gre-pptp": Wrapped(
            ETHERNET,
            bytes(OUTER / GRE_PPTP(seqnum_present=1, acknum_present=1, call_id=7) / PPP(proto=0x21) / V4),
            "",
        ),
        "erspan-1": Wrapped(ETHERNET, _erspan(False), MAC),
        "erspan-2": Wrapped(ETHERNET, _erspan(True), MAC),
        "erspan-3": Wrapped(ETHERNET, _erspan3(False), MAC),
        "erspan-3-platform": Wrapped(ETHERNET, _erspan3(True), MAC),
        "ipip": Wrapped(ETHERNET, bytes(OUTER / V4), ""),
        "6in4": Wrapped(ETHERNET, bytes(OUTER / V6), "", 6),
        "4in6": Wrapped(ETHERNET, bytes(OUTER6 / V4), ""),
        "6in6": Wrapped(ETHERNET, bytes(OUTER6 / V6), "", 6),
        "vxlan": Wrapped(
            ETHERNET, bytes(OUTER / UDP(sport=55_555, dport=4789) / VXLAN(vni=7, flags=8) / Raw(ether)), MAC
        ),
        "geneve": Wrapped(
            ETHERNET, bytes(OUTER / UDP(sport=55_555, dport=6081) / GENEVE(proto=0x6558) / Raw(ether)), MAC
        ),
        "geneve-ip": Wrapped(
            ETHERNET, bytes(OUTER / UDP(sport=55_555, dport=6081) / GENEVE(proto=0x0800) / Raw(v4)), ""
        ),
        "gtp-u": Wrapped(ETHERNET, bytes(OUTER / UDP(sport=2152, dport=2152) / gtp / V4), ""),
        "gtp-u-extended": Wrapped(
            ETHERNET,
            bytes(
                OUTER
                / UDP(sport=2152, dport=2152)
                / GTP_U_Header(teid=7, E=1, next_ex=0x85)
                / GTPPDUSessionContainer(type=0, QFI=1)
                / V6
            ),
            "",
            6,
        ),
        "teredo": Wrapped(ETHERNET, _udp(3544, v6), "", 6),
        "teredo-origin": Wrapped(ETHERNET, _udp(3544, teredo + v6), "", 6),
        "teredo-authentication": Wrapped(ETHERNET, _udp(3544, authentication + teredo + v6), "", 6),
        "capwap": Wrapped(ETHERNET, _capwap(native=False), MAC),
        "capwap-dot11": Wrapped(ETHERNET, _capwap(native=True), MAC),
        "v6-hop-by-hop": Wrapped(ETHERNET, _extended(IPv6ExtHdrHopByHop()), MAC, 6),
        "v6-four": Wrapped(
            ETHERNET,
            _extended(
                IPv6ExtHdrHopByHop(),
                IPv6ExtHdrRouting(addresses=["2001:db8::1"]),
                IPv6ExtHdrFragment(id=1),
                IPv6ExtHdrDestOpt(),
            ),
            MAC,
            6,
        ),
        "v6-authenticated": Wrapped(
            ETHERNET, bytes(ETHER / IPv6(src=CLIENT6, dst=SERVER6, nh=51) / Raw(_AH + ASK)), MAC, 6
        ),
        "v4-options": Wrapped(
            ETHERNET,
            bytes(ETHER / IP(src=CLIENT, dst=SERVER, proto=17, options=[b"\x01"] * 8) / Raw(ASK)),
            MAC,
        ),
        "e-tag": Wrapped(ETHERNET, _tag(0x893F, bytes(6)), MAC),
        "cisco-metadata": Wrapped(ETHERNET, _tag(0x8909, bytes.fromhex("010100010007")), MAC),
        "hdlc-cisco": Wrapped(C_HDLC, b"\x8f\0\x08\0" + v4, ""),
        "pppd": Wrapped(PPPD, b"\x01\x03\0\x21" + v4, ""),
        "avs": Wrapped(AVS, struct.pack(">II", 0x80211001, 64) + bytes(56) + _dot11(1, 0, qos=True), MAC),
        "avs-as-prism": Wrapped(
            PRISM, struct.pack(">II", 0x80211001, 64) + bytes(56) + _dot11(1, 0, qos=True), MAC
        ),
        "pflog": Wrapped(PFLOG, b"\x3d\x02" + bytes(62) + v4, ""),
        "pflog-6": Wrapped(PFLOG, b"\x64\x1e" + bytes(98) + v6, "", 6),
        "sll-llc": Wrapped(SLL, _cooked(1, 4, bytes(SNAP_IP / V4)), MAC),
        "sll-radiotap": Wrapped(
            SLL, _cooked(803, 4, bytes(RadioTap(present="Flags")) + _dot11(1, 0, qos=True)), MAC
        ),
        "sll2-dot11": Wrapped(SLL2, _cooked(801, 4, _dot11(0, 1, qos=True), 2), MAC),
        "sll2-prism": Wrapped(SLL2, _cooked(802, 4, _prism(), 2), MAC),
        "dot11-aggregate": Wrapped(DOT11, _aggregate(), MAC),
        "dot11-aligned": Wrapped(DOT11, _aligned(), MAC),
        "v4-authenticated": Wrapped(
            ETHERNET, bytes(ETHER / IP(src=CLIENT, dst=SERVER, proto=51) / Raw(_AH + ASK)), MAC
        ),
        "v4-authenticated-tunnel": Wrapped(ETHERNET, _protocol_51(b"\4" + _AH[1:] + v4), ""),
        "l2tp": Wrapped(ETHERNET, _udp(1701, b"\0\x02\0\x07\0\x08" + b"\xff\x03\0\x21" + v4), ""),
        "l2tp-full": Wrapped(
            ETHERNET, _udp(1701, b"\x4a\x02" + bytes(10) + b"\0\2\0\0" + b"\0\x57" + v6), "", 6
        ),
        "tzsp": Wrapped(ETHERNET, _tzsp(1, ether), MAC),
        "tzsp-dot11": Wrapped(ETHERNET, _tzsp(18, _dot11(1, 0, qos=True)), MAC),
        "ayiya": Wrapped(ETHERNET, _udp(5072, bytes.fromhex("44521129") + bytes(4 + 16 + 20) + v6), "", 6),
        "deep": Wrapped(
            ETHERNET,
            bytes(
                OUTER
                / GRE(proto=0x6558)
                / OUTER
                / UDP(sport=5, dport=4789)
                / VXLAN(vni=1, flags=8)
                / Raw(ether)
            ),
            MAC,
        ),
    }
    return made
