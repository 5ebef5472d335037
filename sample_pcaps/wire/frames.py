"""Ethernet frames of one client's conversations: TCP with right sequence numbers, UDP, VLAN tags, padding."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.packet import Packet, Raw

MS = 1_000_000  # nanoseconds
SHORTEST = 60  # an Ethernet frame without its check sequence


@dataclass(frozen=True, slots=True)
class Frame:
    time_ns: int
    data: bytes
    up: bool  # from the client


@dataclass(frozen=True)
class Ends:
    """The two ends as the capture sees them."""

    client_mac: str
    gateway_mac: str
    client: str
    server: str
    client_port: int
    server_port: int
    vlans: tuple[int, ...] = ()

    def frame(self, time_ns: int, up: bool, transport: Packet) -> Frame:
        """`transport` on its way, in a frame of at least 60 bytes."""
        source, target = (self.client, self.server) if up else (self.server, self.client)
        macs = (self.client_mac, self.gateway_mac) if up else (self.gateway_mac, self.client_mac)
        link: Packet = Ether(src=macs[0], dst=macs[1])
        for depth, vlan in enumerate(self.vlans, 1):  # 802.1ad: the outer tags have a type of their own
            link = link / (Dot1Q if depth == len(self.vlans) else Dot1AD)(vlan=vlan)
        version6 = ipaddress.ip_address(self.client).version == 6
        network = (
            IPv6(src=source, dst=target) if version6 else IP(src=source, dst=target, ttl=64 if up else 57)
        )
        return Frame(time_ns, bytes(link / network / transport).ljust(SHORTEST, b"\0"), up)

    def ports(self, up: bool) -> dict[str, int]:
        there, back = self.client_port, self.server_port
        return {"sport": there, "dport": back} if up else {"sport": back, "dport": there}


@dataclass
class TcpTalk:
    """One TCP connection; each method appends frames and returns the time of the last."""

    ends: Ends
    segment: int = 1460  # largest payload; far larger where a network card cuts for the host
    frames: list[Frame] = field(default_factory=list)
    up_seq: int = 1_000
    down_seq: int = 9_000

    def open(self, now: int) -> int:
        self._put(now, True, "S", options=[("MSS", 1460), ("SAckOK", b""), ("WScale", 7)])
        self.up_seq += 1
        self._put(now + 12 * MS, False, "SA", options=[("MSS", 1460), ("SAckOK", b""), ("WScale", 7)])
        self.down_seq += 1
        return self._put(now + 13 * MS, True, "A")

    def send(self, now: int, up: bool, data: bytes, *, cuts: Iterable[int] = (), twice: bool = False) -> int:
        """`data` in segments (cut at `cuts` too), then an ACK; `twice` repeats the first segment."""
        edges = sorted({*range(0, len(data), self.segment), *cuts, len(data)})
        for index, (start, end) in enumerate(pairwise(edges)):
            flags = "PA" if end == len(data) else "A"
            now = self._put(now + MS, up, flags, data[start:end])
            if twice and index == 0:
                now = self._put(now + 210 * MS, up, flags, data[start:end])
            if up:
                self.up_seq += end - start
            else:
                self.down_seq += end - start
        return self._put(now + 11 * MS, not up, "A")

    def close(self, now: int) -> int:
        self._put(now + MS, True, "FA")
        self.up_seq += 1
        self._put(now + 13 * MS, False, "FA")
        self.down_seq += 1
        return self._put(now + 14 * MS, True, "A")

    def _put(
        self,
        now: int,
        up: bool,
        flags: str,
        data: bytes = b"",
        options: list[tuple[str, object]] | None = None,
    ) -> int:
        mine, theirs = (self.up_seq, self.down_seq) if up else (self.down_seq, self.up_seq)
        header = TCP(
            **self.ends.ports(up),
            seq=mine,
            ack=theirs if "A" in flags else 0,
            flags=flags,
            window=502,
            options=options or [],
        )
        self.frames.append(self.ends.frame(now, up, header / Raw(data) if data else header))
        return now


@dataclass
class UdpTalk:
    """One UDP conversation."""

    ends: Ends
    frames: list[Frame] = field(default_factory=list)

    def send(self, now: int, up: bool, data: bytes | Packet) -> int:
        payload = data if isinstance(data, Packet) else Raw(data)
        self.frames.append(self.ends.frame(now, up, UDP(**self.ends.ports(up)) / payload))
        return now
