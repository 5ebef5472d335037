"""Reads an HTTP/1.x request head that lies in one segment (RFC 9112)."""

from __future__ import annotations

import numpy as np

from auditor.kernel.bytes import u8
from auditor.kernel.jit import compiled
from auditor.kernel.types import Buffer

LONGEST_METHOD = 24
SPACE, TAB, CR, LF, COLON = 0x20, 0x09, 0x0D, 0x0A, 0x3A

NOTHING, CUT, WHOLE, CHUNKED = range(4)

HOST = np.frombuffer(b"host:", np.uint8)
CONTENT_LENGTH = np.frombuffer(b"content-length:", np.uint8)
TRANSFER_ENCODING = np.frombuffer(b"transfer-encoding:", np.uint8)
LAST_ENCODING = np.frombuffer(b"chunked", np.uint8)
CONNECT = np.frombuffer(b"connect ", np.uint8)


@compiled
def starts_request(buf: Buffer, at: int, end: int) -> int:
    """Whether a request line begins at buf[at]: METHOD SP target SP HTTP/1.x; CUT where its end isn't there."""
    place = at
    while place < end and place - at <= LONGEST_METHOD and _method_byte(u8(buf, place)):
        place += 1
    if place >= end and place > at:
        return CUT
    if place - at < 3 or place - at > LONGEST_METHOD or place >= end or u8(buf, place) != SPACE:
        return NOTHING
    while place < end and u8(buf, place) != LF:
        if u8(buf, place) < SPACE and u8(buf, place) != CR:
            return NOTHING
        place += 1
    if place >= end:
        return CUT
    while u8(buf, place - 1) <= SPACE:
        place -= 1
    return WHOLE if place - at >= 10 and _ends_with_version(buf, place) else NOTHING


@compiled
def _method_byte(byte: int) -> bool:
    return 0x41 <= byte <= 0x5A or byte == 0x2D or byte == 0x5F


@compiled
def _ends_with_version(buf: Buffer, end: int) -> bool:
    """HTTP/1.x behind which buf[:end] ends; some clients leave out the minor version, or the blank before it."""
    for size in range(6, 9):
        at = end - size
        if (
            u8(buf, at) == 0x48 and u8(buf, at + 1) == 0x54 and u8(buf, at + 2) == 0x54
            and u8(buf, at + 3) == 0x50 and u8(buf, at + 4) == 0x2F and u8(buf, at + 5) == 0x31
        ):  # fmt: skip
            return True
    return False


@compiled
def host_header(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """(whether the head is WHOLE or CUT, offset of the host, offset behind it, offset behind the request).

    The host comes without its port and without an IPv6 literal's brackets; it is empty where there is none.
    A body is passed over by its Content-Length; the last offset may lie behind `end`. A head is CHUNKED where
    it is whole and its body comes in chunks; the last offset is where those begin.
    """
    first = last = chunked = 0
    length = 0
    while True:
        while at < end and u8(buf, at) != LF:
            at += 1
        at += 1
        if at >= end:
            return CUT, first, last, at
        if u8(buf, at) == LF or (u8(buf, at) == CR and at + 1 < end and u8(buf, at + 1) == LF):
            at += 1 if u8(buf, at) == LF else 2
            return (CHUNKED, first, last, at) if chunked else (WHOLE, first, last, at + length)
        if last == 0 and _has_prefix(buf, at, end, HOST):
            line = _line_end(buf, at, end)
            if line < end:
                first, last = _host_value(buf, at + len(HOST), line)
        elif _has_prefix(buf, at, end, CONTENT_LENGTH):
            length = _number(buf, at + len(CONTENT_LENGTH), end)
        elif _has_prefix(buf, at, end, TRANSFER_ENCODING):
            line = _line_end(buf, at, end)
            while line > at and u8(buf, line - 1) <= SPACE:
                line -= 1
            chunked = 1 if _has_prefix(buf, line - len(LAST_ENCODING), end, LAST_ENCODING) else 0


@compiled
def opens_tunnel(buf: Buffer, at: int, end: int) -> bool:
    """Whether the request at buf[at] is CONNECT (RFC 9110, 9.3.6)."""
    return _has_prefix(buf, at, end, CONNECT)


@compiled
def _has_prefix(buf: Buffer, at: int, end: int, prefix: Buffer) -> bool:
    if at + len(prefix) > end:
        return False
    for i in range(len(prefix)):
        byte = u8(buf, at + i)
        if 0x41 <= byte <= 0x5A:
            byte += 0x20
        if byte != np.int64(prefix[i]):
            return False
    return True


@compiled
def _number(buf: Buffer, at: int, end: int) -> int:
    """The decimal number at buf[at], leading blanks passed over; 0 where there is none, or it is absurd."""
    value = 0
    while at < end and (u8(buf, at) == SPACE or u8(buf, at) == TAB):
        at += 1
    while at < end and 0x30 <= u8(buf, at) <= 0x39 and value < 1 << 40:
        value = value * 10 + u8(buf, at) - 0x30
        at += 1
    return value


@compiled
def _line_end(buf: Buffer, at: int, end: int) -> int:
    while at < end and u8(buf, at) != LF:
        at += 1
    return at


@compiled
def _host_value(buf: Buffer, at: int, line: int) -> tuple[int, int]:
    while at < line and (u8(buf, at) == SPACE or u8(buf, at) == TAB):
        at += 1
    end = line
    while end > at and u8(buf, end - 1) <= SPACE:
        end -= 1
    if at < end and u8(buf, at) == 0x5B:  # "[": an IPv6 literal
        at += 1
        place = at
        while place < end and u8(buf, place) != 0x5D:
            place += 1
        return at, place
    place = at
    while place < end and u8(buf, place) != COLON:
        place += 1
    return at, place
