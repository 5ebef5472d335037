"""Plain, slow readings of captures for tests: UDP payloads and TCP streams, by dpkt."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

import dpkt

Read = TypeVar("Read")
Ends = tuple[str, int, str, int]  # source, its port, destination, its port

PEER_CAPTURES = Path(
    os.environ.get("PEER_CAPTURES", Path(__file__).resolve().parents[3] / "shared" / "peer_captures")
)


def ends(row: dict[str, object]) -> Ends:
    """The client-to-server direction of a row of the peers' truth."""
    return str(row["client"]), int(str(row["client_port"])), str(row["server"]), int(str(row["server_port"]))


class Cached(Generic[Read]):
    """Reads the capture that a row of the peers' truth speaks of, each capture once."""

    def __init__(self, read: Callable[[Path], Read]) -> None:
        self.read = read
        self.held: dict[Path, Read] = {}

    def __call__(self, row: dict[str, object]) -> Read:
        path = PEER_CAPTURES / "captures" / str(row["corpus"]) / str(row["file"])
        if path not in self.held:
            self.held[path] = self.read(path)
        return self.held[path]


def udp_payloads(path: Path) -> Iterator[tuple[Ends, bytes]]:
    """Every UDP payload of a capture, in order."""
    for ip in _packets(path):
        if isinstance(ip.data, dpkt.udp.UDP):
            yield _ends(ip), bytes(ip.data.data)


def tcp_streams(path: Path) -> dict[Ends, bytes]:
    """Each direction of each connection, from its first byte to its first gap."""
    segments: dict[Ends, list[tuple[int, bytes]]] = {}
    first: dict[Ends, int] = {}
    for ip in _packets(path):
        tcp = ip.data
        if not isinstance(tcp, dpkt.tcp.TCP):
            continue
        ends = _ends(ip)
        if tcp.flags & dpkt.tcp.TH_SYN:
            first.setdefault(ends, tcp.seq + 1)
        if tcp.data:
            segments.setdefault(ends, []).append((tcp.seq, bytes(tcp.data)))
    return {ends: _stream(pieces, first.get(ends, min(pieces)[0])) for ends, pieces in segments.items()}


def _stream(pieces: list[tuple[int, bytes]], start: int) -> bytes:
    stream = b""
    for offset, data in sorted(((sequence - start) % 2**32, data) for sequence, data in pieces):
        if offset > len(stream):
            break
        stream += data[len(stream) - offset :]
    return stream


def _packets(path: Path) -> Iterator[dpkt.ip.IP | dpkt.ip6.IP6]:
    with path.open("rb") as file:
        try:
            reader = dpkt.pcap.UniversalReader(file)
            link = reader.datalink()
            for _time, frame in reader:
                try:
                    ip = _ip(link, frame)
                except (dpkt.UnpackError, IndexError):
                    continue
                if isinstance(ip, dpkt.ip.IP | dpkt.ip6.IP6):
                    yield ip
        except (dpkt.UnpackError, ValueError):
            return


def _ip(link: int, frame: bytes) -> object:
    if link == dpkt.pcap.DLT_EN10MB:
        return dpkt.ethernet.Ethernet(frame).data
    if link == dpkt.pcap.DLT_LINUX_SLL:
        return dpkt.sll.SLL(frame).data
    if link == dpkt.pcap.DLT_PPP:
        frame = frame.removeprefix(b"\xff\x03")[2:]
    if link == dpkt.pcap.DLT_NULL:
        frame = frame[4:]
    return dpkt.ip.IP(frame) if frame[0] >> 4 == 4 else dpkt.ip6.IP6(frame)


def _ends(ip: dpkt.ip.IP | dpkt.ip6.IP6) -> Ends:
    family = socket.AF_INET if len(ip.src) == 4 else socket.AF_INET6
    source, destination = (socket.inet_ntop(family, address) for address in (ip.src, ip.dst))
    return source, ip.data.sport, destination, ip.data.dport
