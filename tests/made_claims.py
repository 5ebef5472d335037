"""ARP and neighbour discovery, made byte by byte."""

from __future__ import annotations

import struct

from made_packets import ethernet, ipv6, packed

MAC, OTHER_MAC, ROUTER_MAC = 0x00_00_5E_00_53_07, 0x00_00_5E_00_53_08, 0x00_00_5E_00_53_FE
EVERYBODY = 0xFF_FF_FF_FF_FF_FF
ARP_TYPE, IPV6_TYPE, ICMPV6 = 0x0806, 0x86DD, 58
SOURCE_OPTION, TARGET_OPTION = 1, 2


def arp_body(
    sender: str, mac: int = MAC, target: str = "10.1.0.1", operation: int = 1, hardware: int = 1
) -> bytes:
    head = struct.pack(">HHBBH", hardware, 0x0800, 6, 4, operation)
    return head + mac.to_bytes(6) + packed(sender) + bytes(6) + packed(target)


def arp(
    sender: str,
    mac: int = MAC,
    target: str = "10.1.0.1",
    operation: int = 1,
    frame_mac: int | None = None,
    hardware: int = 1,
) -> bytes:
    """An ARP frame of a sender who calls itself so; padded as Ethernet pads."""
    body = arp_body(sender, mac, target, operation, hardware) + bytes(18)
    return ethernet(body, ARP_TYPE, mac if frame_mac is None else frame_mac, EVERYBODY)


def option(kind: int, mac: int) -> bytes:
    return bytes([kind, 1]) + mac.to_bytes(6)


def discovery(
    kind: int,
    body: bytes,
    source: str,
    target: str = "ff02::1",
    mac: int = MAC,
    hops: int = 255,
    code: int = 0,
) -> bytes:
    """An ICMPv6 message of neighbour discovery from its type on."""
    packet = bytearray(ipv6(bytes([kind, code, 0, 0]) + body, source, target, ICMPV6))
    packet[7] = hops
    return ethernet(bytes(packet), IPV6_TYPE, mac, ROUTER_MAC)


def solicitation(
    source: str, target: str = "2001:db8::1", mac: int = MAC, options: bytes | None = None, hops: int = 255
) -> bytes:
    given = option(SOURCE_OPTION, mac) if options is None else options
    return discovery(135, bytes(4) + packed(target) + given, source, "ff02::1:ff00:1", mac, hops)


def advertisement(target: str, mac: int = MAC, flags: int = 0x60, options: bytes | None = None) -> bytes:
    given = option(TARGET_OPTION, mac) if options is None else options
    return discovery(136, bytes([flags, 0, 0, 0]) + packed(target) + given, target, mac=mac)
