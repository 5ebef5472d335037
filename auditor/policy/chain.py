"""The links of a finding's chain, one function a link, in the order in which a superintendent would ask."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from auditor.district.rows import ExceptionRow
from auditor.district.validity import exception_fault
from auditor.policy import clock
from auditor.policy.explain import Explanation, Known, Node, Row
from auditor.policy.seen import confidence, device, hosts, provenance
from auditor.policy.tables import exception_scope
from auditor.policy.wording import (
    CLAUSE,
    DISPOSITIONS,
    EXCEPTION_CLAUSE,
    PRONG_WORDS,
    WEEKDAYS,
    clock_text,
    count_of,
    lines_of,
    span,
)


def explain(known: Known) -> Explanation:
    """The whole chain of a finding."""
    links = (_summary, _clause, _minutes, _person, _work_time, device, _exceptions, _tools, hosts)
    chain = [link(known) for link in (*links, confidence, provenance)]
    return Explanation(known.finding, tuple(node for node in chain if node is not None))


def _summary(known: Known) -> Node:
    row = known.finding
    who = row["person"] or "nobody in particular"
    text = (
        f"{row['finding_id']}: {who} on {row['device_id']}, {row['platform']} ({row['category']}), "
        f"{row['started_at']} to {row['ended_at']}: {DISPOSITIONS[row['disposition']]}"
    )
    return Node(text, name="finding")


def _clause(known: Known) -> Node:
    row, enforce = known.finding, known.audit.get("enforce", [])
    reading = ", ".join(PRONG_WORDS[prong] for prong in PRONG_WORDS if prong in enforce) or "nothing"
    parts = [Node(f"the reading in force enforces: {reading}", "auditor.toml [policy] enforce")]
    for prong in row["prongs"].split():
        count = sum(bool(minute[prong]) for minute in known.minutes)
        parts.append(Node(f"{prong}: {count} of {count_of(row['minutes'], 'minute')} {PRONG_WORDS[prong]}"))
    return Node(CLAUSE, parts=tuple(parts), name="clause")


def _minutes(known: Known) -> Node:
    row = known.finding
    text = (
        f"{count_of(row['minutes'], 'active minute')} within {row['span_minutes']}: "
        f"{row['prohibited_minutes']} fall under the clause, {row['excepted_minutes']} of them excused, "
        f"{row['unapproved_minutes']} not"
    )
    return Node(text, parts=tuple(_runs(known)), name="minutes")


def _runs(known: Known) -> Iterator[Node]:
    """Neighbouring minutes of one judgement as one line each."""
    judged = ("work_time", "equipment", "wifi", "prohibited", "excused", "approved", "exception_id")
    lines = ("schedule_line", "calendar_file", "calendar_line", "device_line", "staff_line")
    numbered = enumerate(known.minutes)
    same = groupby(
        numbered, lambda one: (one[1]["minute"] - one[0], *(one[1][name] for name in (*judged, *lines)))
    )
    for _, run in same:
        rows = [row for _, row in run]
        first = rows[0]
        prongs = " ".join(prong for prong in PRONG_WORDS if first[prong])
        octets = sum(row["bytes_up"] + row["bytes_down"] for row in rows)
        yield Node(f"{span(known.district, rows)}: {prongs}; {_verdict(first)}; {octets:,} bytes")


def _verdict(row: Row) -> str:
    if row["excused"]:
        return f"excused by {row['exception_id']}"
    if row["prohibited"]:
        return "nothing excuses it"
    if row["approved"]:
        return "approved tool"
    return "not an employee's" if not row["person"] else "no enforced part applies"


def _person(known: Known) -> Node:
    row = known.finding
    if not row["person"]:
        return Node("nobody: the device is shared, unassigned, unknown or hides its address", name="person")
    line = lines_of(known, "staff.csv", "staff_line")
    return Node(f"{row['person']}, {row['role']}, employee on {row['day']}", line, name="person")


def _work_time(known: Known) -> Node | None:
    if not known.finding["person"]:
        return None
    schedules = {row.line: row for row in known.district.schedules}
    parts = []
    held = {(m["schedule_line"], m["calendar_file"], m["calendar_line"]) for m in known.minutes}
    for line, file, calendar_line in sorted(held):
        schedule = schedules.get(line)
        if line and schedule:
            hours = f"{clock_text(schedule.start_minute)} to {clock_text(schedule.end_minute)}"
            text = f"on duty {WEEKDAYS[schedule.weekday]} {hours}, schedule {schedule.schedule}"
            used = () if not calendar_line else (Node("as the calendar says", f"{file}:{calendar_line}"),)
            parts.append(Node(text, f"schedules.csv:{line}", used))
    staff = known.district.staff_on(known.employee_id, known.day)
    row = clock.work_row(known.district, known.day, staff) if staff else None
    if row and row.kind == "no_work":
        parts.append(Node(f"no work: {row.note or 'no note'} ({row.site})", row.where))
    return Node(
        f"{count_of(known.finding['work_minutes'], 'minute')} in the employee's work time",
        parts=tuple(parts),
        name="work_time",
    )


def _exceptions(known: Known) -> Node | None:
    if not known.employee_id:
        return None
    own = [row for row in known.district.exceptions if row.employee_id == known.employee_id]
    parts = tuple(
        Node(f"{row.exception_id} ({row.platform}): {_considered(known, row)}", f"exceptions.csv:{row.line}")
        for row in own
    )
    text = EXCEPTION_CLAUSE if own else f"{EXCEPTION_CLAUSE}; the employee has no exception"
    return Node(text, parts=parts, name="exceptions")


def _considered(known: Known, row: ExceptionRow) -> str:
    """What came of an exception, in words."""
    excused = sum(row.exception_id in minute["exception_id"].split() for minute in known.minutes)
    fault = exception_fault(row, known.district)
    scope, platform, category = exception_scope(row.platform)
    windows = clock.exception_windows(known.district, known.day)
    inside = [
        minute["minute"]
        for minute in known.minutes
        for window in windows
        if window.line == row.line and window.start_minute <= minute["minute"] < window.end_minute
    ]
    if excused:
        return f"excuses {excused} of {count_of(known.finding['prohibited_minutes'], 'minute')}"
    if fault:
        return f"excuses nothing: {fault}"
    if (scope == "platform" and platform != known.finding["platform"]) or (
        scope == "category" and category != known.finding["category"]
    ):
        return "is for another platform"
    if row.device_id not in ("", known.finding["device_id"]):
        return f"is for another device, {row.device_id}"
    if not inside:
        return "does not cover these minutes"
    if row.approved_minute is not None and row.approved_minute > max(inside):
        return "was approved only after the use"
    return "is valid; no minute that it covers needs it"


def _tools(known: Known) -> Node | None:
    if not any(minute["approved"] for minute in known.minutes):
        return None
    count = sum(bool(minute["approved"]) for minute in known.minutes)
    hosts = known.finding["hosts"].split()
    parts = tuple(
        Node(f"{tool.platform}, basis {tool.basis}", f"approved_tools.csv:{tool.line}")
        for tool in known.district.approved_tools
        if tool.valid_from <= known.day
        and (tool.valid_to is None or known.day <= tool.valid_to)
        and (
            tool.platform == known.finding["platform"]
            or any(f".{host}".endswith(f".{tool.platform}") for host in hosts)
        )
    )
    return Node(
        f"{count_of(count, 'minute')} on approved tools (III.B, IV.C)", parts=parts, name="approved_tools"
    )
