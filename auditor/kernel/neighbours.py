"""Who says that an address is its own: ARP (RFC 826, RFC 5227) and neighbour discovery (RFC 4861).

What a sender says of others, of groups, or under another MAC than the frame's own ties nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auditor.kernel.bytes import mac48, u8, u16, u32, u64
from auditor.kernel.jit import compiled
from auditor.kernel.network import V4_MAPPED
from auditor.kernel.table import mix
from auditor.kernel.types import Buffer, Ints, Words

ARP_SIZE = 28  # of Ethernet and IPv4
REQUEST, REPLY = 1, 2
ROUTER_SOLICITATION, SOLICITATION, ADVERTISEMENT, REDIRECT = 133, 135, 136, 137  # ICMPv6 types
SOURCE_ADDRESS, TARGET_ADDRESS = 1, 2  # options with a link-layer address (RFC 4861, 4.6.1)
ROUTER, OVERRIDE = 0x80, 0x20  # flags of an advertisement (4.4)
GROUP = np.uint64(0x01_00_00_00_00_00)  # bit of a MAC
LINK_LOCAL_ONLY = 255  # hop limit: no router has passed it on
ZERO = np.uint64(0)

MOST_A_MINUTE = 4096  # claims noted; further ones of that minute are counted and passed over
MINUTE, TURN, NOTED, PASSED = range(4)  # elements of `Neighbours.count`


class Neighbours(NamedTuple):
    """The claims noted this minute: rows of MAC, address in halves, and the turn in which they were written.

    A row of an earlier turn is free. There is a turn a minute, so nothing need be emptied.
    """

    rows: npt.NDArray[np.uint64]  # a power of two, twice MOST_A_MINUTE or more, x 4
    count: Ints  # type: ignore[assignment]


@compiled
def is_arp(buf: Buffer, at: int, end: int) -> bool:
    """A request or reply between Ethernet (or other IEEE 802) and IPv4 addresses (RFC 826)."""
    if at + ARP_SIZE > end:
        return False
    hardware, operation = u16(buf, at), u16(buf, at + 6)
    return (
        (hardware == 1 or hardware == 6)
        and u32(buf, at + 2) == 0x0800_0604  # IPv4; six bytes and four
        and (operation == REQUEST or operation == REPLY)
    )


@compiled
def arp_claim(buf: Buffer, at: int) -> tuple[np.uint64, np.uint64, np.uint64]:
    """(MAC, address in halves) of the sender; MAC 0 where that ties nothing. A probe's sender is 0.0.0.0."""
    address = u32(buf, at + 14)
    first = address >> 24
    if first == 0 or first == 127 or first >= 224:
        return ZERO, ZERO, ZERO
    return mac48(buf, at + 8), ZERO, V4_MAPPED | np.uint64(address)


@compiled
def is_discovery(buf: Buffer, network_at: int, at: int, end: int) -> bool:
    """A message of neighbour discovery that comes from this link (RFC 4861, 6.1 and 7.1): the hop limit says so."""
    if at + 8 > end:
        return False
    kind = u8(buf, at)
    return (
        ROUTER_SOLICITATION <= kind <= REDIRECT
        and u8(buf, at + 1) == 0
        and u8(buf, network_at + 7) == LINK_LOCAL_ONLY
    )


@compiled
def discovery_claim(
    buf: Buffer, at: int, end: int, source_hi: np.uint64, source_lo: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """(MAC, address in halves) that a host says are its own; MAC 0 where it says nothing.

    The sender of a solicitation, or the target of an advertisement. None: detection of duplicates (from ::), a
    router, and an advertisement that must not override: it may speak for another (RFC 4861, 7.2.4 and 7.2.8).
    """
    kind = u8(buf, at)
    if kind == SOLICITATION:
        return link_address(buf, at + 24, end, SOURCE_ADDRESS), source_hi, source_lo
    if kind == ROUTER_SOLICITATION:
        return link_address(buf, at + 8, end, SOURCE_ADDRESS), source_hi, source_lo
    if kind == ADVERTISEMENT and at + 24 <= end and u8(buf, at + 4) & (ROUTER | OVERRIDE) == OVERRIDE:
        return link_address(buf, at + 24, end, TARGET_ADDRESS), u64(buf, at + 8), u64(buf, at + 16)
    return ZERO, ZERO, ZERO


@compiled
def link_address(buf: Buffer, at: int, end: int, wanted: int) -> np.uint64:
    """The MAC in an option of that kind, 0 where there is none."""
    for _ in range(16):
        if at + 8 > end:
            break
        size = u8(buf, at + 1) * 8
        if size == 0:
            break
        if u8(buf, at) == wanted and size == 8:
            return mac48(buf, at + 2)
        at += size
    return ZERO


@compiled
def is_claim(mac: np.uint64, hi: np.uint64, lo: np.uint64, frame_mac: np.uint64) -> bool:
    """Whether one device says it of itself: a MAC that is no group's and the frame's own, a unicast address."""
    if mac == ZERO or mac & GROUP or (frame_mac != ZERO and frame_mac != mac):
        return False
    if hi == ZERO and lo < V4_MAPPED:
        return False  # ::, ::1 and what else is kept apart below them
    return hi >> np.uint64(56) != np.uint64(0xFF)


@compiled
def is_news(
    neighbours: Neighbours, key: Words, mac: np.uint64, hi: np.uint64, lo: np.uint64, minute: int
) -> bool:
    """Whether a claim is to be noted: not noted this minute as yet, and room for it. Remembers it."""
    count, rows = neighbours.count, neighbours.rows
    if count[MINUTE] != minute or count[TURN] == 0:
        count[MINUTE], count[NOTED] = minute, 0
        count[TURN] += 1
    turn = np.uint64(count[TURN])
    mask = np.uint64(len(rows) - 1)
    place = mix(mix(mix(key[0], mac), hi), lo ^ key[1]) & mask
    while rows[place, 3] == turn:
        if rows[place, 0] == mac and rows[place, 1] == hi and rows[place, 2] == lo:
            return False
        place = (place + np.uint64(1)) & mask
    if count[NOTED] >= MOST_A_MINUTE:
        count[PASSED] += 1
        return False
    count[NOTED] += 1
    rows[place, 0], rows[place, 1], rows[place, 2], rows[place, 3] = mac, hi, lo, turn
    return True
