"""The links of the chain that may break between a minute and a finding, in the chain's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from auditor import pseudonym
from auditor.district.rows import District
from auditor.district.values import is_randomised
from auditor.policy import clock
from auditor.policy.cited import Cited, device_words, exception_words, staff_words, tools_of
from auditor.policy.decide import day_evaluated
from auditor.policy.explain import Node, Row
from auditor.policy.person_day import fetched, own_devices, possibly_own
from auditor.policy.wording import DISPOSITIONS, NOBODYS, PRONG_WORDS, count_of
from auditor.policy.worktime import work_time

COUNTING = ("visit", "content")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, and the rows or evidence that it rests on."""

    code: str  # "no_device", "too_few_bytes", ...: those of docs/explain.md
    text: str
    rows: tuple[Cited, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text, "rows": [row.to_dict() for row in self.rows]}

    def node(self) -> Node:
        return Node(self.text, parts=tuple(row.node() for row in self.rows))


@dataclass(frozen=True)
class Asked:
    """The question, and all that the answer draws on."""

    district: District
    key: bytes
    hide: Callable[[str], str]
    employee_id: str
    minute: int  # UTC epoch minute
    platform: str  # "" for any
    day: date  # the local day of the minute
    is_captured: bool  # anything was captured on this day
    is_decided: bool
    changed: Sequence[str]  # what has changed since the day was decided, in words
    sensors: Sequence[Row]  # sensor, site, saw (bool), text
    unseen: Sequence[str]  # what of that day nobody could see, in words
    findings: Sequence[Row]  # of the day and the employee, as stored
    minutes: Sequence[Row]  # of the minutes table: of the day and the employee
    activity: pa.Table  # of the day
    leases: pa.Table

    @property
    def person(self) -> str:
        return pseudonym.person(self.key, self.employee_id)

    def at(self, minute: int) -> str:
        return clock.local_iso(minute, self.district.timezone)


def findings_of(asked: Asked) -> list[Row]:
    """The findings that hold the minute."""
    ids = {row["finding_id"] for row in asked.minutes if row["minute"] == asked.minute}
    found = [row for row in asked.findings if row["finding_id"] in ids]
    return [row for row in found if asked.platform in ("", row["platform"])]


def in_findings(found: Iterable[Row]) -> Iterator[Reason]:
    for row in found:
        what = DISPOSITIONS[row["disposition"]]
        yield Reason("in_finding", f"it is in finding {row['finding_id']}, {row['platform']}: {what}")


def before_traffic(asked: Asked) -> Iterator[Reason]:
    """What breaks the chain before any traffic is looked at."""
    district, employee = asked.district, asked.employee_id
    if not asked.is_captured:
        yield Reason("not_captured", f"nothing was captured on {asked.day}")
    elif not any(row["saw"] for row in asked.sensors):
        yield Reason("no_sensor", "no sensor has a frame of this minute")
    if asked.minutes and not asked.activity.num_rows:
        text = "the day's activity is no longer kept: what the findings say is all that is known"
        yield Reason("not_kept", text)
    if not district.staff_on(employee, asked.day):
        rows = tuple(
            Cited("staff.csv", row.line, staff_words(row, asked.hide))
            for row in district.staff_by_id[employee]
        )
        yield Reason("not_staff", f"{employee} was not in staff.csv on {asked.day}", rows)
    devices = own_devices(district, employee, asked.minute)
    if not devices:
        rows = tuple(
            Cited("devices.csv", row.line, device_words(row, district, asked.hide))
            for row in own_devices(district, employee)
        )
        text = "no device of devices.csv was theirs at this minute" + ("; at other times" if rows else "")
        yield Reason("no_device", text, rows)


def _hidden(asked: Asked) -> Iterator[Reason]:
    district = asked.district
    devices = own_devices(district, asked.employee_id, asked.minute)
    rows = tuple(
        Cited("devices.csv", row.line, device_words(row, district, asked.hide))
        for row in devices
        if is_randomised(row.mac)
    )
    if rows:
        text = (
            "a device of theirs makes up its MAC address: its use can't be told from others' and is nobody's"
        )
        yield Reason("randomised_mac", text, rows)


def of_traffic(asked: Asked, rows: Sequence[Row], now: Sequence[Row]) -> Iterator[Reason]:
    """What breaks the chain at the traffic of the employee's devices: `rows` of the day, `now` of the minute."""
    laid = [row for row in now if row["person"]]
    if not laid:
        yield from _hidden(asked)
    if not now:
        yield from _unseen_device(asked, rows)
        return
    counting = [row for row in laid if row["evidence"] in COUNTING]
    for row in {row["standing"]: row for row in now if not row["person"]}.values():
        if row["standing"] == "unattributed":
            why = NOBODYS.get(row["unattributed_reason"], "nobody can say whose it is")
            device = row["registered_as"] or row["device_id"]
            yield Reason("unattributed", f"use of {device} is laid to nobody: {why}")
    if laid and not counting:
        hosts = sorted({f"{row['host']} ({row['platform']}, {row['evidence']})" for row in laid})
        text = "only hosts that prove no visit, and come with other sites' pages: " + ", ".join(hosts)
        yield Reason("no_counting_host", text)
    if counting:
        yield from _judged(asked, rows, counting)


def _unseen_device(asked: Asked, rows: Sequence[Row]) -> Iterator[Reason]:
    on = f" on {asked.platform}" if asked.platform else ""
    devices = own_devices(asked.district, asked.employee_id, asked.minute)
    own = {pseudonym.client(asked.key, row.mac) for row in devices}
    held = {
        row["address_key"]
        for row in asked.leases.to_pylist()
        if row["client_key"] in own and row["from_minute"] <= asked.minute < row["to_minute"]
    }
    there = "; an address was leased to one of them then, so it may have been on the network" if held else ""
    if rows:
        text = f"their devices were seen{on} on this day, but not in this minute{there}"
        yield Reason("not_at_that_minute", text)
    elif asked.is_captured and devices:
        text = f"no traffic of their devices with a platform of the catalogue{on} on this day{there}"
        yield Reason("not_seen", text)
    nobodys = _nobodys_addresses(asked)
    if nobodys & held:
        text = "their device and another one lay claim to one address at this minute: it is nobody's"
        yield Reason("address_disputed", text)
    elif nobodys:
        addresses = "an address" if len(nobodys) == 1 else f"{len(nobodys)} addresses"
        text = f"use from {addresses} in this minute could be laid to no device: whether it was theirs is not known"
        yield Reason("address_unknown", text)


def _nobodys_addresses(asked: Asked) -> set[str]:
    """Addresses that used a platform in the minute and that nothing ties to a device."""
    query = "SELECT DISTINCT address_key FROM laid_traffic WHERE minute = ? AND client_key = '' AND platform LIKE ?"
    with _evaluated(asked) as views:
        return {row["address_key"] for row in fetched(views, query, asked.minute, asked.platform or "%")}


def _judged(asked: Asked, rows: Sequence[Row], counting: Sequence[Row]) -> Iterator[Reason]:
    """What the policy says of use that counts: each device and platform of the minute."""
    with _evaluated(asked) as views:
        query = "SELECT * FROM judged_minute WHERE minute = ? AND person = ?"
        judged = {_use(row): row for row in fetched(views, query, asked.minute, asked.person)}
        excuses = fetched(views, "SELECT * FROM excuse WHERE minute = ?", asked.minute)
    least = asked.district.settings.usage.active_bytes
    for use in sorted({_use(row) for row in counting}):
        on = f"{use[1]} on {use[0]}"
        octets = sum(row["bytes_up"] + row["bytes_down"] for row in counting if _use(row) == use)
        if use in judged:
            ids = sorted({row["exception_id"] for row in excuses if _use(row) == use})
            hosts = {row["host"] for row in counting if _use(row) == use}
            yield from _not_against(asked, judged[use], on, ids, hosts)
        elif octets < least:
            text = f"{on}: {octets:,} bytes; a minute counts from {least:,} (active_bytes in auditor.toml)"
            yield Reason("too_few_bytes", text)
        else:
            yield _without_visit(asked, [row for row in rows if _use(row) == use], on)


@contextmanager
def _evaluated(asked: Asked) -> Iterator[duckdb.DuckDBPyConnection]:
    """The policy over what may be the employee's of the day."""
    possible = possibly_own(asked.activity, asked.district, asked.employee_id, asked.key)
    with day_evaluated(asked.district, asked.day, possible, asked.leases, asked.key) as views:
        yield views


def _use(row: Row) -> tuple[str, str]:
    return row["device_id"], row["platform"]


def _without_visit(asked: Asked, rows: Sequence[Row], on: str) -> Reason:
    away = [abs(row["minute"] - asked.minute) for row in rows if row["evidence"] == "visit"]
    near = f"the nearest visit is {count_of(min(away), 'minute')} away" if away else "no visit on this day"
    idle = count_of(asked.district.settings.usage.idle_minutes, "minute")
    text = f"{on}: media alone, which also come with other sites' pages, and no visit in this run of use"
    return Reason("content_without_visit", f"{text} ({near}; a gap of more than {idle} ends a run)")


def _not_against(
    asked: Asked, minute: Row, on: str, exceptions: list[str], hosts: Iterable[str]
) -> Iterator[Reason]:
    """Why a minute of a session is not held against anybody; nothing where it is."""
    district = asked.district
    if minute["approved"]:
        rows = tuple(tools_of(district, asked.day, minute["platform"], hosts, asked.hide))
        yield Reason("approved_tool", f"{on}: an approved tool (III.B, IV.C)", rows)
    elif not minute["prohibited"]:
        would = _list([name for name in PRONG_WORDS if minute[name]])
        hours, rows = work_time(district, asked.employee_id, asked.day)
        text = f"{on}: no enforced part of the clause applies: enforced {_list(district.settings.policy.reading)}"
        yield Reason(
            "no_enforced_prong", f"{text}; without regard to that {would} would apply; {hours}", rows
        )
    elif minute["excused"]:
        rows = tuple(
            Cited("exceptions.csv", row.line, exception_words(row, district, asked.hide))
            for row in district.exceptions
            if row.exception_id in exceptions
        )
        yield Reason("excused", f"{on}: excused by {_list(exceptions)}", rows)
    elif not asked.is_decided:
        yield Reason("would_be_found", f"{on}: an audit would find use without a matching approval")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
