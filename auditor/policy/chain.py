"""The links of a finding's chain, one function a link, in the order in which a superintendent would ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from auditor.district.rows import ExceptionRow
from auditor.policy import considered
from auditor.policy.cited import cite, exception_words
from auditor.policy.explain import Explanation, Known, Node
from auditor.policy.minutely import accounts, as_text, duty_rows, school_rows, tools
from auditor.policy.seen import confidence, device, hosts, provenance
from auditor.policy.wording import (
    CLAUSE,
    DISPOSITIONS,
    EXCEPTION_CLAUSE,
    NOBODYS,
    PRONG_WORDS,
    count_of,
    lines_of,
    prong_words,
    span,
    verdict,
)
from auditor.policy.worktime import school_time_of, work_time_of


def explain(known: Known) -> Explanation:
    """The whole chain of a finding."""
    links = (
        _summary,
        _clause,
        _minutes,
        _person,
        _work_time,
        _school_hours,
        device,
        _exceptions,
        _tools,
        hosts,
    )
    chain = [link(known) for link in (*links, confidence, provenance)]
    minutes = accounts(known)
    return Explanation(
        finding=known.finding,
        reading=reading(known),
        minutes=minutes,
        chain=tuple(node for node in chain if node is not None),
        each_minute=as_text(known, minutes),
        made_from=known.audit,
    )


def reading(known: Known) -> dict[str, Any]:
    """The reading of IV.B that was in force at the audit; null where an older version did not write it down."""
    names = ("enforce", "time_prong", "exception_max_days", "idle_minutes", "active_bytes", "timezone")
    return {name: known.audit.get(name) for name in names}


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
    reading = ", ".join(prong_words(known, prong) for prong in PRONG_WORDS if prong in enforce) or "nothing"
    parts = [Node(f"the reading in force enforces: {reading}", "auditor.toml [policy] enforce")]
    for prong in row["prongs"].split():
        count = sum(known.applies(minute, prong) for minute in known.minutes)
        text = f"{prong}: {count} of {count_of(row['minutes'], 'minute')} {prong_words(known, prong)}"
        parts.append(Node(text))
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
    judged = (
        "work_time",
        "school_hours",
        "equipment",
        "wifi",
        "prohibited",
        "excused",
        "approved",
        "exception_id",
    )
    lines = ("schedule_line", "calendar_file", "calendar_line", "school_line", "device_line", "staff_line")
    numbered = enumerate(known.minutes)
    same = groupby(
        numbered, lambda one: (one[1]["minute"] - one[0], *(one[1][name] for name in (*judged, *lines)))
    )
    for _, run in same:
        rows = [row for _, row in run]
        first = rows[0]
        prongs = " ".join(prong for prong in PRONG_WORDS if known.applies(first, prong))
        octets = sum(row["bytes_up"] + row["bytes_down"] for row in rows)
        yield Node(f"{span(known.district, rows)}: {prongs}; {verdict(first)}; {octets:,} bytes")


def _person(known: Known) -> Node:
    row = known.finding
    if not row["person"]:
        reasons = Counter(minute["unattributed_reason"] for minute in known.minutes)
        told = [
            f"{NOBODYS[reason]} ({count_of(count, 'minute')})"
            for reason, count in reasons.most_common()
            if reason in NOBODYS
        ]
        unknown = "the device is shared, unassigned, unknown or hides its address"
        return Node(f"nobody: {'; '.join(told) or unknown}", name="person")
    rows = tuple(cite(known, "staff.csv", line).node() for line in lines_of(known, "staff_line"))
    return Node(f"{row['person']}, {row['role']}, employee on {row['day']}", parts=rows, name="person")


def _work_time(known: Known) -> Node | None:
    if not known.finding["person"]:
        return None
    rows = dict.fromkeys(row for minute in known.minutes for row in duty_rows(known, minute))
    parts = [row.node() for row in rows]
    if not all(minute["work_time"] for minute in known.minutes):
        text, cited = work_time_of(known)
        parts += [Node(text, parts=tuple(row.node() for row in cited if row not in rows))] if text else []
    count = count_of(known.finding["work_minutes"], "minute")
    return Node(f"{count} in the employee's work time", parts=tuple(parts), name="work_time")


def _school_hours(known: Known) -> Node | None:
    count = known.finding.get("school_minutes")
    if count is None:
        return None
    rows = dict.fromkeys(row for minute in known.minutes for row in school_rows(known, minute))
    parts = [row.node() for row in rows]
    if not all(minute["school_hours"] for minute in known.minutes):
        text, cited = school_time_of(known)
        parts += [Node(text, parts=tuple(row.node() for row in cited if row not in rows))] if text else []
    text = f"{count_of(count, 'minute')} in school hours of {known.finding['site']}"
    return Node(text, parts=tuple(parts), name="school_hours")


def _exceptions(known: Known) -> Node | None:
    if not known.employee_id:
        return None
    if not known.is_unchanged(*considered.FILES):
        return _exceptions_then(known)
    held = considered.Considered(known.district, known.employee_id, known.day)
    parts = tuple(
        Node(
            f"{row.exception_id}: {known.hide(_considered(known, held, row))}",
            parts=(Node(exception_words(row, known.district, known.hide), f"exceptions.csv:{row.line}"),),
        )
        for row in held.rows
    )
    text = EXCEPTION_CLAUSE if parts else f"{EXCEPTION_CLAUSE}; the employee has no exception"
    return Node(text, parts=parts, name="exceptions")


def _exceptions_then(known: Known) -> Node:
    """What the audit said of exceptions, where the lists are no longer those that it read."""
    excused = Counter(name for minute in known.minutes for name in minute["exception_id"].split())
    parts = [
        Node(f"{name}: excused {count_of(count, 'minute')} at the audit") for name, count in excused.items()
    ]
    names = ", ".join(name for name in considered.FILES if name in known.changed)
    parts.append(
        Node(f"{names} changed since the audit: what other exceptions meant then is not known any more")
    )
    return Node(EXCEPTION_CLAUSE, parts=tuple(parts), name="exceptions")


def _considered(known: Known, held: considered.Considered, row: ExceptionRow) -> str:
    """What came of an exception, in words."""
    excused = sum(row.exception_id in minute["exception_id"].split() for minute in known.minutes)
    if excused:
        return f"excuses {excused} of {count_of(known.finding['prohibited_minutes'], 'minute')}"
    category = known.finding["category"]
    reasons = [held.why_not(row, {**minute, "category": category}) for minute in known.minutes]
    return "; ".join(dict.fromkeys(reasons))


def _tools(known: Known) -> Node | None:
    approved = [minute for minute in known.minutes if minute["approved"]]
    if not approved:
        return None
    parts = tuple(row.node() for row in tools(known, approved))
    text = f"{count_of(len(approved), 'minute')} on approved tools (III.B, IV.C)"
    return Node(text, parts=parts, name="approved_tools")
