"""`auditor subject`: all that is held on one employee, gathered for the employee.

Nothing about other people is in it: their ids, names and addresses are taken out of free texts; only who approved
or supervised, and who looked things up, stays as it stands in the rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from auditor import __version__, pseudonym
from auditor.district import District, exception_fault
from auditor.jobs.access import log_access
from auditor.jobs.exceptions import HISTORY
from auditor.jobs.inputs import key_of
from auditor.jobs.subject_traces import Traces
from auditor.jobs.whynot import check_employee
from auditor.policy import clock
from auditor.policy.decide import MINUTES
from auditor.policy.findings import STORED_FINDINGS, checked_reason, redacted
from auditor.policy.person_day import own_devices
from auditor.warehouse import Warehouse

Row = dict[str, Any]
Held = dict[str, Any]


def subject(district: District, employee_id: str, reason: str) -> Held:
    """All that is held on an employee, in the keys of docs/subject.md, of all days.

    It needs a reason, and a line in the access log comes first. BadInput for somebody who never was in staff.csv.
    """
    check_employee(district, employee_id)
    why = checked_reason(reason, "subject")
    warehouse = Warehouse.open(district.warehouse)
    key = key_of(district, warehouse)
    person = pseudonym.person(key, employee_id)
    findings = _of(warehouse.findings(date.min, date.max, STORED_FINDINGS).to_pylist(), person)
    days = (*warehouse.audited_days(), *warehouse.days()) or (date.today(),)
    log_access(warehouse, "subject", why, min(days), max(days), len(findings), person)
    minutes = _of(warehouse.minutes(date.min, date.max, MINUTES).to_pylist(), person)
    hide = redacted(district, employee_id)
    traces = Traces(district, warehouse, key, employee_id, minutes)
    activity = list(traces.activity())
    return {
        "about": _about(district, employee_id, person, why),
        "staff": [_plain(asdict(row)) for row in district.staff_by_id[employee_id]],
        "devices": list(_devices(district, employee_id)),
        "exceptions": list(_exceptions(district, employee_id, minutes, hide)),
        "findings": findings,
        "minutes": [{"at": clock.local_iso(row["minute"], district.timezone), **row} for row in minutes],
        "activity": activity,
        "leases": traces.leases(),
        "captures": traces.captures(activity),
        "access": list(_access(warehouse, person, findings, hide)),
        "reports": _reports(district, person),
        "days": traces.days(),
        "kept": district.settings.retention.model_dump(),
        "not_held": list(NOT_HELD),
    }


NOT_HELD = (
    "what was said, written, read or shown: no message, page, picture, search term or password",
    "hosts outside the catalogue of platforms: they are counted for all devices together and dropped",
    "MAC and IP addresses as such: the warehouse holds keyed pseudonyms of them; the MAC addresses above stand in "
    "devices.csv",
    "your name and mail address outside staff.csv",
    "where you were: a finding names the site of the sensor that saw the device, nothing more",
    "names of connections that were open when a capture ended are kept for the next run under keyed hashes that "
    "nobody can turn back into a person",
)


def _about(district: District, employee_id: str, person: str, reason: str) -> Row:
    now = datetime.now(UTC).astimezone(ZoneInfo(district.timezone))
    return {
        "employee_id": employee_id,
        "pseudonym": person,
        "district": district.settings.district.name,
        "timezone": district.timezone,
        "made_at": now.isoformat(timespec="seconds"),
        "reason": reason,
        "program_version": __version__,
    }


def _of(rows: list[Row], person: str) -> list[Row]:
    return [row for row in rows if row["person"] == person]


def _plain(row: Row) -> Row:
    """A row of a list as JSON has it: days as texts."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _devices(district: District, employee_id: str) -> Iterator[Row]:
    zone = district.timezone
    for row in own_devices(district, employee_id):
        yield {
            "line": row.line,
            "device_id": row.device_id,
            "mac": row.mac,
            "ownership": row.ownership,
            "kind": row.kind,
            "from": _local(row.from_minute, zone),
            "until": _local(row.to_minute, zone),
        }


def _exceptions(
    district: District, employee_id: str, minutes: list[Row], hide: Callable[[str], str]
) -> Iterator[Row]:
    zone = district.timezone
    changes = list(_register_history(district))
    for row in district.exceptions:
        if row.employee_id != employee_id:
            continue
        excused = [minute for minute in minutes if row.exception_id in minute["exception_id"].split()]
        yield {
            **_plain(asdict(row)),
            "purpose": hide(row.purpose),
            "approved_at": _local(row.approved_minute, zone),
            "from": _local(row.from_minute, zone),
            "until": _local(row.to_minute, zone),
            "excuses_nothing_because": exception_fault(row, district) or None,
            "excused_minutes": len(excused),
            "findings": sorted({minute["finding_id"] for minute in excused}),
            "changes": [
                {name: entry.get(name) for name in ("when", "who", "did")}
                for entry in changes
                if entry.get("exception_id") == row.exception_id
            ],
        }


def _register_history(district: District) -> Iterator[Row]:
    """The lines of `exceptions.log`."""
    yield from _json_lines(district.folder / HISTORY)


def _access(
    warehouse: Warehouse, person: str, findings: list[Row], hide: Callable[[str], str]
) -> Iterator[Row]:
    """The lines of the access log on this employee, or on everybody in days on which they have a finding."""
    days = {row["day"] for row in findings}
    for entry in _json_lines(warehouse.path / "access.log"):
        first, last = entry.get("days", ("", ""))
        about_all = not entry.get("person") and any(first <= day <= last for day in days)
        if entry.get("person") == person or about_all:
            yield {**entry, "reason": hide(str(entry.get("reason", "")))}


def _json_lines(path: Path) -> Iterator[Row]:
    """A log's lines; one that a crash has cut is left out."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _reports(district: District, person: str) -> list[str]:
    """Reports in the district folder that hold a line under the employee's pseudonym."""
    folder = district.folder / "reports"
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in (".html", ".csv", ".json"))
    return [
        path.relative_to(district.folder).as_posix()
        for path in files
        if path.is_file() and person in path.read_text(encoding="utf-8", errors="replace")
    ]


def _local(minute: int | None, zone: str) -> str | None:
    return None if minute is None else clock.local_iso(minute, zone)
