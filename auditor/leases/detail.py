"""FreeRADIUS `detail` files (rlm_detail): each Accounting-Request as it came, attributes below a line with the time.

    Wed Nov 18 08:00:00 2026
    <tab>Acct-Status-Type = Start
    <tab>User-Name = "jdoe"
    <tab>Calling-Station-Id = "00-00-5E-00-53-0A"
    <tab>Timestamp = 1795010400

An empty line ends it. `Timestamp` is the second at which the server got it; files without are read by the local times
of `Event-Timestamp` or of the first line. Other packets that are logged so (Access-Request) are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from auditor.leases.accounting import Request, request_of, sessions
from auditor.leases.doubts import NO_TIME, Doubts
from auditor.leases.lines import Lines
from auditor.leases.reader import LOCAL_TIMES, TWICE, UTC_TIMES, Place, Reader, Reading
from auditor.leases.seconds import day_seconds
from auditor.leases.stamps import Stamp, stamp_of
from auditor.leases.wallclock import Moment, WallClock

_ATTRIBUTE = re.compile(r'[\t ]+([A-Za-z][\w-]*)(?::\d+)? (?:[+:]?=) (?:"((?:[^"\\]|\\.)*)"|(\S.*))\s*$')
_TELLING = re.compile(r"[\t ]+(?:Acct-Status-Type|Acct-Session-Id|Packet-Type|User-Name|NAS-IP-Address) = \S")
_ESCAPE = re.compile(r"\\([0-7]{3})|\\(.)")
_WANTED = frozenset({
    "acct-status-type", "acct-session-id", "acct-session-time", "acct-delay-time", "user-name", "calling-station-id",
    "nas-ip-address", "nas-ipv6-address", "nas-identifier", "client-ip-address", "packet-src-ip-address",
    "timestamp", "event-timestamp",
})  # fmt: skip
_ADDRESSES = frozenset({"framed-ip-address", "framed-ipv6-address"})
_MOST_ADDRESSES = 64
_LAST_TIME = 1 << 33


class _Record(NamedTuple):
    line: int
    values: dict[str, str]
    ips: list[str]
    stamp: Stamp | None  # local, of the first line or the event


def recognises(head: list[str]) -> bool:
    return any(_TELLING.match(line) for line in head)


def read(lines: Lines, place: Place, doubts: Doubts) -> Reading:
    clock, base = WallClock(place.zone), UTC_TIMES
    for record in _records(lines):
        if "timestamp" in record.values:
            break
        if record.stamp:
            clock.watch(record.line, _day(record.stamp), record.stamp.clock_s)
            base = LOCAL_TIMES
    return Reading(base, sessions(_requests(lines, clock, doubts), doubts))


def _requests(lines: Lines, clock: WallClock, doubts: Doubts) -> Iterator[Request]:
    for record in _records(lines):
        if "acct-status-type" not in record.values:
            continue
        when = _moment(record, clock)
        if when is None:
            doubts.add(NO_TIME, record.line)
            continue
        if when.earliest_s != when.latest_s:
            doubts.add(TWICE, record.line)
        request = request_of(record.line, when, record.values, record.ips, doubts)
        if request:
            yield request


def _records(lines: Lines) -> Iterator[_Record]:
    begun, values, ips, first = 0, dict[str, str](), list[str](), ""
    for number, line in lines:
        if line[:1] in ("\t", " "):
            found = _ATTRIBUTE.match(line)
            if not found:
                continue
            name = found[1].lower()
            begun = begun or number
            if name in _WANTED:
                values.setdefault(name, _plain(found[2]) if found[2] is not None else found[3].strip())
            elif name in _ADDRESSES and len(ips) < _MOST_ADDRESSES:
                ips.append((found[2] or found[3] or "").partition("/")[0])
            continue
        if values:
            yield _record(begun, values, ips, first)
        begun, values, ips, first = (number if line else 0), {}, [], line
    if values and lines.ended:
        yield _record(begun, values, ips, first)


def _record(line: int, values: dict[str, str], ips: list[str], first: str) -> _Record:
    event = values.get("event-timestamp", "")
    if event.isdecimal() and "timestamp" not in values:
        values["timestamp"] = event
    stamp = None if "timestamp" in values else stamp_of(event + " ") or stamp_of(first + " ")
    return _Record(line, values, ips, stamp)


def _moment(record: _Record, clock: WallClock) -> Moment | None:
    text, stamp = record.values.get("timestamp", ""), record.stamp
    if text.isdecimal() and text.isascii() and len(text) < 12:
        second = int(text)
        return Moment(second, second) if second < _LAST_TIME else None
    day_s = day_seconds(stamp.year, stamp.month, stamp.day) if stamp else None
    if stamp is None or day_s is None:
        return None
    return clock.utc(record.line, _day(stamp), day_s, stamp.clock_s)


def _day(stamp: Stamp) -> tuple[int, int, int]:
    return stamp.year, stamp.month, stamp.day


def _plain(quoted: str) -> str:
    """What a quoted string says: bytes that are no text stand as `\\ooo`."""
    if "\\" not in quoted:
        return quoted
    unescaped = _ESCAPE.sub(lambda found: chr(int(found[1], 8)) if found[1] else found[2], quoted)
    return unescaped


FREERADIUS_DETAIL = Reader("FreeRADIUS detail", recognises, read)
