"""Sights devices that say which address is their own."""

from __future__ import annotations

import numpy as np

from auditor.kernel.dtypes import ARP_CLAIM, ND_CLAIM, NO_FLOW, NO_NAME
from auditor.kernel.jit import compiled
from auditor.kernel.layers import ARP
from auditor.kernel.neighbours import arp_claim, discovery_claim, is_claim, is_news
from auditor.kernel.state import SIGHTED, Block, State
from auditor.kernel.types import Record

MINUTE_NS = 60_000_000_000


@compiled
def note_claim(block: Block, number: int, packet: Record, state: State) -> None:
    """Sights a device that says which address is its own, once a minute."""
    minute, at = block.time_ns[number] // MINUTE_NS, packet.header
    if packet.layer == ARP:
        mac, hi, lo = arp_claim(block.buf, at)
    else:
        mac, hi, lo = discovery_claim(block.buf, at, packet.end, packet.a_hi, packet.a_lo)
    if not is_claim(mac, hi, lo, packet.mac) or not is_news(
        state.neighbours, state.flows.key, mac, hi, lo, minute
    ):
        return
    row = state.out.sightings[state.out.count[SIGHTED]]
    state.out.count[SIGHTED] += 1
    row.frame, row.time_ns, row.flow = block.first + number, block.time_ns[number], NO_FLOW
    row.kind = ARP_CLAIM if packet.layer == ARP else ND_CLAIM
    row.client_mac = row.mac = mac
    row.client_hi = row.ip_hi = hi
    row.client_lo = row.ip_lo = lo
    row.server_hi = row.server_lo = np.uint64(0)
    row.client_port = row.server_port = row.proto = row.ech = row.ttl_s = 0
    row.name = NO_NAME
