"""A slow, plain reading of captures by dpkt, to hold the kernel against: conversations and names.

Knows Ethernet with VLAN tags, IPv4 and IPv6; only what lies whole in one packet.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import dpkt

End = tuple[str, int]


class Talk(NamedTuple):
    """The two ends, the one whose (address, port) sorts first in text first."""

    proto: int
    a: End
    b: End


class Reading(NamedTuple):
    packets: Counter[tuple[Talk, End]]  # by conversation and sender
    sizes: Counter[tuple[Talk, End]]  # bytes on the wire
    names: Counter[tuple[int, str, str]]  # frame, kind, host


def frames_of(path: Path) -> Iterator[bytes]:
    """The frames of a capture of either format, as far as it goes."""
    with path.open("rb") as file:
        pcapng = file.read(4) == b"\x0a\x0d\x0d\x0a"
        file.seek(0)
        try:
            yield from (frame for _, frame in (dpkt.pcapng if pcapng else dpkt.pcap).Reader(file))
        except dpkt.NeedData:
            return


def read(frames: Iterable[bytes]) -> Reading:
    """What dpkt makes of Ethernet frames."""
    reading = Reading(Counter(), Counter(), Counter())
    for number, frame in enumerate(frames, 1):
        segment, source, target, size = _segment(frame)
        if segment is None:
            continue
        proto = 6 if isinstance(segment, dpkt.tcp.TCP) else 17
        ends = ((_text(source), segment.sport), (_text(target), segment.dport))
        talk = Talk(proto, *sorted(ends))
        reading.packets[talk, ends[0]] += 1
        reading.sizes[talk, ends[0]] += size
        for kind, host in _names(segment):
            reading.names[number, kind, host] += 1
    return reading


def _segment(frame: bytes) -> tuple[dpkt.tcp.TCP | dpkt.udp.UDP | None, bytes, bytes, int]:
    """TCP or UDP, the two addresses, and the frame's length on the wire, of which the capture may hold less."""
    try:
        link = dpkt.ethernet.Ethernet(frame)
    except dpkt.UnpackError:
        return None, b"", b"", 0
    packet = link.data
    if not isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6):
        return None, b"", b"", 0
    total = packet.len if isinstance(packet, dpkt.ip.IP) else 40 + packet.plen
    header = 14 + 4 * len(getattr(link, "vlan_tags", ()))
    segment = packet.data
    if isinstance(segment, dpkt.tcp.TCP | dpkt.udp.UDP):
        return segment, packet.src, packet.dst, max(len(frame), header + total)
    return None, b"", b"", 0


def _text(address: bytes) -> str:
    return str(ipaddress.ip_address(address))


def _names(segment: dpkt.tcp.TCP | dpkt.udp.UDP) -> Iterator[tuple[str, str]]:
    data = bytes(segment.data)
    try:
        if 53 in (segment.sport, segment.dport) and isinstance(segment, dpkt.udp.UDP):
            yield from _dns(dpkt.dns.DNS(data))
        elif isinstance(segment, dpkt.tcp.TCP) and data[:1] == b"\x16":
            yield from _sni(data)
        elif isinstance(segment, dpkt.tcp.TCP) and data:
            yield "http", dpkt.http.Request(data).headers["host"].lower().partition(":")[0]
    except (dpkt.UnpackError, dpkt.dpkt.NeedData, KeyError, IndexError, ValueError, OverflowError):
        return


def _dns(message: dpkt.dns.DNS) -> Iterator[tuple[str, str]]:
    asked = [question.name.lower() for question in message.qd]
    if message.qr == dpkt.dns.DNS_Q:
        yield from (("dns_query", name) for name in asked)
        return
    for answer in message.an:
        if answer.type in (dpkt.dns.DNS_A, dpkt.dns.DNS_AAAA):
            yield "dns_answer", asked[0]


def _sni(data: bytes) -> Iterator[tuple[str, str]]:
    records, used = dpkt.ssl.tls_multi_factory(data)
    if not records or not used:
        return
    hello = dpkt.ssl.TLSHandshake(records[0].data).data
    if isinstance(hello, dpkt.ssl.TLSClientHello):
        names = [
            value[5:].decode().lower() for number, value in getattr(hello, "extensions", ()) if number == 0
        ]
        yield "tls", names[0] if names else ""
