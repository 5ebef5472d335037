"""What is held on one employee, as a text that the employee can read. `auditor.jobs.subject` gathers it."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
WIDTH = 100

DISPOSITIONS = {
    "unapproved": "use without a matching approval on file",
    "excepted": "use that a supervisor had approved",
    "approved_tool": "use of an approved tool",
    "permitted": "use to which no enforced part of the clause applies",
}
MEANING = (
    "The School District's policy says in clause IV.B when employees may use public social media. A program reads "
    "which platforms devices on the district's network talk with, minute by minute. It does not read what is said or "
    "shown. A finding is a question, not an answer: the network can't show why something was done, nor who held the "
    "device."
)


def subject_text(held: Row) -> str:
    """The whole report, a section after the other; what there is none of says so."""
    about = held["about"]
    head = [
        f"What {about['district']} holds on employee {about['employee_id']}",
        f"Made {about['made_at']}. Reason given: {about['reason']}",
        "",
        *_wrapped(MEANING),
        *_wrapped(
            f"In the records you appear as {about['pseudonym']}. Times are those of {about['timezone']}. The same as "
            "data, complete: `--format json`."
        ),
    ]
    blocks = [head, *(_section(title, write(held)) for title, write in SECTIONS)]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [title.upper(), *(list(lines) or ["  none"])]


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _staff(held: Row) -> Iterator[str]:
    for row in held["staff"]:
        supervisor = f"supervisor {row['supervisor_id']}" if row["supervisor_id"] else "no supervisor"
        schedule = f"schedule {row['schedule']}" if row["schedule"] else "no schedule"
        yield (
            f"  {row['name']}, {row['email']}, {row['role']} at {row['site']}, {schedule}, {supervisor}"
            f"{_period(row['valid_from'], row['valid_to'])}  [staff.csv:{row['line']}]"
        )


def _devices(held: Row) -> Iterator[str]:
    for row in held["devices"]:
        kind = f" ({row['kind']})" if row["kind"] else ""
        period = _period(row["from"], row["until"])
        yield f"  {row['device_id']}{kind}, {row['ownership']}, MAC {row['mac']}{period}  [devices.csv:{row['line']}]"


def _exceptions(held: Row) -> Iterator[str]:
    for row in held["exceptions"]:
        period = _period(row["from"], row["until"])
        what = f'{row["platform"]}, for "{row["purpose"]}"{period}'
        yield f"  {row['exception_id']}: {what}  [exceptions.csv:{row['line']}]"
        yield f"    approved by {row['approved_by'] or 'nobody'}, {row['approved_at'] or 'at no stated time'}"
        if row["excuses_nothing_because"]:
            yield f"    excuses nothing: {row['excuses_nothing_because']}"
        else:
            yield f"    excused {row['excused_minutes']} minutes{_in(row['findings'])}"
        yield from (f"    {one['when']}: {one['did']} by {one['who']}" for one in row["changes"])


def _in(findings: Sequence[str]) -> str:
    return f" in {', '.join(findings)}" if findings else ""


def _findings(held: Row) -> Iterator[str]:
    for row in held["findings"]:
        times = f"{row['started_at'][11:16]} to {row['ended_at'][11:16]}"
        yield f"  {row['day']} {times}, {row['platform']} on {row['device_id']}: {DISPOSITIONS[row['disposition']]}"
        yield (
            f"    {row['minutes']} minutes at least, {row['span_minutes']} at most; {row['unapproved_minutes']} "
            f"without a matching approval; confidence {row['confidence']}; {row['finding_id']}"
        )


def _activity(held: Row) -> Iterator[str]:
    groups: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in held["activity"]:
        device = row["registered_as"] or row["device_id"]
        groups[row["at"][:10], device, row["platform"], row["host"], row["evidence"]].append(row)
    for (day, device, platform, host, evidence), rows in groups.items():
        octets = sum(row["bytes_up"] + row["bytes_down"] for row in rows)
        minutes = len({row["at"] for row in rows})
        found = sorted({row["finding_id"] for row in rows} - {None})
        laid = "" if all(row["laid_to_you"] for row in rows) else "; laid to nobody"
        times = f"{rows[0]['at'][11:16]} to {rows[-1]['at'][11:16]}"
        yield (
            f"  {day} {times}, {host} ({platform}, {evidence}) from {device}: {minutes} minutes, {octets:,} bytes; "
            f"{'in ' + ', '.join(found) if found else 'in no finding'}{laid}"
        )


def _leases(held: Row) -> Iterator[str]:
    for row in held["leases"]:
        if row["device_id"] is None:
            times = f"{row['from']} to {row['until']}"
            yield f"  you were logged on at a device, {times}  [{row['capture']}, {row['frame']}]"
            continue
        yield (
            f"  {row['device_id']} had an address by {row['kind']}, {row['from']} to {row['until']}  "
            f"[{row['capture'] or row['sha256'][:16]}, {row['frame']}]"
        )


def _captures(held: Row) -> Iterator[str]:
    for row in held["captures"]:
        there = "still there" if row["file_is_there"] else "no longer there"
        kept = f"to be kept through {row['to_be_kept_through']}"
        yield f"  {row['path']}, {row['from']} to {row['until']}: {there}; {kept}"
        yield f"    sha256 {row['sha256']}"
    if held["captures"]:
        yield from _wrapped(
            "Other captures of those times may hold frames of your devices, too; which, is not recorded.",
            "  ",
        )


def _access(held: Row) -> Iterator[str]:
    for row in held["access"]:
        days = " to ".join(dict.fromkeys(row["days"]))
        whom = "you" if row.get("person") else "everybody"
        reason = row["reason"] or "none"
        yield f"  {row['when']}: {row['who']} ran {row['verb']} on {days}, about {whom}; reason: {reason}"


def _reports(held: Row) -> Iterator[str]:
    yield from (f"  {path}" for path in held["reports"])


def _days(held: Row) -> Iterator[str]:
    days = held["days"]
    if days:
        undecided = [row["day"] for row in days if not row["decided"]]
        period = f"{len(days)} captured days from {days[0]['day']} to {days[-1]['day']}"
        yield f"  {period}, {len(undecided)} of them not decided yet"
        shares = [row["percent_without_a_name"] for row in days if row["percent_without_a_name"] is not None]
        if shares:
            yield f"  up to {max(shares)} % of a day's traffic had no name that could be read: it is laid to nobody"


def _kept(held: Row) -> Iterator[str]:
    kept = held["kept"]
    days = f"captures {kept['captures_days']}, activity {kept['activity_days']}, findings {kept['findings_days']}"
    yield f"  days, by the district's settings: {days}"


def _not_held(held: Row) -> Iterator[str]:
    for text in held["not_held"]:
        first, *rest = _wrapped(text, "    ")
        yield f"  - {first.strip()}"
        yield from rest


def _period(start: str | None, end: str | None) -> str:
    return (f", from {start}" if start else "") + (f", until {end}" if end else "")


SECTIONS: tuple[tuple[str, Callable[[Row], Iterable[str]]], ...] = (
    ("Your rows in the list of employees", _staff),
    ("Devices that are or were yours", _devices),
    ("Exceptions: what your supervisor approved", _exceptions),
    ("Findings", _findings),
    ("All stored use of platforms by your devices, also what counts for nothing", _activity),
    ("Addresses that your devices had, and your log-ons", _leases),
    ("Captures in which this was seen", _captures),
    ("Who looked at records that show you", _access),
    ("Written reports that show you under your pseudonym", _reports),
    ("What was captured", _days),
    ("How long it is kept", _kept),
    ("What is not held", _not_held),
)
