"""What carried a flow: the address of the tunnel's end on the client's side, an access point or another sensor."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8, u32, u64
from auditor.kernel.jit import compiled
from auditor.kernel.network import V4_MAPPED
from auditor.kernel.table import Flows
from auditor.kernel.types import Buffer

NO_OUTER = -1  # in `Packet.outer`: nothing wraps the packet's IP header


@compiled
def keep_outer(buf: Buffer, at: int, flows: Flows, slot: int, from_a: bool) -> None:
    """Notes the outermost IP header at buf[at], which was read before: its source where the client sent the packet,
    else its destination, as long as nothing better is known."""
    row = flows.rows[slot]
    sent = from_a == (row.client_is_a == 1)
    if not sent and (row.outer_hi or row.outer_lo):
        return
    if u8(buf, at) >> 4 == 4:
        row.outer_hi = np.uint64(0)
        row.outer_lo = V4_MAPPED | np.uint64(u32(buf, at + (12 if sent else 16)))
    else:
        place = at + (8 if sent else 24)
        row.outer_hi, row.outer_lo = u64(buf, place), u64(buf, place + 8)
