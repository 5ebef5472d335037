"""Reads a DNS message that lies whole in one datagram (RFC 1035; HTTPS and SVCB records of RFC 9460)."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8, u16, u32, u64
from auditor.kernel.dtypes import DNS_ALIAS, DNS_ANSWER, DNS_ECH, DNS_HINT, DNS_QUERY, NO_NAME
from auditor.kernel.jit import compiled
from auditor.kernel.names import Names, dns_name, is_name, keep, skip_dns_name, text_name
from auditor.kernel.network import V4_MAPPED
from auditor.kernel.types import Buffer, Records

HEADER = 12
A, CNAME, AAAA, SVCB, HTTPS = 1, 5, 28, 64, 65
INTERNET = 1  # class; the top bit is multicast DNS's (RFC 6762, 10.2)
IPV4_HINT, ECH_PARAMETER, IPV6_HINT = 4, 5, 6  # SvcParamKeys of RFC 9460, 14.3.2, and RFC 9848
ECH_VERSION = 0xFE0D  # of an ECHConfig (RFC 9849, 4)
UNDERSCORE = 0x5F
MOST_QUESTIONS = 8
MOST_ANSWERS = 128  # rows of one response, and records of its answer section
MOST_ALIASES = 12  # names that the one asked leads to
MOST_ROUNDS = 4  # over the records of a message whose chain is out of order
MOST_CONFIGS = 8  # of ECH, looked at for one that is known


@compiled
def dns_message(buf: Buffer, at: int, end: int, names: Names, rows: Records, count: int) -> int:
    """Writes what the message buf[at:end] says into rows[count:]; returns the new count.

    A query gives a row a question. A response gives, under the name that was asked: a row for each further name
    that it leads to, by CNAME, HTTPS or SVCB records, in the order of the chain; then a row for each address, one for
    each address that is but hinted at (RFC 9460, 7.3) or stands in the additional section, and one for an HTTPS or
    SVCB record with `ech`. Records of names that the one asked doesn't lead to say nothing. What comes before an
    unsound record counts; so does what comes behind a name that is unsound but has an end.
    """
    if end - at < HEADER or u8(buf, at + 2) & 0x78:  # an opcode other than QUERY
        return count
    response = u8(buf, at + 2) & 0x80
    questions = u16(buf, at + 4)
    message, asked = at, NO_NAME
    at += HEADER
    for number in range(min(questions, MOST_QUESTIONS)):
        place, _ = dns_name(names, buf, message, at, end)
        name = NO_NAME if place < 0 else keep(names, place)
        behind = skip_dns_name(buf, at, end)
        if behind < 0 or behind + 4 > end:
            return count
        at = behind + 4
        if number == 0:
            asked = name
        if not response and name != NO_NAME:
            _row(rows, count, DNS_QUERY, name, 0)
            count += 1
    if not response or asked == NO_NAME or questions > MOST_QUESTIONS:
        return count
    return read_records(buf, message, at, end, names, asked, rows, count)


@compiled
def read_records(
    buf: Buffer, message: int, at: int, end: int, names: Names, asked: int, rows: Records, first: int
) -> int:
    """Reads the answer and additional sections, which begin at `at`."""
    answers, authorities, additional = u16(buf, message + 6), u16(buf, message + 8), u16(buf, message + 10)
    behind = answers + authorities
    total = behind + min(additional, MOST_ANSWERS) if behind <= MOST_ANSWERS else min(answers, MOST_ANSWERS)
    serves = names.arena[names.offset[asked]] != UNDERSCORE  # else HTTPS and SVCB records are of no host
    aliases = follow_aliases(buf, message, at, end, names, asked, serves, rows, first, answers, behind, total)
    count = first + aliases
    for number in range(total):
        fields, after = record(buf, at, end)
        if after < 0:
            break
        owner_at, at = at, after
        kind = u16(buf, fields)
        is_address = (kind == A and after - fields == 14) or (kind == AAAA and after - fields == 26)
        is_service = serves and (kind == HTTPS or kind == SVCB)
        if not (is_address or is_service) or answers <= number < behind:
            continue
        owner = find_owner(buf, message, owner_at, end, names, asked, rows, first, aliases)
        if owner < 0 or u16(buf, fields + 2) & 0x7FFF != INTERNET or count - first >= MOST_ANSWERS:
            continue
        ttl_s = ttl_of(buf, fields, rows, first, owner)
        if is_service:
            count = read_service(
                buf, fields + 10, after, names, asked, ttl_s, rows, count, first + MOST_ANSWERS
            )
        else:
            _row(rows, count, DNS_ANSWER if number < answers else DNS_HINT, asked, ttl_s)
            _put_address(rows, count, buf, fields + 10, kind == A)
            count += 1
    return count if count > first + aliases else first


@compiled
def follow_aliases(
    buf: Buffer, message: int, begin: int, end: int, names: Names, asked: int, serves: bool, rows: Records,
    first: int, answers: int, behind: int, total: int,
) -> int:  # fmt: skip
    """Writes a row for each further name that the one asked leads to; returns how many.

    While the message is read such a row's `ip_lo` says where in the message the name stands.
    """
    aliases = 0
    for _ in range(MOST_ROUNDS):
        at, late, known = begin, False, aliases
        for number in range(total):
            fields, after = record(buf, at, end)
            if after < 0:
                break
            owner_at, at = at, after
            kind = u16(buf, fields)
            is_service = serves and (kind == HTTPS or kind == SVCB) and after - fields > 12
            if not (kind == CNAME or is_service) or answers <= number < behind:
                continue
            target_at = fields + (12 if is_service else 10)
            owner = find_owner(buf, message, owner_at, end, names, asked, rows, first, aliases)
            if owner < 0:
                late = True
                continue
            if (
                aliases == MOST_ALIASES
                or u16(buf, fields + 2) & 0x7FFF != INTERNET
                or find_owner(buf, message, target_at, end, names, asked, rows, first, aliases) >= 0
            ):
                continue
            place, target_end = dns_name(names, buf, message, target_at, end)
            fits = target_end == after or (is_service and target_end < after)
            target = keep(names, place) if place >= 0 and fits else NO_NAME
            if target != NO_NAME:
                ttl_s = ttl_of(buf, fields, rows, first, owner)
                _row(rows, first + aliases, DNS_ALIAS, asked, ttl_s)
                rows[first + aliases].other = target
                rows[first + aliases].ip_lo = np.uint64(target_at - message)
                aliases += 1
        if not late or aliases == known:
            break
    return aliases


@compiled
def record(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """The offsets of the record's type, ten bytes before its data, and of what comes behind it; -1 if it is cut."""
    at = skip_dns_name(buf, at, end)
    if at < 0 or at + 10 > end or at + 10 + u16(buf, at + 8) > end:
        return -1, -1
    return at, at + 10 + u16(buf, at + 8)


@compiled
def ttl_of(buf: Buffer, fields: int, rows: Records, first: int, owner: int) -> int:
    """The record's TTL, or that of the chain to its owner, if smaller."""
    ttl_s = u32(buf, fields + 4)
    ttl_s = 0 if ttl_s & 0x80000000 else ttl_s  # RFC 2181, 8
    return min(ttl_s, np.int64(rows[first + owner - 1].ttl_s)) if owner else ttl_s


@compiled
def find_owner(
    buf: Buffer, message: int, at: int, end: int, names: Names, asked: int, rows: Records, first: int,
    aliases: int,
) -> int:  # fmt: skip
    """Which name stands at buf[at]: 0 for the one asked, n for its nth alias, -1 for another."""
    if at + 2 <= end and u8(buf, at) >= 0xC0:  # mostly it points to where the name stood first
        target = u16(buf, at) & 0x3FFF
        if target == HEADER:
            return 0
        for alias in range(aliases):
            if np.int64(rows[first + alias].ip_lo) == target and message + target < at:
                return alias + 1
    place, _ = dns_name(names, buf, message, at, end)
    if place < 0:
        return -1
    if is_name(names, asked, place):
        return 0
    for alias in range(aliases):
        if is_name(names, np.int64(rows[first + alias].other), place):
            return alias + 1
    return -1


@compiled
def read_service(
    buf: Buffer, at: int, end: int, names: Names, asked: int, ttl_s: int, rows: Records, count: int, most: int
) -> int:
    """Reads the parameters of the HTTPS or SVCB data buf[at:end] (RFC 9460, 2.2): hints and keys. Their
    numbers rise."""
    target_end = skip_dns_name(buf, at + 2, end)
    if target_end < 0 or u16(buf, at) == 0:  # AliasMode has no parameters
        return count
    at, last = target_end, -1
    while at + 4 <= end:
        key, size = u16(buf, at), u16(buf, at + 2)
        at += 4
        if at + size > end or key <= last:
            break
        last = key
        if key == ECH_PARAMETER and count < most:
            _row(rows, count, DNS_ECH, asked, ttl_s)
            rows[count].other = public_name(buf, at, at + size, names)
            count += 1
        elif key == IPV4_HINT or key == IPV6_HINT:
            step = 4 if key == IPV4_HINT else 16
            for place in range(at, at + size - step + 1, step):
                if count < most:
                    _row(rows, count, DNS_HINT, asked, ttl_s)
                    _put_address(rows, count, buf, place, key == IPV4_HINT)
                    count += 1
        at += size
    return count


@compiled
def public_name(buf: Buffer, at: int, end: int, names: Names) -> int:
    """The public name of the first known ECHConfig of the list buf[at:end] (RFC 9849, 4), or NO_NAME."""
    at += 2
    for _ in range(MOST_CONFIGS):
        if at + 4 > end:
            break
        behind = at + 4 + u16(buf, at + 2)
        if behind > end:
            break
        if u16(buf, at) == ECH_VERSION:
            place = at + 7  # behind config_id and kem_id
            for _ in range(2):  # public_key, cipher_suites
                if place + 2 > behind:
                    return NO_NAME
                place += 2 + u16(buf, place)
            place += 1  # maximum_name_length
            if place < behind and place + 1 + u8(buf, place) <= behind:
                return text_name(names, buf, place + 1, place + 1 + u8(buf, place))
            break
        at = behind
    return NO_NAME


@compiled
def _row(rows: Records, at: int, kind: int, name: int, ttl_s: int) -> None:
    rows[at].kind = kind
    rows[at].name = name
    rows[at].other = NO_NAME
    rows[at].ttl_s = ttl_s
    rows[at].ip_hi = np.uint64(0)
    rows[at].ip_lo = np.uint64(0)


@compiled
def _put_address(rows: Records, at: int, buf: Buffer, place: int, is_v4: bool) -> None:
    if is_v4:
        rows[at].ip_lo = V4_MAPPED | np.uint64(u32(buf, place))
    else:
        rows[at].ip_hi = u64(buf, place)
        rows[at].ip_lo = u64(buf, place + 8)
