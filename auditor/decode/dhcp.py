"""DHCP: which address a client was given, and what it calls itself.

RFC 2131 (messages), RFC 2132 (options), RFC 4702 (Client FQDN). dpkt reads the fields.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dpkt

from auditor.decode.names import spell_label, spell_text

_ACK = b"\x05"  # message types: RFC 2132, 9.6
_ASKING = (b"\x01", b"\x03", b"\x08")  # DISCOVER, REQUEST, INFORM

_OPCODE_REQUEST, _OPCODE_REPLY = 1, 2
_ETHERNET = 1
_MAGIC = 0x63825363
_OPTION_HOST_NAME, _OPTION_LEASE_S, _OPTION_OVERLOAD, _OPTION_MESSAGE_TYPE, _OPTION_FQDN = 12, 51, 52, 53, 81
_OVERLOAD_FILE, _OVERLOAD_SNAME = 1, 2  # bits: which field holds more options
_WANTED = (_OPTION_HOST_NAME, _OPTION_LEASE_S, _OPTION_OVERLOAD, _OPTION_MESSAGE_TYPE, _OPTION_FQDN)
_MAX_OPTION = 512  # bytes kept of one option; a name has at most 255
_PAD, _END = 0, 255
_OPTIONS_AT = 240  # after the fixed fields and the magic number
_FQDN_ENCODED = 0x04  # the name is in DNS wire format, not ASCII (RFC 4702, 2.1)


@dataclass(frozen=True, slots=True)
class Ack:
    """A server's DHCPACK."""

    mac: str  # the client's, "aa:bb:cc:dd:ee:ff"
    ip: str  # the client's
    host: str  # what the server says the client is called; often ""
    lease_s: int  # 0 where nothing is leased: the answer to an INFORM
    relayed: bool  # came by way of a relay agent


@dataclass(frozen=True, slots=True)
class Request:
    """A client's DISCOVER, REQUEST or INFORM."""

    mac: str
    xid: int  # the same in the server's answer
    host: str  # what the client calls itself, "" where it doesn't say


def ack(payload: bytes) -> Ack | None:
    """The DHCPACK in a UDP payload, or BOOTP's reply; None for anything else or without an address."""
    message = _message(payload, _OPCODE_REPLY)
    if message is None:
        return None
    options = _all_options(message, payload)
    address = message.yiaddr or message.ciaddr
    if options.get(_OPTION_MESSAGE_TYPE, _ACK) != _ACK or not address:
        return None
    return Ack(
        mac=message.chaddr.hex(":"),
        ip=socket.inet_ntoa(address.to_bytes(4)),
        host=_host(options),
        lease_s=int.from_bytes(options.get(_OPTION_LEASE_S, b"")[:4]) if message.yiaddr else 0,
        relayed=bool(message.giaddr),
    )


def request(payload: bytes) -> Request | None:
    """The client's message in a UDP payload, None where it holds anything else."""
    message = _message(payload, _OPCODE_REQUEST)
    if message is None:
        return None
    options = _all_options(message, payload)
    if options.get(_OPTION_MESSAGE_TYPE) not in _ASKING:
        return None
    return Request(message.chaddr.hex(":"), message.xid, _host(options))


def _message(payload: bytes, opcode: int) -> dpkt.dhcp.DHCP | None:
    """The fixed fields of a message from or to an Ethernet client."""
    import dpkt  # not before it is needed: most captures hold few of these

    try:
        message = dpkt.dhcp.DHCP(payload[:_OPTIONS_AT])
    except dpkt.UnpackError:
        return None
    sound = message.op == opcode and message.hrd == _ETHERNET and message.hln == 6 and message.magic == _MAGIC
    return message if sound else None


def _all_options(message: dpkt.dhcp.DHCP, payload: bytes) -> dict[int, bytes]:
    """Options by number, those that overflowed into `file` and `sname` included (RFC 2131, 4.1)."""
    options: dict[int, bytes] = {}
    _add_options(options, payload[_OPTIONS_AT:])
    overload = int.from_bytes(options.get(_OPTION_OVERLOAD, b"")[:1])
    if overload & _OVERLOAD_FILE:
        _add_options(options, message.file)
    if overload & _OVERLOAD_SNAME:
        _add_options(options, message.sname)
    return options


def _add_options(options: dict[int, bytes], data: bytes) -> None:
    """As far as they are whole; an option in several parts is one (RFC 3396, 7)."""
    at = 0
    while at < len(data) and data[at] != _END:
        if data[at] == _PAD:
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 1 : at + 2])
        if at + 1 == len(data) or end > len(data):
            return
        if data[at] in _WANTED:
            options[data[at]] = (options.get(data[at], b"") + data[at + 2 : end])[:_MAX_OPTION]
        at = end


def _host(options: dict[int, bytes]) -> str:
    name = options.get(_OPTION_HOST_NAME, b"").rstrip(b"\0")
    if name:
        return spell_text(name.rstrip(b"."))
    fqdn = options.get(_OPTION_FQDN, b"")
    name = fqdn[3:]  # flags and two codes come first
    return _wire_name(name) if fqdn and fqdn[0] & _FQDN_ENCODED else spell_text(name.rstrip(b".\0"))


def _wire_name(data: bytes) -> str:
    """A name as DNS writes it, without compression; one that isn't fully qualified lacks the last octet."""
    labels: list[str] = []
    at = 0
    while at < len(data) and 0 < data[at] < 0x40 and at + data[at] < len(data):
        labels.append(spell_label(data[at + 1 : at + 1 + data[at]]))
        at += 1 + data[at]
    return ".".join(labels)
