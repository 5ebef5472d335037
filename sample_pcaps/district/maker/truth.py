"""What the audit must find, from the plan and the sizes of the frames; nothing of the product is used."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from .network import Network
from .plan import MINUTE_NS, Host, Plan, Session, local
from .roster import Owner, Roster
from .traffic import Marked

IDLE_MINUTES = 5
ACTIVE_BYTES = 2_000
COLUMNS = [
    "finding_id",
    "day",
    "person",
    "device_id",
    "ownership",
    "site",
    "role",
    "platform",
    "category",
    "started_at",
    "ended_at",
    "minutes",
    "span_minutes",
    "work_minutes",
    "prohibited_minutes",
    "excepted_minutes",
    "unapproved_minutes",
    "prongs",
    "disposition",
    "exception_id",
    "confidence",
    "bytes_up",
    "bytes_down",
    "hosts",
]
Row = dict[str, str]


@dataclass
class Minute:
    """What a device did on one platform in one minute."""

    number: int
    sensor: str
    up: int = 0
    down: int = 0
    hosts: set[str] = field(default_factory=set)
    visits: set[str] = field(default_factory=set)
    on_wire: bool = False  # a visit host that a hello or a request named
    visit_connections: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Judge:
    plan: Plan
    roster: Roster
    key: bytes

    def findings(self, frames: Iterable[Marked]) -> list[Row]:
        """One row a session, in the order of the contract."""
        rows: list[Row] = []
        for (mac, platform), minutes in sorted(self.minutes(frames).items()):
            active = sorted(
                (each for each in minutes.values() if each.up + each.down >= ACTIVE_BYTES),
                key=lambda each: each.number,
            )
            for run in self._runs(mac, active):
                row = self._row(mac, platform, run) if any(each.visits for each in run) else None
                if row:
                    rows.append(row)
        rows.sort(key=lambda row: tuple(row[key] for key in ("day", "started_at", "device_id", "platform")))
        return rows

    def minutes(self, frames: Iterable[Marked]) -> dict[tuple[str, str], dict[int, Minute]]:
        """(mac, platform) -> minute -> what went on; of visit and content hosts alone."""
        found: dict[tuple[str, str], dict[int, Minute]] = defaultdict(dict)
        for marked in sorted(frames, key=lambda each: each.frame.time_ns):
            host = self.plan.hosts.get(marked.host)
            if host is None or not host.counts or not marked.connection or not marked.named_by:
                continue
            number = marked.frame.time_ns // MINUTE_NS
            minutes = found[marked.mac, host.platform]
            add(minutes.setdefault(number, Minute(number, marked.sensor)), marked, host)
        return found

    def _runs(self, mac: str, active: list[Minute]) -> list[list[Minute]]:
        runs: list[list[Minute]] = []
        for each in active:
            last = runs[-1][-1] if runs else None
            if (
                last is None
                or each.number - last.number > IDLE_MINUTES
                or local(each.number).date() != local(last.number).date()
                or self.roster.owner(mac, each.number) != self.roster.owner(mac, last.number)
            ):
                runs.append([])
            runs[-1].append(each)
        return runs

    def _row(self, mac: str, platform: str, run: list[Minute]) -> Row | None:
        first, last = run[0], run[-1]
        day = local(first.number).date().isoformat()
        owner = self.roster.owner(mac, first.number) or Owner(
            "unknown-" + self._code("mac", mac, 12), "unknown", ""
        )
        if owner.assigned_to in ("student", "guest"):
            return None
        named = owner.assigned_to not in ("", "shared")
        person = self.roster.employee(owner.assigned_to, day)
        if named and person is None:
            return None
        category = next(h.category for h in self.plan.hosts.values() if h.platform == platform)
        work = sum(1 for each in run if named and self.roster.on_duty(owner.assigned_to, each.number))
        approved = all(self._all_approved(platform, each.visits, day) for each in run)
        prohibited = [
            each
            for each in run
            if named and not approved and not self._all_approved(platform, each.hosts, day)
        ]
        excuses = [
            self.roster.excuses(owner.assigned_to, owner.device_id, platform, category, each.number)
            for each in prohibited
        ]
        excepted = sum(1 for each in excuses if each)
        if not named:
            disposition = "unattributed"
        elif approved:
            disposition = "approved_tool"
        else:
            disposition = "unapproved" if excepted < len(prohibited) else "excepted"
        prongs = ["work_time"] * (work > 0) + ["equipment"] * (owner.ownership == "district") + ["wifi"]
        started = stamp(first.number)
        text = f"{day}|{owner.device_id}|{platform}|{started}"
        values = (
            "f-" + hashlib.sha256(text.encode()).hexdigest()[:12],
            day,
            "p-" + self._code("person", owner.assigned_to, 12) if named else "",
            owner.device_id,
            owner.ownership,
            first.sensor,  # the sensors are called as their sites
            person["role"] if person else "",
            platform,
            category,
            started,
            stamp(last.number + 1),
            len(run),
            last.number - first.number + 1,
            work,
            len(prohibited),
            excepted,
            len(prohibited) - excepted,
            " ".join(prongs),
            disposition,
            " ".join(sorted(set().union(*excuses))),
            confidence(run),
            sum(each.up for each in run),
            sum(each.down for each in run),
            " ".join(sorted(set().union(*(each.hosts for each in run)))),
        )
        return dict(zip(COLUMNS, map(str, values), strict=True))

    def _all_approved(self, platform: str, hosts: Iterable[str], day: str) -> bool:
        return all(self.roster.is_approved_tool(platform, host, day) for host in hosts)

    def _code(self, kind: str, text: str, length: int) -> str:
        return hmac.new(self.key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()[:length]


def add(minute: Minute, marked: Marked, host: Host) -> None:
    if marked.frame.up:
        minute.up += len(marked.frame.data)
    else:
        minute.down += len(marked.frame.data)
    minute.hosts.add(host.name)
    if host.evidence == "visit":
        minute.visits.add(host.name)
        minute.visit_connections.add(marked.connection)
        minute.on_wire |= marked.named_by == "wire"


def confidence(run: list[Minute]) -> str:
    """high, and a step down for a name from DNS alone and for a single thin connection."""
    only_dns = not any(each.on_wire for each in run)
    connections = set().union(*(each.visit_connections for each in run))
    no_content = all(each.hosts == each.visits for each in run)
    thin = len(run) == 1 and len(connections) == 1 and no_content
    return ("high", "medium", "low")[only_dns + thin]


def stamp(minute: int) -> str:
    return local(minute).isoformat(timespec="minutes")


def said(row: Row) -> str:
    """A finding in the plan's short form."""
    numbers = "/".join(row[f"{name}_minutes"] for name in ("work", "excepted", "unapproved"))
    return f"{row['platform']} {row['disposition']} {row['minutes']}/{numbers} {row['confidence']}"


def of_session(session: Session, rows: list[Row], network: Network, key: bytes) -> list[Row]:
    """The rows that a planned session shows up as: its device, its platforms, its time."""
    code = hmac.new(key, f"mac:{network.mac(session.device)}".encode(), hashlib.sha256).hexdigest()[:12]
    names = {session.device, "unknown-" + code}
    last = session.start + max(max(use.minutes) for use in session.use)
    return [
        row
        for row in rows
        if row["device_id"] in names and stamp(session.start) <= row["started_at"] <= stamp(last)
    ]


def names_seen(frames: Iterable[Marked]) -> list[tuple[str, ...]]:
    """(sensor, client MAC, transport, host, local minute) of each connection's first frame."""
    seen: list[tuple[str, ...]] = []
    ordered = sorted((each for each in frames if each.connection), key=lambda each: each.connection)
    for _, group in groupby(ordered, key=lambda each: each.connection):
        first = min(group, key=lambda each: each.frame.time_ns)
        minute = stamp(first.frame.time_ns // MINUTE_NS)
        seen.append((minute, first.sensor, first.mac, first.transport, first.host))
    return sorted(seen)
