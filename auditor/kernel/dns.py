"""Reads a DNS message that lies whole in one datagram (RFC 1035; HTTPS and SVCB records of RFC 9460)."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8, u16, u32, u64
from auditor.kernel.dtypes import DNS_ANSWER, DNS_ECH, DNS_QUERY, NO_NAME
from auditor.kernel.jit import compiled
from auditor.kernel.names import Names, dns_name, keep, skip_dns_name
from auditor.kernel.network import V4_MAPPED
from auditor.kernel.types import Buffer, Records

HEADER = 12
A, CNAME, AAAA, SVCB, HTTPS = 1, 5, 28, 64, 65
ECH_PARAMETER = 5  # SvcParamKey of RFC 9848
MOST_QUESTIONS, MOST_ANSWERS = 8, 128


@compiled
def dns_message(buf: Buffer, at: int, end: int, names: Names, rows: Records, count: int) -> int:
    """Writes what the message buf[at:end] says into rows[count:]: kind, name, ip, ttl_s. Returns the new count.

    A query gives a row a question. A response gives a row for each address, under the name that was asked,
    and one for an HTTPS or SVCB record with `ech`. What comes before an unsound record counts.
    """
    if end - at < HEADER or u8(buf, at + 2) & 0x78:  # an opcode other than QUERY
        return count
    response = u8(buf, at + 2) & 0x80
    questions, answers = u16(buf, at + 4), u16(buf, at + 6)
    message, asked = at, NO_NAME
    at += HEADER
    for number in range(min(questions, MOST_QUESTIONS)):
        place, behind = dns_name(names, buf, message, at, end)
        if place < 0 or behind + 4 > end:
            return count
        name = keep(names, place)
        at = behind + 4
        if number == 0:
            asked = name
        if not response and name != NO_NAME:
            _row(rows, count, DNS_QUERY, name, 0)
            count += 1
    if not response or asked == NO_NAME or questions > MOST_QUESTIONS:
        return count
    chain_ttl_s = 0xFFFFFFFF
    for _ in range(min(answers, MOST_ANSWERS)):
        at = skip_dns_name(buf, at, end)
        if at < 0 or at + 10 > end:
            break
        kind, klass, ttl_s, size = u16(buf, at), u16(buf, at + 2), u32(buf, at + 4), u16(buf, at + 8)
        at += 10
        if at + size > end:
            break
        if klass & 0x7FFF != 1:  # not IN
            at += size
            continue
        ttl_s = 0 if ttl_s & 0x80000000 else ttl_s  # RFC 2181, 8
        if kind == A and size == 4:
            _row(rows, count, DNS_ANSWER, asked, min(ttl_s, chain_ttl_s))
            rows[count].ip_lo = V4_MAPPED | np.uint64(u32(buf, at))
            count += 1
        elif kind == AAAA and size == 16:
            _row(rows, count, DNS_ANSWER, asked, min(ttl_s, chain_ttl_s))
            rows[count].ip_hi = u64(buf, at)
            rows[count].ip_lo = u64(buf, at + 8)
            count += 1
        elif kind == CNAME:
            chain_ttl_s = min(chain_ttl_s, ttl_s)
        elif (kind == HTTPS or kind == SVCB) and has_ech(buf, at, at + size):
            _row(rows, count, DNS_ECH, asked, min(ttl_s, chain_ttl_s))
            count += 1
        at += size
    return count


@compiled
def _row(rows: Records, at: int, kind: int, name: int, ttl_s: int) -> None:
    rows[at].kind = kind
    rows[at].name = name
    rows[at].other = NO_NAME
    rows[at].ttl_s = ttl_s
    rows[at].ip_hi = np.uint64(0)
    rows[at].ip_lo = np.uint64(0)


@compiled
def has_ech(buf: Buffer, at: int, end: int) -> bool:
    """Whether the SVCB data buf[at:end] carries an `ech` parameter (RFC 9460, 2.2)."""
    at = skip_dns_name(buf, at + 2, end)
    if at < 0:
        return False
    while at + 4 <= end:
        if u16(buf, at) == ECH_PARAMETER:
            return True
        at += 4 + u16(buf, at + 2)
    return False
