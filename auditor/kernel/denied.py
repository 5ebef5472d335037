"""DNS responses that give no address: how a network tells its devices not to use a service (RFC 1035, 4.1.1)."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8, u16
from auditor.kernel.dtypes import DNS_ANSWER, DNS_DENIED, NO_NAME
from auditor.kernel.jit import compiled
from auditor.kernel.names import Names, dns_name, keep
from auditor.kernel.types import Buffer, Records

HEADER = 12
A, AAAA, INTERNET = 1, 28, 1
TRUNCATED = 0x02


@compiled
def dns_denied(buf: Buffer, at: int, end: int, names: Names, rows: Records, first: int, count: int) -> int:
    """Adds a row DNS_DENIED behind rows[first:count], which are what the message buf[at:end] says, if it is a
    response to one question for an address and gives none: an error, or no error and no data. Returns the new count.

    No data for AAAA alone denies nothing: many names have IPv4 addresses only.
    """
    if end - at < HEADER or u8(buf, at + 2) & 0xF8 != 0x80 or u16(buf, at + 4) != 1:
        return count
    error = u8(buf, at + 3) & 0x0F
    if error == 0 and u8(buf, at + 2) & TRUNCATED:  # it is asked again over TCP
        return count
    for i in range(first, count):
        if rows[i].kind == DNS_ANSWER:
            return count
    place, behind = dns_name(names, buf, at, at + HEADER, end)
    if place < 0 or behind + 4 > end or u16(buf, behind + 2) != INTERNET:
        return count
    kind = u16(buf, behind)
    if not (kind == A or (kind == AAAA and error != 0)):
        return count
    name = keep(names, place)
    if name == NO_NAME:
        return count
    rows[count].kind = DNS_DENIED
    rows[count].name = name
    rows[count].other = NO_NAME
    rows[count].ttl_s = 0
    rows[count].ip_hi = np.uint64(0)
    rows[count].ip_lo = np.uint64(0)
    return count + 1
