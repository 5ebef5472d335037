"""A morning's traffic of one network, so that captures can be cut anywhere: names in pieces, names told early,
connections that live long. Times are nanoseconds."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hellos import extension, in_records, message, server_name
from initials import V1, crypto_frame, initial
from made_captures import START_S, Stamped, pcap
from made_packets import (
    ACK,
    FIN,
    PSH,
    SYN,
    dns_answer,
    framed,
    http_request,
    https_record,
    tcp,
    udp,
)

SECOND = 1_000_000_000
START = START_S * SECOND
ROUTER = 0x00_00_5E_00_53_FE
RESOLVER = "192.0.2.53"
SETTINGS = """
[district]
name = "Made Schools"
timezone = "America/Chicago"

[[sensors]]
name = "north"
site = "north"
captures = "captures/*.pcap*"
sees_client_mac = true
networks = ["10.1.0.0/16"]
"""


def made_district(folder: Path, devices: str = "") -> Path:
    """A district folder with one sensor and no capture."""
    (folder / "captures").mkdir(parents=True)
    (folder / "auditor.toml").write_text(SETTINGS)
    for name, header in (
        ("staff", "employee_id,name,email,site,role,supervisor_id,schedule"),
        ("devices", "device_id,mac,ownership,assigned_to"),
        ("schedules", "schedule,weekday,start,end"),
        ("calendar", "date,site,kind"),
        (
            "exceptions",
            "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to",
        ),
        ("approved_tools", "platform,basis,approved_by,valid_from"),
    ):
        (folder / f"{name}.csv").write_text(header + "\n" + (devices if name == "devices" else ""))
    return folder


class Client:
    """A device: what it sends and is sent, by second."""

    def __init__(self, number: int) -> None:
        self.ip, self.mac = f"10.1.2.{number}", 0x00_00_5E_00_53_00 + number
        self.frames: list[Stamped] = []

    def tcp(
        self, at: float, server: str, port: int, data: bytes = b"", seq: int = 1, flags: int = PSH | ACK,
        up: bool = True, server_port: int = 443, ack: int = 1,
    ) -> None:  # fmt: skip
        ends = (port, server_port) if up else (server_port, port)
        self._put(at, tcp(data, *ends, seq, flags, ack), 6, server, up)

    def udp(
        self, at: float, server: str, port: int, data: bytes, up: bool = True, server_port: int = 443
    ) -> None:
        ends = (port, server_port) if up else (server_port, port)
        self._put(at, udp(data, *ends), 17, server, up)

    def told(self, at: float, host: str, *addresses: str, ttl_s: int = 300, ech: bool = False) -> None:
        """An answer from the resolver."""
        records = (https_record(with_ech=True, ttl_s=ttl_s),) if ech else ()
        data = dns_answer(host, *addresses, ttl_s=ttl_s, records=records)
        self.udp(at, RESOLVER, 40_000, data, up=False, server_port=53)

    def stream(
        self, at: float, server: str, port: int, data: bytes, size: int, step: float = 0.2, seq: int = 0,
        **more: int,
    ) -> None:  # fmt: skip
        """A connection's beginning: handshake, then `data` in segments of `size`, each acknowledged."""
        self.tcp(at, server, port, seq=seq, flags=SYN, **more)
        self.tcp(at + 0.05, server, port, seq=0, flags=SYN | ACK, up=False, ack=1, **more)
        for number, start in enumerate(range(0, len(data), size)):
            when = at + 0.1 + number * step
            self.tcp(when, server, port, data[start : start + size], seq=seq + 1 + start, **more)
            self.tcp(when + 0.05, server, port, flags=ACK, up=False, ack=1 + start, **more)

    def goes_on(self, at: float, server: str, port: int, count: int, step: float, **more: int) -> None:
        """Packets both ways of a connection whose names have passed."""
        for number in range(count):
            self.tcp(at + number * step, server, port, b"x" * 700, seq=90_000 + number, **more)
            self.tcp(at + number * step + 0.1, server, port, b"y" * 1300, seq=9, up=False, **more)

    def _put(self, at: float, segment: bytes, protocol: int, server: str, up: bool) -> None:
        ends = (self.ip, server) if up else (server, self.ip)
        frame = framed(segment, protocol, *ends, self.mac if up else ROUTER)
        self.frames.append((START + round(at * SECOND), frame))


def hello(host: str, ech: bool = False, filler: int = 1500) -> bytes:
    """A ClientHello that takes more than one segment."""
    extensions = server_name(host.encode()) + extension(21, bytes(filler))
    if ech:
        extensions += extension(0xFE0D, b"\0" + bytes(60))
    return in_records(message(extensions), [])


def quic_hello(host: str, connection_id: bytes) -> list[bytes]:
    """A ClientHello in two QUIC Initials."""
    data = message(
        server_name(host.encode()) + extension(21, bytes(900)) + extension(57, b""), version=0x0303
    )
    cut = len(data) // 2
    return [
        initial(crypto_frame(0, data[:cut]), connection_id, version=V1, number=0),
        initial(crypto_frame(cut, data[cut:]), connection_id, version=V1, number=1),
    ]


def morning() -> list[Stamped]:
    """Twelve minutes. Hosts of the catalogue and others, by every way of naming."""
    one, two, three = Client(21), Client(22), Client(23)
    # TLS in segments; lives on
    one.stream(55, "192.0.2.11", 50_001, hello("www.instagram.com"), 700, step=2)
    one.goes_on(62, "192.0.2.11", 50_001, 16, 41)
    # known to DNS long before; never says a name itself
    one.told(3, "www.vsco.co", "192.0.2.12", ttl_s=3600)
    one.stream(400, "192.0.2.12", 50_002, b"\x05nothing that is known", 400)
    one.goes_on(401, "192.0.2.12", 50_002, 9, 30)
    # DNS names it while its hello is on the way, otherwise than the hello does
    two.told(100, "static.cdninstagram.com", "192.0.2.13")
    two.stream(112, "192.0.2.13", 50_003, hello("www.facebook.com"), 500, step=1)
    two.goes_on(125, "192.0.2.13", 50_003, 5, 50)
    # real ECH
    two.told(10, "x.com", "192.0.2.14", ttl_s=3600, ech=True)
    two.stream(250, "192.0.2.14", 50_004, hello("cloudflare-ech.com", ech=True), 600, step=1)
    two.goes_on(256, "192.0.2.14", 50_004, 7, 45)
    # two platforms at one address: nobody's
    two.told(20, "www.tumblr.com", "192.0.2.15", ttl_s=3600)
    two.told(30, "www.example.org", "192.0.2.15", ttl_s=3600)
    two.stream(300, "192.0.2.15", 50_005, b"\x05nothing", 400)
    two.goes_on(301, "192.0.2.15", 50_005, 6, 40)
    # QUIC in two Initials
    for number, data in enumerate(quic_hello("www.youtube.com", b"\x83\x94\xc8\xf0\x3e\x51\x57\x08")):
        three.udp(179 + number, "192.0.2.16", 50_006, data)
    for number in range(8):
        three.udp(181 + number * 35, "192.0.2.16", 50_006, b"\x43" + bytes(800))
        three.udp(181.1 + number * 35, "192.0.2.16", 50_006, b"\x43" + bytes(1200), up=False)
    # HTTP: heads over segments, a body that looks like another request, a second request later
    body = http_request("www.myspace.com")
    web = {"server_port": 80}
    requests = http_request("www.flickr.com", body=body) + http_request("www.flickr.com", "/next")
    three.stream(237, "192.0.2.17", 50_007, requests, 90, step=0.8, **web)
    three.goes_on(250, "192.0.2.17", 50_007, 6, 30, **web)
    # named, and in no catalogue; its address is known to DNS by a platform's name, too
    three.told(5, "www.pinterest.com", "192.0.2.18", ttl_s=3600)
    three.stream(60, "192.0.2.18", 50_008, hello("intranet.example.org"), 800, step=0.5)
    three.goes_on(65, "192.0.2.18", 50_008, 12, 50)
    # the same ports again, for something else
    three.tcp(690, "192.0.2.18", 50_008, flags=FIN | ACK, seq=99_000)
    three.stream(700, "192.0.2.18", 50_008, hello("www.reddit.com"), 900, step=3, seq=7_000_000)
    return sorted(one.frames + two.frames + three.frames, key=lambda frame: frame[0])


def long_day() -> list[Stamped]:
    """Four hours with a packet now and then: connections whose names are hours old, answers that long, too."""
    one = Client(21)
    one.told(1, "www.vsco.co", "192.0.2.12", ttl_s=20_000)
    one.told(2, "www.example.net", "192.0.2.19", ttl_s=20_000)
    one.told(3, "www.tiktok.com", "192.0.2.19", ttl_s=20_000)
    one.stream(5, "192.0.2.11", 50_001, hello("www.instagram.com"), 700)
    one.goes_on(600, "192.0.2.11", 50_001, 14, 1000)
    one.stream(9, "192.0.2.18", 50_008, hello("intranet.example.org"), 700)
    one.goes_on(700, "192.0.2.18", 50_008, 14, 1000)
    one.told(11, "www.pinterest.com", "192.0.2.18", ttl_s=20_000)
    one.stream(12_000, "192.0.2.12", 50_002, b"\x05nothing that is known", 400)
    one.goes_on(12_010, "192.0.2.12", 50_002, 5, 100)
    one.stream(12_500, "192.0.2.19", 50_003, b"\x05nothing that is known", 400)
    one.goes_on(12_510, "192.0.2.19", 50_003, 5, 100)
    return sorted(one.frames, key=lambda frame: frame[0])


def cut(frames: list[Stamped], places: list[int]) -> list[bytes]:
    """The captures that a sensor writes when it begins a new file at these places."""
    bounds = [0, *sorted({place for place in places if 0 < place < len(frames)}), len(frames)]
    return [pcap(frames[start:end]) for start, end in pairwise(bounds)]
