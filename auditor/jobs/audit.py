"""What joins the policy with the warehouse: deciding days, reading findings, explaining one of them."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from auditor import __version__, pseudonym
from auditor.district import DISTRICT_FILES, District
from auditor.errors import BadInput, Problem
from auditor.identify.catalogue import load_catalogue
from auditor.policy import chain, clock
from auditor.policy.decide import FINDINGS, MINUTES, Decision, decide_day
from auditor.policy.explain import Explanation, Known, evidence
from auditor.policy.findings import access_line, checked_reason, employees_by_pseudonym
from auditor.policy.findings import identify as identified
from auditor.warehouse import CaptureMark, Warehouse


@dataclass(frozen=True, slots=True)
class Due:
    """A day that is to be decided."""

    day: date
    new_captures: bool  # what was seen of it has changed, or has never been decided
    anew: tuple[str, ...] = ()  # why it is decided once more, in words; () for the first time


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """What an audit decided."""

    days: tuple[date, ...]  # those decided: of which the warehouse has captures
    findings: int
    dispositions: Mapping[str, int]  # how many findings of each
    unapproved_minutes: int
    coverage: Mapping[str, int]  # what was set aside: "bytes_not_staff", "flows_student", ...

    @classmethod
    def sum(cls, parts: Sequence[AuditSummary]) -> AuditSummary:
        """Several audits as one."""
        return cls(
            days=tuple(sorted({day for part in parts for day in part.days})),
            findings=sum(part.findings for part in parts),
            dispositions=dict(sum((Counter(part.dispositions) for part in parts), Counter[str]())),
            unapproved_minutes=sum(part.unapproved_minutes for part in parts),
            coverage=dict(sum((Counter(part.coverage) for part in parts), Counter[str]())),
        )


def audit(district: District, first: date, last: date) -> AuditSummary:
    """Decides each day from `first` to `last` of which something was captured, and replaces what stood there.

    Raises BadInput where there is no warehouse or its key is missing, Locked where another run is writing.
    """
    check_range(first, last)
    warehouse = Warehouse.open(district.warehouse)
    key = key_of(district, warehouse)
    files = district_files(district)
    dispositions: Counter[str] = Counter()
    coverage: Counter[str] = Counter()
    minutes = 0
    with warehouse.lock():
        days = tuple(day for day in warehouse.days() if first <= day <= last)
        for day in days:
            leases = warehouse.leases(*clock.day_bounds(day, district.timezone))
            decision = decide_day(district, day, warehouse.activity(day, day), leases, key)
            provenance = _provenance(district, warehouse, day, leases, files, decision)
            warehouse.replace_day(day, decision.findings, decision.minutes, provenance)
            dispositions.update(decision.findings["disposition"].to_pylist())
            minutes += sum(decision.findings["unapproved_minutes"].to_pylist())
            coverage.update(decision.coverage)
    counted = dict(sorted(dispositions.items()))
    return AuditSummary(days, dispositions.total(), counted, minutes, dict(sorted(coverage.items())))


def days_to_decide(district: District) -> tuple[Due, ...]:
    """The captured days that no audit has decided, or none from just what is there now."""
    warehouse = Warehouse.open(district.warehouse)
    marks = {mark.key: mark for mark in warehouse.captures()}
    audits = warehouse.audits(date.min, date.max)
    leases = warehouse.leases(-(1 << 62), 1 << 62)
    files = district_files(district)
    found = []
    for day, keys in warehouse.capture_keys().items():
        audit = audits.get(day)
        if audit is None:
            found.append(Due(day, new_captures=True))
            continue
        now = _inputs([marks[key] for key in keys], _leases_of(leases, day, district), files)
        seen, edited = _changes(audit, now)
        if seen or edited:
            found.append(Due(day, bool(seen), (*seen, *edited)))
    return tuple(found)


def _changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What has changed of what a day was decided from, in words: what was seen, and the district's files."""
    rows = then.get("rows")
    if rows is None:  # decided by an older version
        rows = {sha256: now["rows"].get(sha256, "") for sha256 in then["captures"]}
    seen = []
    if rows != now["rows"]:
        seen.append("captures came, grew or were read anew")
    if then["lease_sources"] != now["lease_sources"]:
        seen.append("addresses were found to be leased")
    old, new = then["files"], now["files"]
    return seen, [f"{name} changed" for name in sorted({*old, *new}) if old.get(name) != new.get(name)]


def _leases_of(leases: pa.Table, day: date, district: District) -> pa.Table:
    start, end = clock.day_bounds(day, district.timezone)
    from_minute, to_minute = leases["from_minute"].to_numpy(), leases["to_minute"].to_numpy()
    return leases.filter(pa.array((from_minute < end) & (to_minute > start)))


def _inputs(marks: Iterable[CaptureMark], leases: pa.Table, files: Mapping[str, str]) -> dict[str, Any]:
    """What a day is decided from, by hash: another one means to decide it anew."""
    by_hash = sorted(marks, key=lambda mark: mark.sha256)
    return {
        "files": dict(files),
        "rows": {mark.sha256: mark.rows_sha256 for mark in by_hash},
        "lease_sources": sorted(set(leases["source"].to_pylist())),
    }


def key_of(district: District, warehouse: Warehouse) -> bytes:
    """The key of the warehouse's pseudonyms; BadInput where the district folder has none or another."""
    key = pseudonym.load_key(district.folder, create=False)
    warehouse.check_key(pseudonym.fingerprint(key))
    return key


def undecided_days(district: District, first: date, last: date) -> tuple[date, ...]:
    """The days from `first` to `last` of which something was captured and that no audit has decided."""
    warehouse = Warehouse.open(district.warehouse)
    decided = set(warehouse.audited_days())
    return tuple(day for day in warehouse.days() if first <= day <= last and day not in decided)


def findings(
    district: District, first: date, last: date, identify: bool = False, reason: str = ""
) -> pa.Table:
    """The findings of the days decided, with the contract's columns.

    With `identify`, `person` is the employee_id; it needs a reason, and a line in the access log comes first.
    """
    check_range(first, last)
    warehouse = Warehouse.open(district.warehouse)
    if not identify:
        return warehouse.findings(first, last, FINDINGS)
    text = checked_reason(reason)
    key = key_of(district, warehouse)
    table = warehouse.findings(first, last, FINDINGS)
    now = datetime.now(UTC)
    warehouse.log_access(access_line(now, _login(), "findings --identify", text, first, last, table.num_rows))
    return identified(table, district, key)


def explain(district: District, finding_id: str) -> Explanation:
    """The chain behind one finding; BadInput where there is none of that id."""
    warehouse = Warehouse.open(district.warehouse)
    finding = _find(warehouse, finding_id)
    day = date.fromisoformat(finding["day"])
    key = key_of(district, warehouse)
    minutes = [
        row for row in warehouse.minutes(day, day, MINUTES).to_pylist() if row["finding_id"] == finding_id
    ]
    leases = warehouse.leases(*clock.day_bounds(day, district.timezone))
    provenance = warehouse.audits(day, day)[day]
    now = district_files(district)
    then = provenance.get("files", {})
    known = Known(
        district=district,
        employee_id=employees_by_pseudonym(district, key).get(finding["person"], ""),
        finding=finding,
        minutes=minutes,
        evidence=evidence(district, warehouse.activity(day, day), leases, key, finding, minutes),
        match=load_catalogue().match,
        captures={mark.sha256: mark.path for mark in warehouse.captures()},
        audit=provenance,
        changed=[name for name in DISTRICT_FILES if now.get(name) != then.get(name)],
    )
    return chain.explain(known)


def district_files(district: District) -> dict[str, str]:
    """The SHA-256 of each file of the district folder that an audit reads."""
    paths = ((name, district.folder / name) for name in DISTRICT_FILES)
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths if path.is_file()}


def _provenance(
    district: District,
    warehouse: Warehouse,
    day: date,
    leases: pa.Table,
    files: Mapping[str, str],
    decision: Decision,
) -> dict[str, Any]:
    """What the day's findings were made from. It holds no time: the same inputs give the same file."""
    marks = warehouse.captures_of(day)
    settings = district.settings
    return {
        "day": day.isoformat(),
        "program_version": __version__,
        "catalogue_versions": sorted({mark.catalogue_version for mark in marks}),
        "enforce": list(settings.policy.enforce),
        "exception_max_days": settings.policy.exception_max_days,
        "idle_minutes": settings.usage.idle_minutes,
        "active_bytes": settings.usage.active_bytes,
        "timezone": district.timezone,
        "captures": {mark.sha256: mark.path for mark in marks},
        **_inputs(marks, leases, files),
        "coverage": dict(decision.coverage),
        "findings": decision.findings.num_rows,
    }


def _find(warehouse: Warehouse, finding_id: str) -> dict[str, Any]:
    table = warehouse.findings(date.min, date.max, FINDINGS)
    found = table.filter(
        pa.array([known == finding_id for known in table["finding_id"].to_pylist()], pa.bool_())
    )
    if not found.num_rows:
        hint = "`auditor findings` lists them; a day that was audited anew may have other ones"
        raise BadInput(Problem(finding_id or "FINDING_ID", "there is no finding of this id", hint))
    row: dict[str, Any] = found.to_pylist()[0]
    return row


def check_range(first: date, last: date) -> None:
    """Raises BadInput where the period ends before it begins."""
    if first > last:
        raise BadInput(Problem("--from", f"{first} is after --to {last}", "give the earlier day first"))


def _login() -> str:
    """Who runs the program, as the operating system knows it, not as the environment says."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError, AttributeError):
        return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "unknown")
