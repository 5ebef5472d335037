"""What joins the policy with the warehouse: deciding days, and which days are to be decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from auditor.district import District
from auditor.jobs.history import CUT_SHORT, decision_line
from auditor.jobs.inputs import (
    check_range,
    digest,
    district_files,
    inputs_of,
    key_of,
    lease_sources,
    made_from,
    told_on,
)
from auditor.jobs.turns import cores, in_turns
from auditor.policy.decide import Decision, decide_another
from auditor.policy.findings import with_inputs
from auditor.policy.lasting import Lasting
from auditor.warehouse import CaptureMark, Warehouse, tables

# What is read of the activity: all that the policy's views name.
_ACTIVITY = tables.coded(
    pa.schema([field for field in tables.ACTIVITY if field.name not in ("packets", "reference")])
)
# Of the files of days that are decided at once: some six million rows, a gigabyte of memory a million.
_MOST_BYTES_AT_ONCE = 100_000_000


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
    anew: tuple[Due, ...] = ()  # days that had been decided before, from something else

    def told_anew(self) -> list[str]:
        """`2026-11-18 was decided anew: calendar.csv changed`; days of one change together."""
        days: dict[tuple[str, ...], list[date]] = {}
        for due in self.anew:
            days.setdefault(due.anew, []).append(due.day)
        return [
            f"{same[0]} was decided anew: {'; '.join(why)}"
            if len(same) == 1
            else f"{len(same)} days from {same[0]} to {same[-1]} were decided anew: {'; '.join(why)}"
            for why, same in days.items()
        ]

    @classmethod
    def sum(cls, parts: Sequence[AuditSummary]) -> AuditSummary:
        """Several audits as one."""
        return cls(
            days=tuple(sorted({day for part in parts for day in part.days})),
            findings=sum(part.findings for part in parts),
            dispositions=dict(sum((Counter(part.dispositions) for part in parts), Counter[str]())),
            unapproved_minutes=sum(part.unapproved_minutes for part in parts),
            coverage=dict(sum((Counter(part.coverage) for part in parts), Counter[str]())),
            anew=tuple(due for part in parts for due in part.anew),
        )


def audit(district: District, first: date, last: date) -> AuditSummary:
    """Decides each day from `first` to `last` of which something was captured, and replaces what stood there.

    Raises BadInput where there is no warehouse or its key is missing, Locked where another run is writing.
    """
    pa.set_memory_pool(pa.system_memory_pool())  # it gives back what it frees at once
    check_range(first, last)
    warehouse = Warehouse.open(district.warehouse)
    key = key_of(district, warehouse)
    files = district_files(district)
    dispositions: Counter[str] = Counter()
    coverage: Counter[str] = Counter()
    minutes = 0
    anew = []
    with warehouse.lock():
        before = warehouse.audits(first, last)
        days = tuple(day for day in warehouse.days() if first <= day <= last)
        at_once = _at_once(warehouse, days)
        lasting = Lasting(district, key)

        def decided(day: date) -> tuple[Decision, dict[str, Any], dict[str, Any]]:
            leases, sources = told_on(district, warehouse, day)
            activity = warehouse.activity(day, day, _ACTIVITY)
            decision = decide_another(lasting, day, activity, leases, max(1, cores() // at_once))
            marks = warehouse.captures_of(day)
            made = made_from(district, marks, sources, files)
            return decision, made, _provenance(day, made, marks, decision)

        for day, (decision, made, provenance) in zip(days, in_turns(decided, days, at_once), strict=True):
            due = _again(warehouse, day, before.get(day), made)
            stored = with_inputs(decision.findings, provenance["inputs"])
            line = decision_line(due.anew) if due.anew or day not in before else ""
            warehouse.replace_day(day, stored, decision.minutes, provenance, line)
            anew += [due] if due.anew else []
            counts = pc.value_counts(decision.findings["disposition"]).to_pylist()
            dispositions.update({count["values"]: count["counts"] for count in counts})
            minutes += pc.sum(decision.findings["unapproved_minutes"], min_count=0).as_py()
            coverage.update(decision.coverage)
    counted = dict(sorted(dispositions.items()))
    set_aside = dict(sorted(coverage.items()))
    return AuditSummary(days, dispositions.total(), counted, minutes, set_aside, tuple(anew))


def _at_once(warehouse: Warehouse, days: Sequence[date]) -> int:
    """How many days to decide at once: one a core, fewer where they are large, for each takes its memory."""
    if not days:
        return 1
    largest = max(
        sum(path.stat().st_size for path in warehouse.observed_files("activity", day, day)) for day in days
    )
    return max(1, min(cores(), len(days), _MOST_BYTES_AT_ONCE // max(1, largest)))


def days_to_decide(district: District) -> tuple[Due, ...]:
    """The captured days that no audit has decided, or none from just what is there now."""
    warehouse = Warehouse.open(district.warehouse)
    marks = {mark.key: mark for mark in warehouse.captures()}
    audits = warehouse.audits(date.min, date.max)
    files = district_files(district)
    captured = warehouse.capture_keys()
    sources = lease_sources(district, warehouse, list(captured))
    found = []
    for (day, keys), told in zip(captured.items(), sources, strict=True):
        audit = audits.get(day)
        if audit is None:
            found.append(Due(day, new_captures=True))
            continue
        now = inputs_of([marks[key] for key in keys], told, files)
        seen, edited = changes(audit, now)
        if seen or edited:
            found.append(Due(day, bool(seen), (*seen, *edited)))
    return tuple(found)


def _again(warehouse: Warehouse, day: date, then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Due:
    """Why a day that is being decided may come out otherwise than the time before."""
    if then is None:
        return Due(day, new_captures=True, anew=(CUT_SHORT,) if warehouse.history(day) else ())
    seen, edited = changes(then, now)
    if (old := then.get("program_version")) != now["program_version"]:
        edited.append(f"the program changed from version {old} to {now['program_version']}")
    return Due(day, bool(seen), (*seen, *edited))


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[list[str], list[str]]:
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


def undecided_days(district: District, first: date, last: date) -> tuple[date, ...]:
    """The days from `first` to `last` of which something was captured and that no audit has decided."""
    warehouse = Warehouse.open(district.warehouse)
    decided = set(warehouse.audited_days())
    return tuple(day for day in warehouse.days() if first <= day <= last and day not in decided)


def _provenance(
    day: date, made: Mapping[str, Any], marks: Sequence[CaptureMark], decision: Decision
) -> dict[str, Any]:
    """What the day's findings were made from, under the digest that each of them bears. It holds no time: the same
    inputs give the same file."""
    return {
        "day": day.isoformat(),
        "inputs": digest(made),
        **made,
        "captures": {mark.sha256: mark.path for mark in marks},
        "coverage": dict(decision.coverage),
        "findings": decision.findings.num_rows,
    }
