"""`auditor explain --why-not`: the question read, the warehouse asked, the access log written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from difflib import get_close_matches
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from auditor import pseudonym
from auditor.district import District
from auditor.district.localtime import first_minute, local_day, utc_minute, wall
from auditor.errors import BadInput, Problem
from auditor.identify.catalogue import load_catalogue
from auditor.jobs.access import log_access
from auditor.jobs.audit import changes
from auditor.jobs.gaps import find_gaps
from auditor.jobs.inputs import district_files, inputs_of, key_of, told_on
from auditor.jobs.quality import runs_of
from auditor.policy import clock
from auditor.policy.decide import MINUTES
from auditor.policy.findings import STORED_FINDINGS, without_ids
from auditor.policy.reasons import Asked
from auditor.policy.whynot import Answer
from auditor.policy.whynot import why_not as answered
from auditor.warehouse import Warehouse


def why_not(district: District, employee_id: str, at: str, platform: str = "", reason: str = "") -> Answer:
    """Why a minute of an employee is no finding, or in which it is. `at` is local time, or has an offset.

    A line in the access log comes first. BadInput for an employee, a time or a platform that there isn't.
    """
    check_employee(district, employee_id)
    minute = asked_minute(at, district.timezone)
    _check_platform(platform)
    day = local_day(minute, district.timezone)
    warehouse = Warehouse.open(district.warehouse)
    key = key_of(district, warehouse)
    person = pseudonym.person(key, employee_id)
    leases, sources = told_on(district, warehouse, day)
    audited = warehouse.audits(day, day).get(day)
    marks = warehouse.captures_of(day)
    now = inputs_of(marks, sources, district_files(district))
    asked = Asked(
        district=district,
        key=key,
        hide=partial(without_ids, district=district, key=key),
        employee_id=employee_id,
        minute=minute,
        platform=platform,
        day=day,
        is_captured=bool(marks),
        is_decided=audited is not None,
        changed=[why for kind in changes(audited, now) for why in kind] if audited else [],
        sensors=list(_sensors(district, warehouse, minute)),
        unseen=list(_unseen(warehouse, day)),
        findings=_of_person(warehouse.findings(day, day, STORED_FINDINGS).to_pylist(), person),
        minutes=_of_person(warehouse.minutes(day, day, MINUTES).to_pylist(), person),
        activity=warehouse.activity(day, day),
        leases=leases,
    )
    answer = answered(asked)
    text = " ".join(reason.split())
    log_access(warehouse, "explain --why-not", text, day, day, len(answer.findings), person)
    return answer


def check_employee(district: District, employee_id: str) -> None:
    """Raises BadInput where nobody of that id is, or was, in staff.csv."""
    if employee_id not in district.staff_by_id:
        near = get_close_matches(employee_id, district.staff_by_id, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "give an employee_id of staff.csv"
        raise BadInput(Problem(employee_id or "EMPLOYEE", "is not in staff.csv", hint))


def asked_minute(text: str, zone: str) -> int:
    """The UTC epoch minute of `2026-11-16T08:05` or `2026-11-16T08:05-06:00`; BadInput where that is none, or a
    local time that comes twice or never."""
    hint = "local time such as 2026-11-16T08:05, or with an offset: 2026-11-16T08:05-06:00"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(Problem("--at", f"{text or 'nothing'} is not a time", hint)) from None
    if len(text) <= len("2026-11-16"):
        raise BadInput(Problem("--at", f"{text} has no time of day", hint))
    if moment.tzinfo:
        return utc_minute(moment)
    moment = moment.replace(second=0, microsecond=0)
    place = ZoneInfo(zone)
    minutes = sorted({utc_minute(moment.replace(tzinfo=place, fold=fold)) for fold in (0, 1)})
    real = [minute for minute in minutes if wall(minute, zone) == moment]
    if len(real) == 1:
        return real[0]
    if real:
        which = " or ".join(clock.local_iso(minute, zone) for minute in real)
        raise BadInput(Problem("--at", f"{text} comes twice, for clocks are set back", f"say which: {which}"))
    after = clock.local_iso(first_minute(moment, zone), zone)
    raise BadInput(Problem("--at", f"{text} never comes, for clocks are set forward", f"then it is {after}"))


def _check_platform(platform: str) -> None:
    known = load_catalogue().platforms
    if platform and platform not in known:
        near = get_close_matches(platform, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`auditor signatures list` has them all"
        raise BadInput(Problem("--platform", f"{platform} is not in the catalogue", hint))


def _of_person(rows: list[dict[str, Any]], person: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["person"] == person]


def _sensors(district: District, warehouse: Warehouse, minute: int) -> Iterator[dict[str, Any]]:
    """What each sensor has of the minute."""
    marks = warehouse.captures()
    zone = district.timezone
    gaps = {gap.sensor: gap for gap in find_gaps(marks, minute, minute + 1)}
    for sensor in district.settings.sensors:
        own = [mark for mark in marks if mark.sensor == sensor.name and mark.frames]
        spans = [
            mark
            for mark in own
            if mark.first_ns // 60_000_000_000 <= minute <= mark.last_ns // 60_000_000_000
        ]
        saw = any(
            not mark.seen_minutes or any(start <= minute < end for start, end in runs_of(mark.seen_minutes))
            for mark in spans
        )
        if saw:
            text = "has frames of it"
        elif sensor.name in gaps:
            gap = gaps[sensor.name]
            begin, end = clock.local_iso(gap.start_minute, zone), clock.local_iso(gap.end_minute, zone)
            text = f"a gap from {begin} to {end}: nothing was captured"
        elif spans:
            text = "captured, and has no frame of it, which is not unusual there"
        else:
            text = "has no capture of it"
        yield {
            "sensor": sensor.name,
            "site": sensor.site,
            "saw": saw,
            "text": f"{sensor.name} ({sensor.site}): {text}",
        }


def _unseen(warehouse: Warehouse, day: date) -> Iterator[str]:
    """What could not be known of the day whatever happened."""
    yield "use of other networks: mobile data, home"
    yield "traffic of hosts outside the catalogue: it is counted and not kept"
    table = warehouse.coverage(day, day)
    counted: dict[str, int] = {}
    for row in table.to_pylist():
        counted[row["measure"]] = counted.get(row["measure"], 0) + row["value"]
    dark = counted.get("bytes_unnamed", 0) + counted.get("bytes_tunnel", 0)
    if counted.get("bytes") and dark:
        share = 100 * dark / counted["bytes"]
        yield f"what was in {share:.1f} % of the day's traffic: it had no name, or ran through a tunnel"
