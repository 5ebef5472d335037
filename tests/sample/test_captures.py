"""The sample's captures hold the connections that the plan names, by dpkt's reading and not by ours.

dpkt reads no QUIC: of those connections only that an Initial is there at that minute is checked.
"""

from __future__ import annotations

import csv
import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dpkt
import pytest

from auditor.shipped import shipped

SAMPLE = shipped("sample_pcaps") / "district"
CENTRAL = datetime.timezone(datetime.timedelta(hours=-6))
TLS_HANDSHAKE = 22  # RFC 8446, 5.1
PUBLIC_NAME = "cloudflare-ech.com"
Connection = tuple[str, str, str, str, str]  # minute, sensor, client's MAC, transport, host


@dataclass
class Seen:
    """A client's side of one connection."""

    minute: str
    mac: str
    segments: dict[int, bytes] = field(default_factory=dict)


def frames(sensor: str) -> Iterator[tuple[float, bytes]]:
    for path in sorted((SAMPLE / "captures" / sensor).iterdir()):
        reader = dpkt.pcapng.Reader if path.suffix == ".pcapng" else dpkt.pcap.Reader
        with path.open("rb") as file:
            yield from reader(file)


def connections(sensor: str) -> Iterator[Connection]:
    talks: dict[tuple[object, ...], Seen] = {}
    for time, data in frames(sensor):
        link = dpkt.ethernet.Ethernet(data)
        segment = getattr(link.data, "data", None)
        if not isinstance(segment, dpkt.tcp.TCP | dpkt.udp.UDP) or segment.dport not in (80, 443):
            continue
        key = (link.data.src, link.data.dst, segment.sport, segment.dport, type(segment))
        mac = ":".join(f"{byte:02x}" for byte in link.src)
        seen = talks.setdefault(key, Seen(minute(float(time)), mac))
        place = segment.seq if isinstance(segment, dpkt.tcp.TCP) else len(seen.segments)
        if segment.data:
            seen.segments.setdefault(place, bytes(segment.data))
    for (*_, port, kind), seen in talks.items():
        transport, host = read(port, kind, seen)  # type: ignore[arg-type]
        yield seen.minute, sensor, seen.mac, transport, host


def read(port: int, kind: type, seen: Seen) -> tuple[str, str]:
    """What a connection is, and the name it gives."""
    stream = b"".join(seen.segments[place] for place in sorted(seen.segments))
    if kind is dpkt.udp.UDP:
        return "quic" if seen.segments[0][0] & 0xC0 == 0xC0 else "udp", ""
    if port == 80:
        head = stream[: stream.index(b"\r\n\r\n") + 4]
        return "http", str(dpkt.http.Request(head).headers["host"])
    if stream[0] != TLS_HANDSHAKE:
        return "mid", ""
    records, _ = dpkt.ssl.tls_multi_factory(stream)
    hello = dpkt.ssl.TLSHandshake(records[0].data).data
    names = [data[5:].decode() for number, data in hello.extensions if number == 0]
    return "tls", names[0] if names else ""


def minute(time: float) -> str:
    return datetime.datetime.fromtimestamp(time // 60 * 60, CENTRAL).isoformat(timespec="minutes")


def planned(sensor: str) -> Iterator[Connection]:
    """The plan's connections as an observer without ours or QUIC's keys sees them."""
    with (SAMPLE / "truth" / "names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            host = {"ech": PUBLIC_NAME, "quic": "", "nosni": "", "mid": ""}.get(row["transport"], row["host"])
            transport = {"ech": "tls", "nosni": "tls"}.get(row["transport"], row["transport"])
            if row["sensor"] == sensor:
                yield row["minute"], sensor, row["client_mac"], transport, host


@pytest.mark.parametrize("sensor", ["elementary", "high"])
def test_connections_are_as_planned(sensor: str) -> None:
    found, wanted = Counter(connections(sensor)), Counter(planned(sensor))
    assert found - wanted == Counter()
    assert wanted - found == Counter()


def test_the_captures_are_small_and_of_several_forms() -> None:
    files = [path for path in (SAMPLE / "captures").rglob("*.pcap*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 10_000_000
    assert len({path.read_bytes()[:4] for path in files}) == 4  # both byte orders, nanoseconds, pcapng


def test_a_connection_crosses_midnight_and_a_rotation() -> None:
    """So that names must be carried from one capture file into the next."""
    for before, after in (
        ("2026-11-09.pcap", "2026-11-10.pcapng"),
        ("2026-11-12-a.pcap", "2026-11-12-b.pcapng"),
    ):
        assert tcp_ends(before) & tcp_ends(after)


def tcp_ends(name: str) -> set[tuple[bytes, int]]:
    path: Path = SAMPLE / "captures" / "high" / name
    reader = dpkt.pcapng.Reader if path.suffix == ".pcapng" else dpkt.pcap.Reader
    with path.open("rb") as file:
        links = [dpkt.ethernet.Ethernet(data) for _, data in reader(file)]
    segments = [
        (link.data.src, getattr(link.data, "data", None)) for link in links if hasattr(link.data, "src")
    ]
    return {
        (source, segment.sport)
        for source, segment in segments
        if isinstance(segment, dpkt.tcp.TCP) and segment.dport == 443
    }
