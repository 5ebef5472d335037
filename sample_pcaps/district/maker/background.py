"""What else is on the wire: leases, lessons, documents, updates, clocks, a tunnel. No findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scapy.layers.l2 import ARP, Dot1Q, Ether
from wire import dhcp
from wire.frames import MS, Frame, UdpTalk

from .network import GATEWAYS, Network
from .plan import MINUTE_NS, Connection, Session, connection, epoch_minute, local
from .traffic import SECOND, Marked

DAYS = ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13")
CLASS_DAYS = [day for day in DAYS if day != "2026-11-11"]
TUNNEL_SERVER = "203.0.113.250"
NTP_REQUEST = bytes([0x23]) + bytes(47)  # version 4, client (RFC 5905, 7.3)


def sessions() -> Iterator[Session]:
    """Lessons, mail and documents of staff, students at their books, updates at noon."""
    routine = [
        ("HS-LT-03", "high", "08:02", "tls docs.google.com 0-3"),
        ("HS-LT-05", "high", "09:31", "tls lms.heronmarsh.example 0-5"),
        ("HS-CB-02", "high", "09:33", "tls lms.heronmarsh.example 0-5"),
        ("HS-CB-03", "high", "10:12", "quic www.youtube.com 0-3"),
        ("HS-CB-04", "high", "12:31", "tls www.tiktok.com 0-2"),
        ("HS-LT-10", "high", "10:30", "http download.windowsupdate.com 0 down=60000"),
        ("EL-LT-03", "elementary", "08:20", "tls mail.heronmarsh.example 0-2"),
        ("EL-LT-06", "elementary", "12:20", "tls fe3.delivery.mp.microsoft.com 0"),
        ("EL-CB-01", "elementary", "09:10", "tls lms.heronmarsh.example 0-4"),
        ("EL-CB-02", "elementary", "13:10", "tls www.roblox.com 0-2"),
        ("EL-GUEST-01", "elementary", "11:00", "tls www.pinterest.com 0-3"),
    ]
    for day in CLASS_DAYS:
        for device, at, clock, use in routine:
            uses: tuple[Connection, ...] = (connection(use),)
            yield Session("background", "", device, at, epoch_minute(f"{day}T{clock}"), uses, ())


def leases(network: Network, planned: Iterable[Session]) -> Iterator[Marked]:
    """A DHCP lease for each device, a minute before its first use of a day at a school."""
    seen: set[tuple[str, str, str]] = set()
    for session in sorted(planned, key=lambda each: each.start):
        for sensor in {use.at or session.at for use in session.use}:
            key = (session.device, sensor, local(session.start).strftime("%Y-%m-%d"))
            if key in seen:
                continue
            seen.add(key)
            frames = dhcp.exchange(
                session.start * MINUTE_NS - 40 * SECOND,
                network.mac(session.device),
                network.address(session.device, sensor),
                GATEWAYS[sensor],
                network.resolver(sensor),
                session.device.lower() if session.device in network.devices else "",
                vlans=network.vlans(session.device, sensor),
            )
            for frame in frames:
                yield Marked(frame, sensor, network.mac(session.device), "", "", "dhcp", 0)


def chatter(network: Network) -> Iterator[Marked]:
    """ARP and NTP now and then, and a tunnel that nothing can look into."""
    for day in DAYS:
        for device, sensor in (("HS-LT-09", "high"), ("EL-LT-07", "elementary")):
            now = epoch_minute(f"{day}T07:30") * MINUTE_NS
            mac, address = network.mac(device), network.address(device, sensor)
            link = Ether(src=mac, dst=dhcp.BROADCAST)
            for vlan in network.vlans(device, sensor):
                link = link / Dot1Q(vlan=vlan)
            ask = bytes(link / ARP(hwsrc=mac, psrc=address, pdst=network.resolver(sensor)))
            yield Marked(Frame(now, ask.ljust(60, b"\0"), True), sensor, mac, "", "", "arp", 0)
            clock = UdpTalk(network.ends(device, sensor, network.resolver(sensor), 123, 123))
            clock.send(now + 2 * SECOND, True, NTP_REQUEST)
            clock.send(now + 2 * SECOND + 3 * MS, False, bytes([0x24]) + bytes(47))
            for frame in clock.frames:
                yield Marked(frame, sensor, mac, "", "", "ntp", 0)
    tunnel = UdpTalk(network.ends("HS-PH-05", "high", TUNNEL_SERVER, 51_820, 51_820))
    start = epoch_minute("2026-11-13T10:02") * MINUTE_NS
    for step in range(60):
        tunnel.send(start + step * 5 * SECOND, step % 3 == 0, b"\x04\0\0\0".ljust(900, b"\x3c"))
    for frame in tunnel.frames:
        yield Marked(frame, "high", network.mac("HS-PH-05"), "", "", "tunnel", 0)
