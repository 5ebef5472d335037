"""Turns planned sessions into frames, each marked with what it belongs to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from wire import dns, quic, tls
from wire.frames import MS, Ends, Frame, TcpTalk, UdpTalk

from .network import Network
from .plan import MINUTE_NS, Connection, Host, Session

SECOND = 1_000 * MS
KEEP_ALIVE = 35  # bytes of a keep-alive's record
PUBLIC_NAME = "cloudflare-ech.com"


@dataclass(frozen=True, slots=True)
class Marked:
    """A frame with the connection it belongs to; `connection` is 0 for DNS, DHCP and the like."""

    frame: Frame
    sensor: str
    mac: str
    host: str
    named_by: str  # wire, dns, or nothing where no name can be known
    transport: str
    connection: int


class Traffic:
    """Makes the frames of one session after another; the numbers drawn are the same on every run."""

    def __init__(self, network: Network, hosts: dict[str, Host]) -> None:
        self.network = network
        self.hosts = hosts
        self.random = random.Random(460)  # the policy's number
        self.ports = count(49_200)
        self.connections = count(1)

    def session(self, session: Session) -> Iterator[Marked]:
        for index, use in enumerate(session.use):
            start = (
                (session.start + use.minutes[0]) * MINUTE_NS + (2 + 3 * index) * SECOND + self._jitter(400)
            )
            sensor = use.at or session.at
            if "nodns" not in use.flags:
                yield from self._lookups(session.device, sensor, use, start)
            yield from self._connection(session, sensor, use, start + 60 * MS, index)

    def _connection(
        self, session: Session, sensor: str, use: Connection, start: int, index: int
    ) -> Iterator[Marked]:
        host = self.hosts[use.host]
        ends = self.network.ends(
            session.device,
            sensor,
            host.address6 if "v6" in use.flags else host.address,
            next(self.ports) % 16_384 + 49_152,
            80 if use.transport == "http" else 443,
        )
        bursts = [
            (
                (session.start + minute) * MINUTE_NS + (9 + 3 * index) * SECOND + self._jitter(20_000),
                KEEP_ALIVE if minute in use.tiny else use.up,
                KEEP_ALIVE if minute in use.tiny else use.down,
            )
            for minute in use.minutes
        ]
        talk = quic_frames if use.transport == "quic" else tcp_frames
        number = next(self.connections)
        named_by = {"ech": "dns", "nosni": "dns", "mid": "dns"}.get(use.transport, "wire")
        if use.also:
            named_by = ""
        mac = self.network.mac(session.device)
        for frame in talk(ends, use, start, bursts):
            yield Marked(frame, sensor, mac, use.host, named_by, use.transport, number)

    def _lookups(self, device: str, sensor: str, use: Connection, start: int) -> Iterator[Marked]:
        mac = self.network.mac(device)
        names = [use.host, use.also] if use.also else [use.host]
        for name in names:
            host = self.hosts[name]
            resolver = self.network.resolver(sensor)
            ends = self.network.ends(device, sensor, resolver, next(self.ports) % 16_384 + 49_152, 53)
            talk = UdpTalk(ends)
            kinds = [dns.A, dns.AAAA] if "v6" in use.flags else [dns.A]
            if use.transport == "ech":
                kinds.append(dns.HTTPS)
            for kind in kinds:
                ident = self.random.randrange(1, 65_536)
                talk.send(start, True, dns.question(ident, name, kind))
                if kind == dns.HTTPS:
                    records = [dns.https_record(name, 3_600, PUBLIC_NAME)]
                else:
                    address = host.address6 if kind == dns.AAAA else host.address
                    records = dns.addresses(name, [address], 3_600, host.alias or None)
                talk.send(start + 9 * MS, False, dns.answer(ident, name, kind, records))
                start += 10 * MS
            for frame in talk.frames:
                yield Marked(frame, sensor, mac, name, "", "dns", 0)

    def _jitter(self, milliseconds: int) -> int:
        return self.random.randrange(milliseconds * 1_000) * 1_000


def tcp_frames(ends: Ends, use: Connection, start: int, bursts: list[tuple[int, int, int]]) -> list[Frame]:
    """A TCP connection: handshake, hello, a burst each minute, and its end."""
    talk = TcpTalk(ends, segment=16_000 if use.down >= 6_000 else 1_460)
    if use.transport == "mid":
        talk.up_seq, talk.down_seq = 40_000, 90_000
    else:
        now = talk.open(start)
        if use.transport != "http":
            hello = hello_of(use)
            cuts = [200] if "split" in use.flags else []
            now = talk.send(now, True, hello.hello, cuts=cuts, twice="again" in use.flags)
            now = talk.send(now, False, hello.flight)
            talk.send(now, True, hello.finish)
    for now, up, down in bursts:
        if use.transport == "http":
            now = talk.send(now, True, tls.clear_request(use.host, filler=up))
            now = talk.send(now, False, tls.clear_answer(down))
        else:
            now = talk.send(now, True, tls.application_data(up))
            now = talk.send(now, False, tls.application_data(down))
    talk.close(now)
    return talk.frames


def hello_of(use: Connection) -> tls.Handshake:
    if use.transport == "ech":
        return tls.handshake(PUBLIC_NAME, ech=True)
    return tls.handshake(None if use.transport == "nosni" else use.host, ech="grease" in use.flags)


def quic_frames(ends: Ends, use: Connection, start: int, bursts: list[tuple[int, int, int]]) -> list[Frame]:
    """A QUIC connection: real handshake, then datagrams of at most 1,250 bytes."""
    talk = UdpTalk(ends)
    hello = quic.handshake(use.host, large="large" in use.flags)
    now = start
    for step, (up, flight) in enumerate([(True, hello.first), (False, hello.flight), (True, hello.finish)]):
        for position, data in enumerate(flight):
            now = talk.send(start + step * 20 * MS + position * MS, up, data)
    for now, up_bytes, down_bytes in bursts:
        for up, size in ((True, up_bytes), (False, down_bytes)):
            while size > 0:
                now = talk.send(
                    now + MS, up, quic.short_packet(hello.to_server if up else b"", min(size, 1_250))
                )
                size -= 1_250
    return talk.frames
