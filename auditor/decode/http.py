"""HTTP/1.x request heads in a client's stream, on any port.

RFC 9112 (messages, 2 to 7), RFC 9110 (Host, 7.2; CONNECT, 9.3.6). Also WebSocket upgrades (RFC 6455) and
WebDAV, which are HTTP/1.1; not RTSP or SIP, which only look like it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.decode.names import spell_host

MAX_HEAD = 32768
NOT_HTTP = -1

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_VERSION = re.compile(rb"HTTP/1\.[0-9]?$")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_BLANK_LINES = re.compile(rb"[\r\n]*")
_HEAD_END = re.compile(rb"\n\r?\n")
_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[^\n]{0,4096}\n")
_LONGEST_SIZE_LINE = 4096 + 16
_PART_OF_CHUNK_SIZE = re.compile(rb"\r?([0-9A-Fa-f]{1,15}[^\n]*)?$")
_LINE_END = re.compile(rb"(\r?\n)?")
_LATE_REQUEST = re.compile(
    rb"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|PATCH|TRACE) [!-~]{1,8192} HTTP/1\.[0-9]\r\n"
)
_MAX_LENGTH_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Request:
    """One request head."""

    host: str  # "" where the request names none
    method: str
    offset: int  # where the head begins in the data
    tunnel_at: int = 0  # CONNECT: where the tunnelled bytes begin, else 0
    chunks_at: int = 0  # where its body begins, if that comes in chunks, else 0


def requests(data: bytes, partial: bool = False) -> tuple[list[Request], int]:
    """Every request head of a client's stream, and how many bytes are dealt with.

    The count is where to go on when more bytes come: at an unfinished head it is less than there
    are; in a body that isn't all there it is more, and that many are to be passed over. NOT_HTTP
    where the stream is something else from there on: no HTTP at all, a tunnel, another protocol
    after Upgrade, a chunked body that isn't all there. With `partial` (no more bytes will come) an
    unfinished head counts too where its host is there.
    """
    found: list[Request] = []
    at = 0
    while True:
        at = _end_of(_BLANK_LINES, data, at)
        line_end = data.find(b"\n", at, at + MAX_HEAD) + 1
        if not line_end:
            return found, at if _may_become_request(data, at) else NOT_HTTP
        method, target = _request_line(data[at:line_end])
        if not method:
            return found, NOT_HTTP
        head_end = _HEAD_END.search(data, line_end - 1, at + MAX_HEAD)
        if not head_end and not partial and len(data) - at < MAX_HEAD:
            return found, at
        end = head_end.end() if head_end else data.rfind(b"\n", at, at + MAX_HEAD) + 1
        fields = _fields(data[line_end:end])
        host = _host(method, target, fields)
        if head_end or host:
            tunnel_at = end if method == "CONNECT" else 0
            found.append(Request(host, method, at, tunnel_at, end if _is_chunked(fields) else 0))
        if not head_end:
            return found, NOT_HTTP
        at = _body_end(data, end, fields)
        if at == NOT_HTTP or at >= len(data):
            return found, at


def request_start(data: bytes, start: int = 0) -> int:
    """Where the first request of a common method begins, -1 where none does: after SOCKS or PROXY, say."""
    found = _LATE_REQUEST.search(data, start)
    return found.start() if found else -1


def _request_line(line: bytes) -> tuple[str, bytes]:
    """Method and target; the method is "" where this is no request line of HTTP/1.x.

    A missing target, a missing space before the version and a missing minor version are borne with:
    servers answer such requests too.
    """
    method, _, rest = line.rstrip(b"\r\n\t ").partition(b" ")
    version = _VERSION.search(rest[-8:])
    if not (version and _TOKEN.fullmatch(method)):
        return "", b""
    return method.decode("ascii"), rest[: -len(version[0])].strip(b" ")


def _may_become_request(data: bytes, at: int) -> bool:
    """Whether a line without its end is the first part of a request line."""
    line = data[at : at + MAX_HEAD]
    method, _, rest = line.partition(b" ")
    sound = _TOKEN.fullmatch(method) and not _CONTROL.search(rest)
    return len(line) < MAX_HEAD and (not line or bool(sound))


def _fields(head: bytes) -> dict[bytes, bytes]:
    """Header fields by lower-case name; of several with one name the first."""
    fields: dict[bytes, bytes] = {}
    for line in head.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            fields.setdefault(name.strip(b" \t").lower(), value.strip(b" \t\r"))
    return fields


def _host(method: str, target: bytes, fields: dict[bytes, bytes]) -> str:
    host = _without_port(fields.get(b"host", b""))
    if host:
        return host
    if method == "CONNECT":
        return _without_port(target)
    absolute = _AUTHORITY.match(target)
    return _without_port(absolute[1].rpartition(b"@")[2]) if absolute else ""


def _without_port(authority: bytes) -> str:
    if authority.startswith(b"["):
        return spell_host(authority[1:].partition(b"]")[0])
    host, colon, port = authority.rpartition(b":")
    cut = colon and b":" not in host and (not port or port.isdigit())
    return spell_host(host if cut else authority)


def _body_end(data: bytes, at: int, fields: dict[bytes, bytes]) -> int:
    """Where the body that begins at `at` ends (RFC 9112, 6.3), NOT_HTTP where that can't be told."""
    if _is_chunked(fields):
        end, whole = skip_chunks(data, at)
        return end if whole else NOT_HTTP
    length = fields.get(b"content-length", b"")
    if not length.isdigit():
        return at
    return at + int(length) if len(length) <= _MAX_LENGTH_DIGITS else NOT_HTTP


def _is_chunked(fields: dict[bytes, bytes]) -> bool:
    return b"chunked" in fields.get(b"transfer-encoding", b"").lower()


def skip_chunks(data: bytes, at: int = 0) -> tuple[int, bool]:
    """Where to go on behind chunks of a body (RFC 9112, 7.1), and whether it has ended: sizes in hexadecimal, a
    last chunk of size 0, trailer fields, an empty line.

    Inside a chunk that isn't all there the place lies behind `data`. NOT_HTTP where these are no chunks.
    """
    while True:
        size_at = _end_of(_LINE_END, data, at)  # the one behind the chunk before
        size = _CHUNK_SIZE.match(data, size_at)
        if not size:
            waits = len(data) - size_at < _LONGEST_SIZE_LINE and _PART_OF_CHUNK_SIZE.match(data, size_at)
            return (min(at, size_at) if waits else NOT_HTTP), False
        at = size.end() + int(size[1], 16)
        if at == size.end():
            trailer_end = _HEAD_END.search(data, size.end() - 1, size.end() + MAX_HEAD)
            if trailer_end:
                return trailer_end.end(), True
            return (size_at if len(data) - size_at < MAX_HEAD else NOT_HTTP), False
        if at >= len(data):
            return at, False


def _end_of(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at
