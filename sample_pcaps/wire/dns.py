"""DNS questions and answers (RFC 1035), HTTPS records with an ECH configuration (RFC 9460)."""

from __future__ import annotations

import ipaddress
import os

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.packet import Packet

A, AAAA, CNAME, HTTPS = 1, 28, 5, 65


def question(ident: int, name: str, kind: int) -> Packet:
    return DNS(id=ident, rd=1, qd=DNSQR(qname=name, qtype=kind))


def answer(ident: int, name: str, kind: int, records: list[Packet]) -> Packet:
    return DNS(id=ident, qr=1, rd=1, ra=1, qd=DNSQR(qname=name, qtype=kind), an=records)


def addresses(name: str, found: list[str], ttl: int, alias: str | None = None) -> list[Packet]:
    """A or AAAA records of `name`, through one CNAME where there is an `alias`."""
    records = [DNSRR(rrname=name, type="CNAME", rdata=alias, ttl=ttl)] if alias else []
    for text in found:
        kind = "AAAA" if ipaddress.ip_address(text).version == 6 else "A"
        records.append(DNSRR(rrname=alias or name, type=kind, rdata=text, ttl=ttl))
    return records


def https_record(name: str, ttl: int, public_name: str) -> Packet:
    """An HTTPS record in service mode: alpn h2, and ech= with one ECHConfig for `public_name`."""
    alpn = (1).to_bytes(2, "big") + (3).to_bytes(2, "big") + b"\x02h2"
    config = ech_config_list(public_name)
    ech = (5).to_bytes(2, "big") + len(config).to_bytes(2, "big") + config
    return DNSRR(rrname=name, type=HTTPS, ttl=ttl, rdata=(1).to_bytes(2, "big") + b"\0" + alpn + ech)


def ech_config_list(public_name: str) -> bytes:
    """An ECHConfigList of one ECHConfig with an X25519 key (RFC 9849, 4)."""
    name = public_name.encode()
    contents = (
        b"\x01"  # config_id
        + (0x20).to_bytes(2, "big")  # DHKEM(X25519, HKDF-SHA256)
        + (32).to_bytes(2, "big")
        + os.urandom(32)
        + (4).to_bytes(2, "big")
        + bytes.fromhex("00010001")
        + b"\0"  # maximum_name_length
        + bytes([len(name)])
        + name
        + (0).to_bytes(2, "big")
    )
    config = bytes.fromhex("fe0d") + len(contents).to_bytes(2, "big") + contents
    return len(config).to_bytes(2, "big") + config


def over_tcp(message: Packet) -> bytes:
    """The message with the length that goes before it on TCP (RFC 1035, 4.2.2)."""
    data = bytes(message)
    return len(data).to_bytes(2, "big") + data
