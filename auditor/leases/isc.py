"""`dhcpd.leases` and `dhcpd6.leases` of ISC's server: a log of declarations, dhcpd.leases(5).

    lease 10.20.1.50 {
      starts 3 2026/11/18 14:00:00;
      ends 3 2026/11/18 15:00:00;
      cltt 3 2026/11/18 14:00:00;
      binding state active;
      next binding state free;
      hardware ethernet 00:00:5e:00:53:0a;
      uid "\\001\\000\\000^\\000S\\012";
    }

Each time a lease changes it is written again behind the others, so earlier declarations are history until the server
writes the file anew. Times are UTC (`db-time-format local` writes `epoch` and a number). `starts` is the grant or the
last renewal; of a lease that is over, `ends` is when.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.leases.doubts import NO_TIME, NOT_UNDERSTOOD, Doubts
from auditor.leases.fold import Event, fold
from auditor.leases.lines import Lines
from auditor.leases.reader import UTC_TIMES, Place, Reader, Reading
from auditor.leases.seconds import seconds
from auditor.leases.values import ip_of, mac_of, mac_of_duid

_TOKEN = re.compile(r'"(?:[^"\\]|\\.?)*(?:"|$)|[{};]|#.*|[^\s{};"#]+')
_BEGINS = re.compile(
    r'(?:lease [0-9a-fA-F.:]+|ia-(?:na|ta|pd) ".*") \{|# The format of this file is documented in the'
)
_ESCAPE = re.compile(r"\\([0-7]{3})|\\(.)|([^\\])", re.DOTALL)
_SKIPPED = ("  uid ", "  client-hostname ", "  set ", "  option ")
_OVER = ("free", "expired", "released", "backup", "abandoned", "reset")
_NEVER = 1 << 62
_LONGEST_STATEMENT = 64  # words; those that are read have five
_DEEPEST = 16
_IAID_SIZE = 4


@dataclass(slots=True)
class _Lease:
    """One declaration, as far as it was read."""

    line: int
    ip: str
    mac: str = ""
    starts: int | None = None
    ends: int | None = None
    state: str = "active"  # servers before 3.0 didn't write it


def recognises(head: list[str]) -> bool:
    return any(_BEGINS.match(line) for line in head)


def read(lines: Lines, place: Place, doubts: Doubts) -> Reading:
    return Reading(UTC_TIMES, fold(_events(lines, doubts), doubts, place.assumed_lease_s))


def _events(lines: Lines, doubts: Doubts) -> Iterator[Event]:
    """A grant for each declaration, and an end behind it where the lease is over."""
    blocks: list[str] = []  # what each open brace belongs to
    words: list[str] = []
    lease: _Lease | None = None
    duid_mac, cltt = "", None
    for number, line in lines:
        if not words and line.startswith(_SKIPPED) and line.endswith(";"):
            continue
        if line.startswith(("lease ", "ia-")):
            words = []  # whatever was begun before has no end
        for token in _TOKEN.findall(line):
            if token == "{":
                kind, name = [*words, "", ""][:2]
                if blocks and (kind == "lease" or kind.startswith("ia-")):  # what was open has no end
                    doubts.add(NOT_UNDERSTOOD, number)
                    blocks.clear()
                if not blocks:
                    lease, duid_mac, cltt = None, "", None
                if kind == "lease" and ip_of(name):
                    lease = _Lease(number, ip_of(name))
                elif kind in ("ia-na", "ia-ta"):
                    duid_mac = mac_of_duid(_unescaped(name)[_IAID_SIZE:])
                elif kind == "iaaddr" and blocks[-1:] in (["ia-na"], ["ia-ta"]) and ip_of(name):
                    lease = _Lease(number, ip_of(name), duid_mac, starts=cltt)
                if len(blocks) < _DEEPEST:
                    blocks.append(kind)
                words = []
            elif token == "}":
                kind = blocks.pop() if blocks else ""
                if lease and kind in ("lease", "iaaddr"):
                    yield from _told(lease, doubts)
                    lease = None
                words = []
            elif token == ";":
                kind = blocks[-1] if blocks else ""
                if kind.startswith("ia-") and words[:1] == ["cltt"]:
                    cltt = _time(words)
                elif lease and kind in ("lease", "iaaddr"):
                    _put(lease, words)
                words = []
            elif not token.startswith("#") and len(words) < _LONGEST_STATEMENT:
                words.append(token)


def _put(lease: _Lease, words: list[str]) -> None:
    """Takes a statement of a declaration."""
    match words:
        case ["starts", *_]:
            lease.starts = _time(words)
        case ["ends", *_]:
            lease.ends = _time(words)
        case ["binding", "state", state]:
            lease.state = state
        case ["hardware", "ethernet", mac]:
            lease.mac = mac_of(mac)
        case ["abandoned"]:
            lease.state = "abandoned"


def _told(lease: _Lease, doubts: Doubts) -> Iterator[Event]:
    """What a declaration says has happened."""
    starts, ends = lease.starts, lease.ends
    is_over = lease.state in _OVER
    if ":" in lease.ip and lease.state == "released":
        ends = starts  # dhcpd6 leaves the end as it was foretold: known is that it held at `cltt`
    if lease.state == "abandoned" and starts is not None:
        ends = starts  # `ends` is when it may be given out again; whoever had it found it in use and declined
    if starts is not None and ends is not None and starts < ends and (lease.mac or not is_over):
        until = None if ends == _NEVER else ends
        yield Event(lease.line, lease.ip, lease.mac, starts, until)
    elif not is_over:
        doubts.add(NO_TIME, lease.line)
    if is_over and ends is not None and ends != _NEVER:
        yield Event(lease.line, lease.ip, "", ends, is_end=True)


def _time(words: list[str]) -> int | None:
    """`starts 3 2026/11/18 14:00:00`, `ends never`, `ends epoch 1794615560`; None for anything else."""
    match words:
        case [_, "never"]:
            return _NEVER
        case [_, "epoch", second]:
            return int(second) if second.isdecimal() and second.isascii() and len(second) < 12 else None
        case [_, _, day, clock]:
            parts = day.split("/")
            if len(parts) == 3 and all(part.isdecimal() and len(part) <= 4 for part in parts):
                return seconds(int(parts[0]), int(parts[1]), int(parts[2]), clock)
    return None


def _unescaped(quoted: str) -> bytes:
    """The bytes of a quoted string: what can't be printed stands as `\\ooo`, octal."""
    found = bytearray()
    for octal, escaped, plain in _ESCAPE.findall(quoted.strip('"') if quoted[-2:] != '\\"' else quoted[1:]):
        found += bytes([int(octal, 8) & 255]) if octal else (escaped or plain).encode()
    return bytes(found)


ISC_LEASES = Reader("ISC dhcpd.leases", recognises, read)
