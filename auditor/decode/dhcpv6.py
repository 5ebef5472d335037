"""DHCPv6: which addresses a client was given, and by which MAC it can be known.

RFC 8415, and RFC 9915 after it (messages, options, DUIDs); RFC 6939 (the client's MAC in a relay's message).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

ASKING = (1, 3, 5, 6)  # SOLICIT, REQUEST, RENEW, REBIND
REPLY = 7
_RELAYED = (12, 13)  # RELAY-FORW, RELAY-REPL
_CLIENT_ID, _IA_NA, _IA_TA, _IA_ADDRESS, _RELAY_MESSAGE, _STATUS, _CLIENT_MAC = 1, 3, 4, 5, 9, 13, 79
_IA_HEAD = {_IA_NA: 12, _IA_TA: 4}  # bytes before an IA's own options
_DUID_HEAD = {1: 8, 3: 4}  # bytes before the MAC in a DUID-LLT and a DUID-LL
_ETHERNET = (1, 6)  # hardware types whose addresses are MACs: Ethernet, IEEE 802
_RELAY_HEAD = 34  # type, hops, two addresses
_MOST_RELAYS = 8  # HOP_COUNT_LIMIT (RFC 8415, 7.6)
_LONGEST_DUID = 130  # RFC 8415, 11.1: two bytes and 128
_MOST_ADDRESSES = 64  # of one message; a client has a few
_GROUP = 0x01_00_00_00_00_00  # bit of a MAC


@dataclass(frozen=True, slots=True)
class Given:
    """An address that a server lets a client have."""

    ip: str
    valid_s: int  # how long; 0xffffffff stands for ever (RFC 8415, 7.7)


@dataclass(frozen=True, slots=True)
class Message:
    """What a client asks or a server answers, taken out of its relays' messages."""

    kind: int  # one of ASKING, or REPLY
    xid: int  # the same in question and answer
    duid: bytes  # the client's
    given: tuple[Given, ...]  # of a REPLY
    relayed: bool  # one relay agent at least passed it on
    relay_mac: int  # the client's, as its relay saw it; 0 where it doesn't say

    @property
    def duid_mac(self) -> int:
        """The MAC that the client's DUID was made from, of whichever of its interfaces; 0 for none."""
        head = _DUID_HEAD.get(int.from_bytes(self.duid[:2]), 0)
        if not head or int.from_bytes(self.duid[2:4]) not in _ETHERNET:
            return 0
        return _mac(self.duid[head:])


def message(payload: bytes) -> Message | None:
    """The message in a UDP payload; None for anything else, and where no client is named."""
    relay_mac, relays = 0, 0
    while payload[:1] and payload[0] in _RELAYED:
        if relays == _MOST_RELAYS:
            return None
        options = dict(_options(payload, _RELAY_HEAD))
        relay_mac, relays = _relay_mac(options.get(_CLIENT_MAC, b"")), relays + 1
        payload = options.get(_RELAY_MESSAGE, b"")
    if len(payload) < 4 or payload[0] not in (*ASKING, REPLY):
        return None
    found = list(_options(payload, 4))
    duid = dict(found).get(_CLIENT_ID, b"")
    if not 2 < len(duid) <= _LONGEST_DUID:
        return None
    given = tuple(_given(found))[:_MOST_ADDRESSES] if payload[0] == REPLY else ()
    return Message(payload[0], int.from_bytes(payload[1:4]), duid, given, relays > 0, relay_mac)


def _options(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Code and content of each option, as far as they are whole."""
    while at + 4 <= len(data):
        code, size = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : at + 4])
        at += 4 + size
        if at > len(data):
            return
        yield code, data[at - size : at]


def _given(options: list[tuple[int, bytes]]) -> Iterator[Given]:
    """The addresses of all associations that were granted, those taken back (0 seconds) left out."""
    for code, association in options:
        head = _IA_HEAD.get(code)
        if head is None or len(association) < head:
            continue
        inside = list(_options(association, head))
        if _is_refused(inside):
            continue
        for inner, data in inside:
            if inner != _IA_ADDRESS or len(data) < 24 or _is_refused(list(_options(data, 24))):
                continue
            address, valid_s = ipaddress.IPv6Address(data[:16]), int.from_bytes(data[20:24])
            if valid_s and not (address.is_multicast or address.is_unspecified or address.is_loopback):
                yield Given(str(address), valid_s)


def _is_refused(options: list[tuple[int, bytes]]) -> bool:
    return any(code == _STATUS and data[:2] != b"\0\0" for code, data in options)


def _relay_mac(data: bytes) -> int:
    """RFC 6939, 4: the hardware type, then the address."""
    return _mac(data[2:]) if int.from_bytes(data[:2]) in _ETHERNET else 0


def _mac(data: bytes) -> int:
    number = int.from_bytes(data) if len(data) == 6 else 0
    return 0 if number & _GROUP else number
