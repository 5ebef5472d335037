"""The links of a finding's chain, one function a link, in the order in which a superintendent would ask."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from auditor.district.rows import District, ExceptionRow
from auditor.district.validity import exception_fault
from auditor.policy import clock
from auditor.policy.explain import Explanation, Known, Node, Row
from auditor.policy.tables import exception_scope

CLAUSE = (
    'IV.B: "the use of these media for personal use during school work time and/or on School District '
    'equipment (including the District\'s "wi fi" network) is prohibited"'
)
EXCEPTION_CLAUSE = (
    'IV.B: "only permitted on a case by case basis, when used for a work related purpose and approved by the '
    "employee's supervisor\""
)
PRONG_WORDS = {
    "work_time": "during school work time",
    "equipment": "on School District equipment",
    "wifi": "on the District's wi-fi network",
}
_DISPOSITIONS = {
    "unapproved": "use without a matching approval",
    "excepted": "use that a supervisor had approved",
    "approved_tool": "use of an approved tool",
    "permitted": "use to which no enforced part of the clause applies",
    "unattributed": "use that can't be laid to a person",
}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def explain(known: Known) -> Explanation:
    """The whole chain of a finding."""
    links = (_summary, _clause, _minutes, _person, _work_time, _device, _exceptions, _tools, _hosts)
    chain = [link(known) for link in (*links, _confidence, _provenance)]
    return Explanation(known.finding, tuple(node for node in chain if node is not None))


def _summary(known: Known) -> Node:
    row = known.finding
    who = row["person"] or "nobody in particular"
    text = (
        f"{row['finding_id']}: {who} on {row['device_id']}, {row['platform']} ({row['category']}), "
        f"{row['started_at']} to {row['ended_at']}: {_DISPOSITIONS[row['disposition']]}"
    )
    return Node(text, name="finding")


def _clause(known: Known) -> Node:
    row, enforce = known.finding, known.audit.get("enforce", [])
    reading = ", ".join(PRONG_WORDS[prong] for prong in PRONG_WORDS if prong in enforce) or "nothing"
    parts = [Node(f"the reading in force enforces: {reading}", "auditor.toml [policy] enforce")]
    for prong in row["prongs"].split():
        count = sum(bool(minute[prong]) for minute in known.minutes)
        parts.append(Node(f"{prong}: {count} of {row['minutes']} minutes {PRONG_WORDS[prong]}"))
    return Node(CLAUSE, parts=tuple(parts), name="clause")


def _minutes(known: Known) -> Node:
    row = known.finding
    text = (
        f"{row['minutes']} active minutes within {row['span_minutes']}: {row['prohibited_minutes']} "
        f"fall under the clause, {row['excepted_minutes']} of them excused, {row['unapproved_minutes']} not"
    )
    return Node(text, parts=tuple(_runs(known)), name="minutes")


def _runs(known: Known) -> Iterator[Node]:
    """Neighbouring minutes of one judgement as one line each."""
    judged = ("work_time", "equipment", "wifi", "prohibited", "excused", "approved", "exception_id")
    lines = ("schedule_line", "calendar_line", "device_line", "staff_line")
    numbered = enumerate(known.minutes)
    same = groupby(
        numbered, lambda one: (one[1]["minute"] - one[0], *(one[1][name] for name in (*judged, *lines)))
    )
    for _, run in same:
        rows = [row for _, row in run]
        first = rows[0]
        prongs = " ".join(prong for prong in PRONG_WORDS if first[prong])
        octets = sum(row["bytes_up"] + row["bytes_down"] for row in rows)
        yield Node(f"{_span(known.district, rows)}: {prongs}; {_verdict(first)}; {octets:,} bytes")


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
    line = known.minutes[0]["staff_line"]
    return Node(
        f"{row['person']}, {row['role']}, employee on {row['day']}", f"staff.csv:{line}", name="person"
    )


def _work_time(known: Known) -> Node | None:
    if not known.finding["person"]:
        return None
    schedules = {row.line: row for row in known.district.schedules}
    parts = []
    for line, calendar_line in sorted({(m["schedule_line"], m["calendar_line"]) for m in known.minutes}):
        schedule = schedules.get(line)
        if line and schedule:
            hours = f"{_clock(schedule.start_minute)} to {_clock(schedule.end_minute)}"
            text = f"on duty {_WEEKDAYS[schedule.weekday]} {hours}, schedule {schedule.schedule}"
            used = (
                () if not calendar_line else (Node("as the calendar says", f"calendar.csv:{calendar_line}"),)
            )
            parts.append(Node(text, f"schedules.csv:{line}", used))
    parts += [
        Node(f"no work: {row.note or 'no note'} ({row.site})", f"{row.file}:{row.line}")
        for row in known.district.calendar
        if row.day == known.day and row.kind == "no_work"
    ]
    return Node(
        f"{known.finding['work_minutes']} minutes in the employee's work time",
        parts=tuple(parts),
        name="work_time",
    )


def _device(known: Known) -> Node:
    row, line = known.finding, known.minutes[0]["device_line"]
    parts = []
    for source, frame in sorted(
        {(e["lease_source"], e["lease_frame"]) for e in known.evidence if e["by_lease"]}
    ):
        parts.append(Node("known by the lease of its address", _frame(known, source, frame)))
    if any(not e["by_lease"] for e in known.evidence):
        seen = "its address on the wire was seen" if line else "an address that is in no list was seen"
        parts.append(Node(seen))
    if not line:
        return Node(f"{row['device_id']}: not in devices.csv", parts=tuple(parts), name="device")
    owner = "assigned to the employee" if row["person"] else "assigned to nobody in particular"
    text = f"{row['device_id']}: {row['ownership']} equipment, {owner}"
    return Node(text, f"devices.csv:{line}", tuple(parts), "device")


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
        return f"excuses {excused} of {known.finding['prohibited_minutes']} minutes"
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
    return Node(f"{count} minutes on approved tools (III.B, IV.C)", parts=parts, name="approved_tools")


def _hosts(known: Known) -> Node:
    if not known.evidence:
        hosts = known.finding["hosts"]
        return Node(f"{hosts}: the day's activity is no longer in the warehouse", name="hosts")
    parts = []
    for host, group in groupby(sorted(known.evidence, key=lambda e: e["host"]), lambda e: e["host"]):
        rows = list(group)
        match = known.match(host)
        rule = (
            f"{match.platform}, {match.evidence}, by the rule {match.rule}"
            if match
            else "in no rule any more"
        )
        sightings = tuple(
            Node(
                f"named by {row['name_source']}, first at {_time(known.district, row['first_minute'])}, "
                f"{row['bytes_up'] + row['bytes_down']:,} bytes in {row['minutes']} minutes",
                _frame(known, row["capture"], row["frame"]),
            )
            for row in sorted(rows, key=lambda e: (e["first_minute"], e["capture"], e["frame"]))
        )
        parts.append(Node(f"{host}: {rule}", parts=sightings))
    return Node("what the sensors saw", parts=tuple(parts), name="hosts")


def _confidence(known: Known) -> Node:
    visits = [row for row in known.evidence if row["evidence"] == "visit"]
    doubts = []
    if visits and all(row["name_source"] == "dns" for row in visits):
        doubts.append(Node("no visit was named on the wire, only by an answer of the name service"))
    if any(row["by_lease"] for row in known.evidence):
        doubts.append(Node("the device is known by a lease, not by an address seen on the wire"))
    if visits and known.finding["minutes"] == 1 and sum(row["flows"] for row in known.evidence) == 1:
        doubts.append(Node("one single connection: it may be a part of another site's page"))
    text = f"confidence {known.finding['confidence']}; network metadata can't show intent"
    return Node(text, parts=tuple(doubts), name="confidence")


def _provenance(known: Known) -> Node:
    audit = known.audit
    catalogues = ", ".join(audit.get("catalogue_versions", []))
    parts = [Node(f"program {audit.get('program_version', '?')}, catalogue {catalogues}")]
    parts += [Node(f"{name} sha256 {digest}") for name, digest in audit.get("files", {}).items()]
    used = {row["capture"] for row in known.evidence} | {e["lease_source"] for e in known.evidence}
    parts += [
        Node(f"{known.captures.get(sha256, 'a capture')} sha256 {sha256}") for sha256 in sorted(used - {""})
    ]
    if known.changed:
        names = ", ".join(known.changed)
        parts.append(Node(f"changed since the audit: {names}; line numbers are those of the audit"))
    return Node("made from", parts=tuple(parts), name="provenance")


def _frame(known: Known, sha256: str, frame: int) -> str:
    return f"{known.captures.get(sha256, sha256[:16])} frame {frame}"


def _span(district: District, rows: list[Row]) -> str:
    first, last = _time(district, rows[0]["minute"]), _time(district, rows[-1]["minute"] + 1)
    return f"{first} to {last} ({len(rows)})"


def _time(district: District, minute: int) -> str:
    return clock.local_iso(minute, district.timezone)[11:16]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
