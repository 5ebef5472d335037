"""Accounting logs of Windows NPS, formerly IAS, in its three formats (`IN2611.log`). Times are local.

- DTS compliant: an XML element a line, `<Event><Timestamp data_type="4">11/18/2026 08:00:00.123</Timestamp>...`
- ODBC: comma-separated, the same columns in every row ("Interpret NPS Database Format Log Files")
- IAS: comma-separated, six columns, then attributes by number and value ("Interpret IAS Format Log Files")
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from auditor.leases.accounting import Request, request_of, sessions
from auditor.leases.doubts import NOT_UNDERSTOOD, Doubts
from auditor.leases.lines import Lines, cells_of
from auditor.leases.reader import LOCAL_TIMES, TWICE, Place, Reader, Reading
from auditor.leases.seconds import clock_seconds, day_seconds
from auditor.leases.wallclock import WallClock

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_ELEMENT = re.compile(
    "<(Timestamp|Packet-Type|User-Name|Calling-Station-Id|Framed-IP-Address|Framed-IPv6-Address|NAS-Identifier"
    "|NAS-IP-Address|NAS-IPv6-Address|Client-IP-Address|Acct-Status-Type|Acct-Delay-Time|Acct-Session-Id"
    r'|Acct-Session-Time) data_type="\d+">([^<]*)</'
)
_STAMP = r"(?P<date>\d\d/\d\d/\d{4}),(?P<clock>\d\d:\d\d:\d\d)"
_ODBC_ROW = re.compile(rf'"[^"]*","(?:IAS|NPS)",{_STAMP},\d{{1,3}},', re.ASCII)
_IAS_ROW = re.compile(rf'[^,]*,(?:"[^"]*"|[^,]*),{_STAMP},(?:IAS|NPS),[^,]*,\d+,', re.ASCII)
_XML_ROW = re.compile(
    r'\s*<Event><Timestamp data_type="\d+">(?P<date>\d\d/\d\d/\d{4}) (?P<clock>\d\d:\d\d:\d\d)', re.ASCII
)
_ACCOUNTING_REQUEST = "4"  # RFC 2866, 3
_ADDRESSES = ("framed-ip-address", "framed-ipv6-address")
_ODBC_COLUMNS = {
    4: "packet-type", 5: "user-name", 8: "calling-station-id", 10: "framed-ip-address", 11: "nas-identifier",
    12: "nas-ip-address", 15: "client-ip-address", 31: "acct-status-type", 32: "acct-delay-time",
    35: "acct-session-id", 37: "acct-session-time",
}  # fmt: skip
_IAS_ATTRIBUTES = {
    "4136": "packet-type", "1": "user-name", "31": "calling-station-id", "8": "framed-ip-address",
    "168": "framed-ipv6-address", "32": "nas-identifier", "4": "nas-ip-address", "95": "nas-ipv6-address",
    "4108": "client-ip-address", "40": "acct-status-type", "41": "acct-delay-time", "44": "acct-session-id",
    "46": "acct-session-time",
}  # fmt: skip


class _Row(NamedTuple):
    line: int
    date: str  # MM/DD/YYYY
    clock: str
    values: dict[str, str]  # attributes, by their names in lower case


_Rows = Callable[[Lines], Iterator[_Row | int]]  # a row of accounting, or the number of a line not understood


def _reader(name: str, row: re.Pattern[str], rows: _Rows) -> Reader:
    """The reader of a format, by how its rows begin."""

    def read(lines: Lines, place: Place, doubts: Doubts) -> Reading:
        clock = WallClock(place.zone)
        for number, line in lines:
            found = row.match(line)
            clock_s = clock_seconds(found["clock"]) if found else None
            if found and clock_s is not None:
                clock.watch(number, found["date"], clock_s)
        return Reading(LOCAL_TIMES, sessions(_requests(rows(lines), clock, doubts), doubts))

    return Reader(name, lambda head: any(map(row.match, head)), read)


def _requests(rows: Iterator[_Row | int], clock: WallClock, doubts: Doubts) -> Iterator[Request]:
    for row in rows:
        if isinstance(row, int):
            doubts.add(NOT_UNDERSTOOD, row)
            continue
        found, clock_s = _DATE.fullmatch(row.date), clock_seconds(row.clock)
        day_s = day_seconds(int(found[3]), int(found[1]), int(found[2])) if found else None
        if day_s is None or clock_s is None:
            doubts.add(NOT_UNDERSTOOD, row.line)
            continue
        when = clock.utc(row.line, row.date, day_s, clock_s)
        if when.earliest_s != when.latest_s:
            doubts.add(TWICE, row.line)
        ips = [row.values[name] for name in _ADDRESSES if row.values.get(name)]
        request = request_of(row.line, when, row.values, ips, doubts)
        if request:
            yield request


def _xml_rows(lines: Lines) -> Iterator[_Row | int]:
    for number, line in lines:
        if "<Event>" not in line:
            continue
        if not line.rstrip().endswith("</Event>"):
            yield number
            continue
        values = {name.lower(): html.unescape(text) for name, text in _ELEMENT.findall(line)}
        if values.get("packet-type") == _ACCOUNTING_REQUEST:
            date, _, clock = values.get("timestamp", "").partition(" ")
            yield _Row(number, date, clock.partition(".")[0], values)


def _odbc_rows(lines: Lines) -> Iterator[_Row | int]:
    for number, line in lines:
        if not _ODBC_ROW.match(line):
            if line.strip() and not line.startswith(("ComputerName,", '"ComputerName"')):
                yield number
            continue
        cells = cells_of(line)
        if len(cells) < 5 or cells[4] != _ACCOUNTING_REQUEST:
            continue
        if len(cells) <= max(_ODBC_COLUMNS) + 1:  # the last row may be cut
            yield number
            continue
        # an empty cell is an attribute that was not sent
        values = {name: cells[place] for place, name in _ODBC_COLUMNS.items() if cells[place]}
        yield _Row(number, cells[2], cells[3], values)


def _ias_rows(lines: Lines) -> Iterator[_Row | int]:
    for number, line in lines:
        cells = cells_of(line) if lines.ended and _IAS_ROW.match(line) else []
        if not cells:
            if line.strip() and lines.ended:
                yield number
            continue
        pairs = zip(cells[6::2], cells[7::2], strict=False)
        values = {_IAS_ATTRIBUTES[key]: value for key, value in pairs if key in _IAS_ATTRIBUTES}
        values.setdefault("nas-ip-address", cells[0])
        if cells[1]:
            values.setdefault("user-name", cells[1])
        if values.get("packet-type") == _ACCOUNTING_REQUEST:
            yield _Row(number, cells[2], cells[3], values)


NPS_XML = _reader("NPS log (DTS, XML)", _XML_ROW, _xml_rows)
NPS_ODBC = _reader("NPS log (ODBC)", _ODBC_ROW, _odbc_rows)
NPS_IAS = _reader("NPS log (IAS)", _IAS_ROW, _ias_rows)
