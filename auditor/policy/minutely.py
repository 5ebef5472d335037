"""Each minute of a session, prong by prong: what applies, what is enforced, why, and which rows and frames say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.policy import clock, considered
from auditor.policy.cited import Cited, cite, exception_words, tools_of
from auditor.policy.explain import Known, Node, Row
from auditor.policy.seen import frame_of, known_by
from auditor.policy.wording import PRONG_WORDS, verdict
from auditor.policy.worktime import Told, school_time_of, work_time_of

Account = dict[str, Any]


def accounts(known: Known) -> tuple[Account, ...]:
    """One account a minute, in the keys of docs/explain.md."""
    seen: defaultdict[int, list[Row]] = defaultdict(list)
    for row in known.evidence:
        seen[row["minute"]].append(row)
    hours = {"work_time": work_time_of(known), "school_hours": school_time_of(known)}
    exceptions = considered.Considered(known.district, known.employee_id, known.day)
    return tuple(
        {
            "minute": minute["minute"],
            "at": clock.local_iso(minute["minute"], known.district.timezone),
            "verdict": verdict(minute),
            **{name: bool(minute[name]) for name in ("prohibited", "excused", "approved")},
            "work_time": bool(minute["work_time"]),
            "school_hours": minute["school_hours"],
            "prongs": {name: prong(known, minute, name, hours) for name in PRONG_WORDS},
            "person": [cite(known, "staff.csv", minute["staff_line"]).to_dict()]
            if minute["staff_line"]
            else [],
            "exceptions": list(_exceptions(known, minute, exceptions)),
            "approved_tools": [row.to_dict() for row in tools(known, [minute])] if minute["approved"] else [],
            "hosts": [_sighting(known, row) for row in seen[minute["minute"]]],
            "bytes_up": minute["bytes_up"],
            "bytes_down": minute["bytes_down"],
        }
        for minute in known.minutes
    )


def prong(known: Known, minute: Row, name: str, hours: Mapping[str, Told]) -> Account:
    """One prong in one minute: `applies, enforced, counts, why, rows`."""
    applies, enforced = known.applies(minute, name), name in known.audit.get("enforce", [])
    if name == "work_time":
        why, rows = _time(known, minute, hours)
    elif name == "equipment":
        why, rows = _equipment(known, minute)
    else:
        why, rows = "captured by a sensor: all that is captured came over the District's wi-fi", ()
    return {
        "applies": applies,
        "enforced": enforced,
        "counts": applies and enforced,
        "why": why,
        "rows": [row.to_dict() for row in rows],
    }


def _time(known: Known, minute: Row, hours: Mapping[str, Told]) -> Told:
    of_day, rows = hours[known.time_prong]
    if known.time_prong == "school_hours":
        where = f"school hours of {known.finding['site']}"
        if minute["school_hours"]:
            return f"in {where}, which decide by the reading in force", tuple(school_rows(known, minute))
        if minute["school_hours"] is None:
            return "the site's school hours are not known, which is held against nobody", ()
    else:
        where = "the employee's work time"
        if not minute["person"]:
            return "the use is laid to nobody, so it is in nobody's work time", ()
        if minute["work_time"]:
            return f"in {where}", tuple(duty_rows(known, minute))
    return f"outside {where}; {of_day or 'as the lists were at the audit'}", rows


def school_rows(known: Known, minute: Row) -> Iterator[Cited]:
    """The row of the schedule that puts a minute into school hours."""
    if minute["school_line"]:
        yield cite(known, "schedules.csv", minute["school_line"])


def duty_rows(known: Known, minute: Row) -> Iterator[Cited]:
    """The rows of the schedule and the calendar that put a minute into work time."""
    if minute["schedule_line"]:
        yield cite(known, "schedules.csv", minute["schedule_line"])
    if minute["calendar_line"]:
        yield cite(known, minute["calendar_file"], minute["calendar_line"])


def _equipment(known: Known, minute: Row) -> Told:
    rows = (cite(known, "devices.csv", minute["device_line"]),) if minute["device_line"] else ()
    if not rows:
        return f"{minute['device_id']} is not in devices.csv: not known to be the School District's", ()
    return f"the device's ownership is {known.finding['ownership']}", rows


def _exceptions(known: Known, minute: Row, exceptions: considered.Considered) -> Iterator[Account]:
    excusing = minute["exception_id"].split()
    if not known.is_unchanged(*considered.FILES):
        for name in excusing:
            yield _exception(name, True, "excused it at the audit", Cited("exceptions.csv", 0, ""))
        return
    asked = {**minute, "category": known.finding["category"]}
    for row in exceptions.rows:
        excuses = row.exception_id in excusing
        why = "covers this minute and is valid" if excuses else exceptions.why_not(row, asked)
        cited = Cited("exceptions.csv", row.line, exception_words(row, known.district, known.hide))
        yield _exception(row.exception_id, excuses, known.hide(why), cited)


def _exception(exception_id: str, excuses: bool, why: str, cited: Cited) -> Account:
    return {"exception_id": exception_id, "excuses": excuses, "why": why, **cited.to_dict()}


def tools(known: Known, minutes: list[Row]) -> Iterator[Cited]:
    """The rows of approved_tools.csv that speak of the platform, or of a host of these minutes, on this day."""
    if not known.is_unchanged("approved_tools.csv"):
        yield Cited("approved_tools.csv", 0, "")
        return
    hosts = {host for minute in minutes for host in minute["hosts"].split()}
    yield from tools_of(known.district, known.day, known.finding["platform"], hosts, known.hide)


def _sighting(known: Known, row: Row) -> Account:
    match = known.match(row["host"])
    return {
        "host": row["host"],
        "evidence": row["evidence"],
        "rule": match.rule if match else None,
        "named_by": row["name_source"],
        "capture": known.captures.get(row["capture"]),
        "sha256": row["capture"],
        "frame": row["frame"],
        "bytes_up": row["bytes_up"],
        "bytes_down": row["bytes_down"],
        "connections": row["flows"],
        "device_known_by": known_by(row),
        "lease": _lease(known, row),
        "seen_through": row["seen_through"] or None,
    }


def _lease(known: Known, row: Row) -> Account | None:
    if row["known_by"] != "lease":
        return None
    source = row["lease_source"]
    return {
        "kind": row["lease_kind"],
        "file": known.captures.get(source) or known.logs.get(source),
        "sha256": source,
        "place": row["lease_frame"],
    }


def as_text(known: Known, told: tuple[Account, ...]) -> Node:
    """The accounts as a link of the chain."""
    return Node(
        "prong by prong", parts=tuple(_minute(known, account) for account in told), name="each_minute"
    )


def _minute(known: Known, account: Account) -> Node:
    parts = [*(_prong(name, told) for name, told in account["prongs"].items())]
    parts += [Node(_cited_text(row), _where(row)) for row in account["person"]]
    parts += [
        Node(f"{row['exception_id']} {'excuses it' if row['excuses'] else row['why']}", _where(row))
        for row in account["exceptions"]
    ]
    parts += [Node(f"approved tool: {_cited_text(row)}", _where(row)) for row in account["approved_tools"]]
    parts += [_host(known, row) for row in account["hosts"]]
    return Node(f"{account['at'][11:]}: {account['verdict']}; {_bytes(account)}", parts=tuple(parts))


def _host(known: Known, row: Account) -> Node:
    text = f"{row['host']} ({row['evidence']}), named by {row['named_by']}, {_bytes(row)}"
    place = row["lease"] and frame_of(known, row["lease"]["sha256"], row["lease"]["place"])
    device = (Node(row["device_known_by"], place),) if place else ()
    return Node(text, frame_of(known, row["sha256"], row["frame"]), device)


def _bytes(row: Row) -> str:
    return f"{row['bytes_up'] + row['bytes_down']:,} bytes"


def _prong(name: str, told: Account) -> Node:
    applies = "applies" if told["applies"] else "does not apply"
    enforced = "enforced" if told["enforced"] else "not enforced"
    rows = tuple(Node(_cited_text(row), _where(row)) for row in told["rows"])
    return Node(f"{name} {applies}, {enforced}: {told['why']}", parts=rows)


def _cited_text(row: Row) -> str:
    return Cited(row["file"], row["line"], row["row"] or "").node().text


def _where(row: Row) -> str:
    return Cited(row["file"], row["line"], "").where
