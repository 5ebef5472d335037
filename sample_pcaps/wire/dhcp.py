"""DHCP exchanges (RFC 2131): a client asks for an address and the server acknowledges."""

from __future__ import annotations

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet

from wire.frames import MS, Frame

BROADCAST = "ff:ff:ff:ff:ff:ff"
LEASE_SECONDS = 36_000


def exchange(
    now: int,
    mac: str,
    address: str,
    server_mac: str,
    server: str,
    host: str,
    *,
    vlans: tuple[int, ...] = (),
    seconds: int = LEASE_SECONDS,
) -> list[Frame]:
    """REQUEST and ACK of one lease."""
    raw_mac = bytes.fromhex(mac.replace(":", ""))
    ident = int.from_bytes(raw_mac[2:], "big")
    name = [("hostname", host)] if host else []
    request = BOOTP(op=1, chaddr=raw_mac, xid=ident) / DHCP(
        options=[("message-type", "request"), ("requested_addr", address), *name, "end"]
    )
    ack = BOOTP(op=2, chaddr=raw_mac, xid=ident, yiaddr=address, siaddr=server) / DHCP(
        options=[("message-type", "ack"), ("server_id", server), ("lease_time", seconds), *name, "end"]
    )
    ask = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / request
    give = IP(src=server, dst=address) / UDP(sport=67, dport=68) / ack
    return [
        Frame(now, bytes(tagged(Ether(src=mac, dst=BROADCAST), vlans) / ask), True),
        Frame(now + 4 * MS, bytes(tagged(Ether(src=server_mac, dst=mac), vlans) / give), False),
    ]


def tagged(link: Packet, vlans: tuple[int, ...]) -> Packet:
    for vlan in vlans:
        link = link / Dot1Q(vlan=vlan)
    return link
