"""What a made-up world holds of all that the policy has to decide: a test sees that nothing is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import policy_slow as slow
from policy_given import KEY
from slow_clock import local_day, wall
from slow_rules import is_in_its_time, is_valid
from world_district import FAULTS, change_of_clocks, day_bounds
from worlds import World

Row = dict[str, Any]

ENFORCED = ("", "work_time", "equipment", "wifi", "work_time equipment", "work_time wifi", "equipment wifi")
ROLES = ("teacher", "custodian")
DISPOSITIONS = ("unapproved", "excepted", "approved_tool", "permitted", "unattributed")
KINDS = (
    *(f"enforced: {prongs or 'nothing'}" for prongs in (*ENFORCED, "work_time equipment wifi")),
    *DISPOSITIONS,
    "minutes in two hours that bear one name",
    "minutes beside an hour that never was",
    "clocks changed by half an hour",
    "clocks changed at midnight",
    "a session that the bell cuts",
    "a session up to midnight that goes on",
    "a session that goes on from before midnight",
    "work time by a shift of the day before",
    "work time by the calendar",
    "work time that the calendar took",
    "work time by a schedule that changes in the year",
    "the calendar for a role",
    "school hours that are not known",
    "school hours outside of work time",
    "work time outside of school hours",
    "school hours decide",
    "school hours that the calendar took",
    "a session before and after an exception's end",
    "a session in which the exception was approved",
    "a minute with two exceptions",
    "a minute excused for a category",
    "a minute excused for any platform",
    "a minute excused on one device only",
    "a minute excused past midnight",
    "an exception in its time that is not valid",
    "an exception by who was the supervisor then and is no more",
    "an exception by who became the supervisor only later",
    "an exception that approves itself",
    "an exception in its time, approved only later",
    *(f"an exception with a fault: {fault}" for fault in FAULTS),
    "a device with two addresses in use",
    "two owners of one device in a day",
    "a session of a shared device",
    "a session of an unknown device",
    "a session of a randomised address",
    "use of students or guests",
    "use of somebody who is not staff that day",
    "a minute known by lease",
    "an address in dispute",
    "a minute named by log-on",
    "a minute for which two are named",
    "a device that speaks for many addresses",
    "an approved tool for a part of a session",
    "confidence low",
    "confidence medium",
)


def census(world: World, findings: list[Row], minutes: list[Row]) -> set[str]:
    """Which of KINDS a world holds. `findings` and `minutes` are the second opinion's."""
    found = {row["disposition"] for row in findings} | {f"confidence {row['confidence']}" for row in findings}
    enforce = world.district.settings.policy.enforce
    found.add(f"enforced: {' '.join(enforce) or 'nothing'}")
    found.update(_of_the_clock(world, minutes))
    found.update(_of_work_time(world, findings, minutes))
    found.update(_of_exceptions(world, findings, minutes))
    found.update(_of_devices(world, findings, minutes))
    return found & set(KINDS)


def _of_the_clock(world: World, minutes: list[Row]) -> Iterator[str]:
    zone = world.district.timezone
    start, end = day_bounds(zone, world.day)
    change = change_of_clocks(zone, world.day)
    used = {row["minute"] for row in minutes}
    if start in used and any(row["minute"] == start - 1 for row in world.activity):
        yield "a session that goes on from before midnight"
    if end - 1 in used and any(row["minute"] == end for row in world.activity):
        yield "a session up to midnight that goes on"
    if change is None:
        return
    step = (wall(change, zone) - wall(change - 1, zone)).total_seconds() // 60 - 1
    if step < 0 and any(change + step <= minute < change - step for minute in used):
        yield "minutes in two hours that bear one name"
    if step > 0 and used & {change - 1, change}:
        yield "minutes beside an hour that never was"
    if abs(step) == 30 and used:
        yield "clocks changed by half an hour"
    before, after = wall(change - 1, zone) + timedelta(minutes=1), wall(change, zone)
    if used and time() in (before.time(), after.time()):
        yield "clocks changed at midnight"


def _of_work_time(world: World, findings: list[Row], minutes: list[Row]) -> Iterator[str]:
    if any(0 < row["work_minutes"] < row["minutes"] for row in findings):
        yield "a session that the bell cuts"
    lines = {row.line: row for row in world.district.schedules}
    on_duty = [row for row in minutes if row["work_time"]]
    if any(lines[row["schedule_line"]].weekday != world.day.weekday() for row in on_duty):
        yield "work time by a shift of the day before"
    if any(row["calendar_line"] for row in on_duty):
        yield "work time by the calendar"
    if any(lines[row["schedule_line"]].valid_from or lines[row["schedule_line"]].valid_to for row in on_duty):
        yield "work time by a schedule that changes in the year"
    roles = {(row.file, row.line) for row in world.district.calendar if row.applies_to in ROLES}
    if any((row["calendar_file"], row["calendar_line"]) in roles for row in on_duty):
        yield "the calendar for a role"
    for row in minutes:
        if row["school_hours"] is None:
            yield "school hours that are not known"
        elif row["school_hours"] and row["person"] and not row["work_time"]:
            yield "school hours outside of work time"
        elif row["work_time"] and not row["school_hours"]:
            yield "work time outside of school hours"
        if row["school_hours"] and row["prohibited"] and row["counts"][0] == "work_time":
            by_school = world.district.settings.policy.time_prong == "school_hours"
            yield "school hours decide" if by_school else ""
        if row["school_hours"] is False and any(day.kind == "no_school" for day in world.district.calendar):
            yield "school hours that the calendar took"
    if any(row.kind == "no_work" and row.day == world.day for row in world.district.calendar) and any(
        row["person"] and not row["work_time"] for row in minutes
    ):
        yield "work time that the calendar took"


def _of_exceptions(world: World, findings: list[Row], minutes: list[Row]) -> Iterator[str]:
    district = world.district
    if any(0 < row["excepted_minutes"] < row["prohibited_minutes"] for row in findings):
        yield "a session before and after an exception's end"
    if any(" " in row["exception_id"] for row in minutes):
        yield "a minute with two exceptions"
    rows = {row.exception_id: row for row in district.exceptions}
    for exception in district.exceptions:
        for fault, change in FAULTS.items():
            if all(getattr(exception, name) == value for name, value in change.items()):
                yield f"an exception with a fault: {fault}"
        if exception.approved_by == exception.employee_id:
            yield "an exception that approves itself"
        yield from _of_supervisors(world, exception)
        for row in minutes:
            if row["employee_id"] != exception.employee_id or not row["prohibited"]:
                continue
            in_time = is_in_its_time(exception, row["minute"], district.timezone)
            if in_time and not is_valid(exception, district):
                yield "an exception in its time that is not valid"
            if in_time and (exception.approved_minute or 0) > row["minute"]:
                yield "an exception in its time, approved only later"
    for row in minutes:
        for exception in (rows[name] for name in row["exception_id"].split()):
            if exception.platform == "*":
                yield "a minute excused for any platform"
            if exception.platform.startswith("category:"):
                yield "a minute excused for a category"
            if exception.device_id:
                yield "a minute excused on one device only"
            if exception.weekdays and world.day.weekday() not in exception.weekdays:
                yield "a minute excused past midnight"
            session = [other for other in minutes if other["finding_id"] == row["finding_id"]]
            if any(other["minute"] < exception.approved_minute for other in session):
                yield "a session in which the exception was approved"


def _of_supervisors(world: World, exception: Any) -> Iterator[str]:
    if exception.approved_minute is None or exception.approved_by == exception.employee_id:
        return
    staff = [row for row in world.district.staff if row.employee_id == exception.employee_id]
    approved = local_day(exception.approved_minute, world.district.timezone)
    then = [row.supervisor_id for row in staff if row.covers(approved)]
    now = [row.supervisor_id for row in staff if row.covers(world.day)]
    if then and now and then != now:
        if exception.approved_by == then[0]:
            yield "an exception by who was the supervisor then and is no more"
        if exception.approved_by == now[0]:
            yield "an exception by who became the supervisor only later"


def _of_devices(world: World, findings: list[Row], minutes: list[Row]) -> Iterator[str]:
    for row in findings:
        if row["disposition"] == "unattributed" and row["ownership"] == "unknown":
            yield "a session of an unknown device"
        elif row["disposition"] == "unattributed":
            yield "a session of a shared device"
    if len({(row["device_id"], row["person"]) for row in findings}) > len(
        {row["device_id"] for row in findings}
    ):
        yield "two owners of one device in a day"
    for row in minutes:
        if len({one["client_key"] for one in row["rows"]}) > 1:
            yield "a device with two addresses in use"
        if row["by_lease"]:
            yield "a minute known by lease"
        if any(one["randomised"] for one in row["rows"]):
            yield "a session of a randomised address"
        if row["approved"] and not row["approved_session"]:
            yield "an approved tool for a part of a session"
    day = slow.Day(world.district, world.day, world.activity, world.leases, KEY)
    for row in day.activity:
        whose = day.whose(row)
        if whose["standing"] in ("student", "guest"):
            yield "use of students or guests"
        if whose["standing"] == "not_staff":
            yield "use of somebody who is not staff that day"
        if whose["doubt"] == "disputed":
            yield "an address in dispute"
        if whose["by_logon"] and whose["standing"] == "employee":
            yield "a minute named by log-on"
        if whose.get("unattributed_reason") == "two_named":
            yield "a minute for which two are named"
    if any(day.identity.speaks_for_others(lease) for lease in world.leases):
        yield "a device that speaks for many addresses"
