"""Makes frames byte by byte, and what is in them: Ethernet, IP, TCP, UDP, DNS, HTTP."""

from __future__ import annotations

import ipaddress
import struct

CLIENT_MAC, ROUTER_MAC = 0x02_00_5E_10_00_01, 0x00_00_5E_00_53_FE
CLIENT, SERVER = "10.1.2.3", "192.0.2.80"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def ethernet(payload: bytes, kind: int = 0x0800, source: int = CLIENT_MAC, target: int = ROUTER_MAC) -> bytes:
    return target.to_bytes(6) + source.to_bytes(6) + kind.to_bytes(2) + payload


def ipv4(
    payload: bytes, source: str, target: str, protocol: int, fragment: int = 0, options: bytes = b""
) -> bytes:
    size = 20 + len(options)
    head = struct.pack(">BBHHHBBH", 0x40 | size // 4, 0, size + len(payload), 1, fragment, 64, protocol, 0)
    return head + packed(source) + packed(target) + options + payload


def ipv6(payload: bytes, source: str, target: str, protocol: int) -> bytes:
    return (
        struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + packed(source) + packed(target) + payload
    )


def ip(payload: bytes, source: str, target: str, protocol: int) -> bytes:
    return (ipv6 if ":" in source else ipv4)(payload, source, target, protocol)


def udp(payload: bytes, source: int, target: int) -> bytes:
    return struct.pack(">HHHH", source, target, 8 + len(payload), 0) + payload


def tcp(
    payload: bytes, source: int, target: int, seq: int = 1, flags: int = PSH | ACK, ack: int = 1
) -> bytes:
    seq, ack = seq & 0xFFFFFFFF, ack & 0xFFFFFFFF
    return struct.pack(">HHIIBBHHH", source, target, seq, ack, 0x50, flags, 8192, 0, 0) + payload


def framed(
    segment: bytes, protocol: int, source: str = CLIENT, target: str = SERVER, mac: int = CLIENT_MAC
) -> bytes:
    """An Ethernet frame with an IP packet of either version."""
    return ethernet(ip(segment, source, target, protocol), 0x86DD if ":" in source else 0x0800, mac)


def tcp_frame(
    payload: bytes = b"", seq: int = 1, flags: int = PSH | ACK, *, up: bool = True, ack: int = 1,
    client: str = CLIENT, client_port: int = 50_000, server: str = SERVER, server_port: int = 443,
) -> bytes:  # fmt: skip
    """A segment of a client's connection, from the client (`up`) or to it."""
    if up:
        return framed(tcp(payload, client_port, server_port, seq, flags, ack), 6, client, server)
    return framed(tcp(payload, server_port, client_port, seq, flags, ack), 6, server, client, ROUTER_MAC)


def udp_frame(
    payload: bytes, *, up: bool = True,
    client: str = CLIENT, client_port: int = 50_000, server: str = SERVER, server_port: int = 53,
) -> bytes:  # fmt: skip
    if up:
        return framed(udp(payload, client_port, server_port), 17, client, server)
    return framed(udp(payload, server_port, client_port), 17, server, client, ROUTER_MAC)


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def dns_name(text: str) -> bytes:
    labels = text.split(".") if text else []
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def dns_query(host: str, qtype: int = 1, number: int = 7) -> bytes:
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + dns_name(host) + struct.pack(">HH", qtype, 1)


def dns_record(owner: bytes, kind: int, data: bytes, ttl_s: int = 300) -> bytes:
    return owner + struct.pack(">HHIH", kind, 1, ttl_s, len(data)) + data


def dns_answer(host: str, *addresses: str, ttl_s: int = 300, records: tuple[bytes, ...] = ()) -> bytes:
    """An answer with an address record each, under a pointer to the name asked, behind other `records`."""
    made = list(records)
    for address in addresses:
        data = packed(address)
        made.append(dns_record(b"\xc0\x0c", 1 if len(data) == 4 else 28, data, ttl_s))
    head = struct.pack(">HHHHHH", 7, 0x8180, 1, len(made), 0, 0)
    return head + dns_name(host) + struct.pack(">HH", 1, 1) + b"".join(made)


def https_record(with_ech: bool, ttl_s: int = 300) -> bytes:
    """An HTTPS record (RFC 9460) with or without an `ech` parameter."""
    parameters = struct.pack(">HH", 1, 3) + b"\x02h3"
    if with_ech:
        parameters += struct.pack(">HH", 5, 4) + b"\xfe\x0d\0\0"
    return dns_record(b"\xc0\x0c", 65, b"\0\1\0" + parameters, ttl_s)


def https_hint(address: str) -> bytes:
    """An HTTPS record with the `ipv4hint` parameter (RFC 9460, 7.3)."""
    return dns_record(
        b"\xc0\x0c", 65, b"\0\1\0" + struct.pack(">HH", 4, 4) + ipaddress.IPv4Address(address).packed
    )


def http_request(host: str, path: str = "/", body: bytes = b"") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    method = "POST" if body else "GET"
    head = f"{method} {path} HTTP/1.1\r\nUser-Agent: test\r\nHost: {host}\r\n{length}Accept: */*\r\n\r\n"
    return head.encode() + body
