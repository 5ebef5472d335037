"""RADIUS accounting (RFC 2866), request by request, folded into who was logged on where with which address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.leases.doubts import NOT_UNDERSTOOD, Doubts
from auditor.leases.values import ip_of, mac_of, user_of
from auditor.leases.wallclock import Moment
from auditor.records import LeaseEntry

MOST_SESSIONS = 1 << 17  # held at once; the one that was silent longest goes
MOST_SESSION_ADDRESSES = 64  # of one session; a client has one IPv4 address and some of IPv6
_LONGEST_SESSION_S = 400 * 86400  # that is believed
_LONGEST_DELAY_S = 7 * 86400
_REPEATED_S = 120  # a request that nobody confirmed is sent again for so long, at most, by usual servers

# Acct-Status-Type (RFC 2866, 5.1), by number and by the names of dictionaries
START, STOP, INTERIM, ON, OFF = 1, 2, 3, 7, 8
STATUS = {
    "1": START, "Start": START, "2": STOP, "Stop": STOP,
    "3": INTERIM, "Interim-Update": INTERIM, "Alive": INTERIM,
    "7": ON, "Accounting-On": ON, "8": OFF, "Accounting-Off": OFF,
}  # fmt: skip


class Request(NamedTuple):
    """An Accounting-Request."""

    line: int
    at_s: int  # UTC: when it happened, the client's delay in sending it taken off
    earliest_s: int  # the same, unless the clock came twice and nothing tells which it was
    status: int
    nas: str  # the access server, by the same name in all its requests
    session: str
    mac: str
    ips: tuple[str, ...]
    user: str | None  # None where the request doesn't say
    session_s: int | None  # how long the session had lasted


def request_of(
    line: int, when: Moment, values: Mapping[str, str], ips: Iterable[str], doubts: Doubts
) -> Request | None:
    """The request with these attributes (names in lower case); None for one that says nothing of a session."""
    status = STATUS.get(values.get("acct-status-type", ""))
    if status is None:
        return None
    names = (
        "nas-ip-address",
        "nas-ipv6-address",
        "nas-identifier",
        "client-ip-address",
        "packet-src-ip-address",
    )
    nas = next((values[name] for name in names if values.get(name)), "")
    session = values.get("acct-session-id", "")
    if not session and status not in (ON, OFF):
        doubts.add(NOT_UNDERSTOOD, line)
        return None
    delay = min(_number(values.get("acct-delay-time", "")) or 0, _LONGEST_DELAY_S)
    user = values.get("user-name")
    return Request(
        line,
        when.latest_s - delay,
        when.earliest_s - delay,
        status,
        nas,
        session,
        mac_of(values.get("calling-station-id", "").strip()),
        tuple(filter(None, map(ip_of, ips))),
        None if user is None else user_of(user),
        _number(values.get("acct-session-time", "")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 10 else None


@dataclass(slots=True)
class _Session:
    line: int
    mac: str
    user: str
    start_s: int
    seen_s: int
    # address -> since when, until when (None: still), in the order of their coming
    ips: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    before: list[tuple[str, int, int]] = field(
        default_factory=list
    )  # addresses that it had before and got back
    until_s: int | None = None  # when somebody else logged on at the same device
    over: bool = False  # and told: kept so that a request that comes again is known

    def take(self, request: Request) -> None:
        """Notes what a request says. A new IPv4 address takes the place of the one before."""
        self.seen_s = max(self.seen_s, request.at_s)
        self.mac = self.mac or request.mac
        for ip in request.ips:
            is_v6 = ":" in ip
            family = [known for known in self.ips if (":" in known) == is_v6]
            since, until = self.ips.get(ip, (request.at_s if family else self.start_s, None))
            if until is not None and len(self.before) < MOST_SESSION_ADDRESSES:
                self.before.append((ip, since, until))
            if until is not None:
                since = request.at_s
            for known in family:
                if not is_v6 and known != ip and self.ips[known][1] is None:
                    self.ips[known] = self.ips[known][0], request.earliest_s
            if ip in self.ips or len(self.ips) < MOST_SESSION_ADDRESSES:
                self.ips[ip] = since, None

    def entries(self, end_s: int | None) -> Iterator[LeaseEntry]:
        """What it comes to; `end_s` None: it was still open."""
        if self.until_s is not None:
            end_s = self.until_s if end_s is None else min(end_s, self.until_s)
        spans = [(ip, since, until) for ip, (since, until) in self.ips.items()] or [("", self.start_s, None)]
        for ip, since, until in [*self.before, *spans]:
            known = [each for each in (until, end_s) if each is not None]
            last = max(min(known), since) if known else None
            yield LeaseEntry(
                self.line, "radius", self.mac, ip, since, last, self.seen_s, last is not None, self.user
            )


_Key = tuple[str, str]  # the access server and its number of the session


def sessions(requests: Iterable[Request], doubts: Doubts) -> Iterator[LeaseEntry]:
    """Entries of each session as soon as it is over; those that are not at the end of the file come last.

    A session's first address counts from its beginning, a later one from the request that names it. Where Start is in
    another file, `Acct-Session-Time` gives the beginning; without it the session begins with the first request that
    is here. A server that says it starts or stops ends all its sessions. A session during which somebody else logs on
    at the same device ends there.
    """
    table = _Table()
    for request in requests:
        if request.status in (ON, OFF):
            yield from table.end_all(request)
            continue
        key = (request.nas, request.session)
        session = table.held.get(key)
        start_s = _start(request)
        if session is not None and _is_new(session, request, start_s):
            if not session.over and not _same_client(session, request):
                start_s = request.at_s  # the session goes on, with another user
            yield from table.end(key, request.earliest_s)
            del table.held[key]
            session = None
        if session is None:
            if len(table.held) >= MOST_SESSIONS:
                oldest = next(iter(table.held))
                if not table.held[oldest].over:
                    doubts.add("accounting sessions let go early, the table being full", request.line)
                yield from table.end(oldest, None)
                del table.held[oldest]
            session = _Session(request.line, request.mac, request.user or "", start_s, request.at_s)
            table.put(key, session)
        elif session.over:
            continue
        else:
            table.held[key] = table.held.pop(key)
        session.take(request)
        if request.status == STOP:
            yield from table.end(key, request.earliest_s)
    for session in table.held.values():
        if not session.over:
            yield from session.entries(None)


class _Table:
    """The sessions, the one silent longest first."""

    def __init__(self) -> None:
        self.held: dict[_Key, _Session] = {}
        self._of_nas: dict[str, dict[_Key, None]] = {}
        self._of_mac: dict[str, dict[_Key, None]] = {}  # open sessions of a device, of one user

    def put(self, key: _Key, session: _Session) -> None:
        """Takes a new session. What another user had on the same device ends: word of it may come late or never."""
        self.held[key] = session
        self._of_nas.setdefault(key[0], {})[key] = None
        if not session.mac:
            return
        others = self._of_mac.get(session.mac, {})
        if others and self.held[next(iter(others))].user == session.user:
            others[key] = None
            return
        for before in map(self.held.__getitem__, others):
            if before.start_s <= session.start_s:
                before.until_s = session.start_s
        self._of_mac[session.mac] = {key: None}

    def end(self, key: _Key, end_s: int | None) -> Iterator[LeaseEntry]:
        """Tells of a session what there is to tell, unless that is done."""
        session = self.held[key]
        if session.over:
            return
        session.over = True
        _drop(self._of_nas, key[0], key)
        _drop(self._of_mac, session.mac, key)
        yield from session.entries(end_s)

    def end_all(self, request: Request) -> Iterator[LeaseEntry]:
        """Ends the sessions of a server that stops or starts anew."""
        for key in list(self._of_nas.get(request.nas, ())):
            yield from self.end(key, request.earliest_s)


def _drop(index: dict[str, dict[_Key, None]], name: str, key: _Key) -> None:
    keys = index.get(name, {})
    keys.pop(key, None)
    if not keys:
        index.pop(name, None)


def _is_new(session: _Session, request: Request, start_s: int) -> bool:
    """Whether a request is of another session than the one with its number: servers begin anew with old numbers."""
    if not _same_client(session, request):
        return not session.over or start_s > session.seen_s
    if session.over or request.status == START:
        return start_s > session.seen_s + (_REPEATED_S if start_s == request.at_s else 0)
    return False


def _same_client(session: _Session, request: Request) -> bool:
    return request.user in (None, session.user) and (request.mac in ("", session.mac) or not session.mac)


def _start(request: Request) -> int:
    lasted = request.session_s if request.status != START else 0
    return request.at_s - (lasted if lasted is not None and lasted <= _LONGEST_SESSION_S else 0)
