"""Gathers what a report is made of: from the warehouse, the district folder and the catalogue."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from auditor import __version__
from auditor.district import PRONGS, District, check_district
from auditor.errors import BadInput, Problem
from auditor.identify.catalogue import load_catalogue
from auditor.jobs.audit import Due, undecided_days
from auditor.jobs.gaps import find_gaps
from auditor.jobs.history import decided_anew, reading_of
from auditor.jobs.inputs import check_range, key_of
from auditor.jobs.register import exception_register
from auditor.jobs.unattributed import clocks, nobodys
from auditor.policy import clock
from auditor.policy.findings import STORED_FINDINGS
from auditor.policy.hiding import ids_hidden
from auditor.policy.views import view_comments
from auditor.report.inputs import ReportInputs
from auditor.warehouse import CaptureMark, Warehouse

Row = dict[str, Any]


def gather(
    district: District, first: date, last: date, only: tuple[str, ...] = (), anew: tuple[Due, ...] = ()
) -> ReportInputs:
    """The inputs of a report on the days from `first` to `last`; `only` these captures (SHA-256) are listed, and
    the days that were just decided `anew`.

    Raises BadInput where a captured day has not been decided.
    """
    check_range(first, last)
    if undecided := undecided_days(district, first, last):
        hint = f"run `auditor audit --from {undecided[0]} --to {undecided[-1]}` first"
        what = f"{len(undecided)} captured day(s) have not been decided, the first is {undecided[0]}"
        raise BadInput(Problem(str(district.warehouse), what, hint))
    warehouse = Warehouse.open(district.warehouse)
    key = key_of(district, warehouse)
    hidden = ids_hidden(district, key)
    catalogue = load_catalogue()
    settings = district.settings
    findings = warehouse.findings(first, last, STORED_FINDINGS)
    audits = warehouse.audits(first, last)
    marks = _marks(warehouse, district, first, last, only)
    platforms = frozenset(catalogue.platforms)
    categories = frozenset(platform.category for platform in catalogue.platforms.values())
    return ReportInputs(
        district_name=settings.district.name,
        first_day=first,
        last_day=last,
        enforce=tuple(prong for prong in PRONGS if prong in settings.policy.enforce),
        time_prong=settings.policy.time_prong,
        other_readings=_other_readings(audits, " ".join(settings.policy.reading)),
        school_hours_unknown=_school_hours_unknown(district),
        minimum_cell=settings.privacy.minimum_cell,
        findings=findings,
        coverage=warehouse.coverage(first, last),
        captures=[asdict(mark) for mark in marks],
        nobodys=nobodys(warehouse, first, last),
        clocks=clocks(district, warehouse, first, last),
        gaps=_gaps(district, warehouse, first, last),
        exceptions=exception_register(district, warehouse, key, first, last),
        problems=[
            replace(problem, what=hidden(problem.what), hint=hidden(problem.hint))
            for problem in (*district.warnings, *check_district(district, platforms, categories))
        ],
        decided_anew=decided_anew(district, warehouse, [*audits, *(due.day for due in anew)]),
        ledger=dict(sum((Counter(mark.ledger) for mark in marks), Counter[str]())),
        provenance={
            "program_version": __version__,
            "catalogue_version": catalogue.version,
            "audits": json.loads(json.dumps(list(audits.values()), default=str)),
        },
        generated_at=datetime.now(UTC).astimezone(ZoneInfo(district.timezone)).isoformat(timespec="seconds"),
        view_comments=view_comments(),
        reference_platforms=frozenset(name for name, one in catalogue.platforms.items() if one.reference),
        platform_names={name: one.name for name, one in catalogue.platforms.items()},
        staff_count=len(
            {
                row.employee_id
                for row in district.staff
                if _overlaps(row.valid_from, row.valid_to, first, last)
            }
        ),
        device_count=len({row.device_id for row in district.devices}),
    )


def _other_readings(audits: Mapping[date, Mapping[str, Any]], in_force: str) -> list[Row]:
    """The days that were decided under another reading of IV.B than the one in force."""
    days: defaultdict[str, list[str]] = defaultdict(list)
    for day, audit in audits.items():
        days[reading_of(audit)].append(day.isoformat())
    return [{"enforced": reading, "days": days[reading]} for reading in sorted(days) if reading != in_force]


def _school_hours_unknown(district: District) -> tuple[str, ...]:
    """The sites at which something is captured and of which nobody has told the school hours."""
    known = {site.name for site in district.settings.sites}
    return tuple(sorted({sensor.site for sensor in district.settings.sensors} - known))


def _gaps(district: District, warehouse: Warehouse, first: date, last: date) -> list[Row]:
    """Times of which a sensor has nothing, and whether anybody worked then."""
    zone = district.timezone
    start, end = clock.day_bounds(first, zone)[0], clock.day_bounds(last, zone)[1]
    gaps = find_gaps(warehouse.captures(), start, min(end, int(datetime.now(UTC).timestamp()) // 60))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)] if gaps else []
    shifts = {(one.start_minute, one.end_minute) for day in days for one in clock.duty(district, day)}
    return [
        {
            "sensor": gap.sensor,
            "started_at": clock.local_iso(gap.start_minute, zone),
            "ended_at": clock.local_iso(gap.end_minute, zone),
            "minutes": gap.end_minute - gap.start_minute,
            "inside": gap.inside,
            "in_work_time": any(begin < gap.end_minute and over > gap.start_minute for begin, over in shifts),
        }
        for gap in gaps
    ]


def _marks(
    warehouse: Warehouse, district: District, first: date, last: date, only: tuple[str, ...]
) -> list[CaptureMark]:
    """The captures that saw anything in the period, or just those asked for, by time."""
    if only:
        return [mark for mark in warehouse.captures() if mark.sha256 in only]
    start, end = clock.day_bounds(first, district.timezone)[0], clock.day_bounds(last, district.timezone)[1]
    minute_ns = 60_000_000_000
    return [
        mark
        for mark in warehouse.captures()
        if mark.first_ns < end * minute_ns and mark.last_ns >= start * minute_ns
    ]


def _overlaps(start: date | None, end: date | None, first: date, last: date) -> bool:
    return (start is None or start <= last) and (end is None or first <= end)
