"""Changes to `exceptions.csv` as texts: a new exception, one that ends earlier. Nothing is written here.

What a change would make of the file is read by what reads the file for an audit, and refused where the new row can't
be read or excuses nothing. Faults of other rows are left as they are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from auditor.district.check import check_district, exception_warnings
from auditor.district.csvedit import CsvText
from auditor.district.exceptions import COLUMNS, cells_by_line, exceptions_of
from auditor.district.localtime import local_day, written
from auditor.district.near import Names
from auditor.district.oddcells import is_formula
from auditor.district.rows import District, ExceptionRow
from auditor.district.validity import approval_fault, exception_fault, period_fault
from auditor.district.values import (
    CellError,
    parse_approval,
    parse_clock,
    parse_end,
    parse_start,
    parse_weekdays,
)
from auditor.errors import BadInput, Problem

FLAGS = {
    "exception_id": "--id",
    "employee_id": "--employee",
    "platform": "--platform",
    "purpose": "--purpose",
    "approved_by": "--approved-by",
    "approved_at": "--approved-at",
    "valid_from": "--from",
    "valid_to": "--to",
    "weekdays": "--weekdays",
    "start": "--start",
    "end": "--end",
    "device_id": "--device",
}
NEEDED = ("employee_id", "platform", "purpose", "approved_by", "valid_from", "valid_to")
_SERIES = re.compile(r"(.*?)(\d{1,9})", re.DOTALL)
_YEAR = re.compile(r"(.*?)((?:19|20)\d{2})(\D+)")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a new exception is held to."""

    district: District
    platforms: frozenset[str]  # the catalogue's ids
    categories: frozenset[str]
    now: int  # UTC epoch minute


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the register, to be written."""

    row: ExceptionRow  # as it will be
    before: Mapping[str, str]  # its cells; {} for a new one
    after: Mapping[str, str]
    text: str  # of the whole file
    notes: tuple[Problem, ...] = ()  # worth a look, and no reason to refuse


def field_problem(column: str, text: str, cells: Mapping[str, str], rules: Rules) -> Problem | None:
    """What is wrong with one value of a new exception, beside the values given so far; None for nothing."""
    district, zone = rules.district, rules.district.timezone
    said = partial(Problem, FLAGS[column])
    if not text:
        return said("is empty", "each exception needs one") if column in NEEDED else None
    if not text.isprintable():
        return said(f"{text!r} holds a line break or an invisible character", "write it on one line")
    if is_formula(text) or text.startswith("#"):
        return said(f"{text!r} begins as a formula does: a spreadsheet would run it", "begin with a word")
    if column in ("employee_id", "approved_by") and text not in district.staff_by_id:
        return said(f"{text!r} is not in staff.csv", Names(district.staff_by_id).hint(text))
    if column == "device_id" and text not in (devices := {row.device_id for row in district.devices}):
        return said(f"{text!r} is not in devices.csv", Names(devices).hint(text))
    if column == "exception_id" and len(text.split()) > 1:
        return said(f"{text!r} has a space in it", "ids are written without spaces")
    if column == "platform":
        row = _row({"platform": text}, zone)
        for problem in check_district(_with(district, row), rules.platforms, rules.categories):
            return said(problem.what, problem.hint)
    try:
        _parse(column, text, zone)
    except CellError as error:
        return said(f"{text!r} {error.what}", error.hint)
    fault = _fault_so_far(column, {**cells, column: text}, rules)
    return (
        said(f"{text!r}: {fault}", "IV.B: the employee's supervisor approves, for a limited time")
        if fault
        else None
    )


def added(text: str, given: Mapping[str, str], rules: Rules) -> Change:
    """The register with one more exception. Raises BadInput with all that is wrong with it."""
    district = rules.district
    zone = district.timezone
    cells = {name: " ".join(value.split()) for name, value in given.items() if value.strip()}
    cells["platform"] = cells.get("platform", "").casefold()
    cells.setdefault("approved_at", written(rules.now, zone))
    cells.setdefault("exception_id", next_id(district.exceptions, local_day(rules.now, zone).year))
    problems = [field_problem(name, cells.get(name, ""), cells, rules) for name in FLAGS]
    found = list(dict.fromkeys(problem for problem in problems if problem))
    known = {row.exception_id.casefold(): row for row in district.exceptions}
    other = known.get(cells["exception_id"].casefold())
    if other:
        what = f"{other.exception_id} is already on line {other.line}"
        found.append(Problem("--id", what, "without --id the next free one is taken"))
    if found:
        raise BadInput(found)
    file = _opened(text)
    absent = [name for name in cells if name not in file.columns]
    if absent:
        hint = "add it to the header, and a comma to each row"
        raise BadInput(Problem(f"{COLUMNS.file}:1", f"has no column `{name}`", hint) for name in absent)
    changed = file.with_row(cells)
    problems_after: list[Problem] = []
    rows = exceptions_of(changed, zone, problems_after)
    if _bare(rows[:-1]) != _bare(district.exceptions):
        raise BadInput([one for one in problems_after if one.severity == "error"] or [_unsafe()])
    row = rows[-1]
    _hold(row, problems_after, rules)
    notes = tuple(exception_warnings(_with(district, row), ()))
    return Change(
        row, {}, {name: cells.get(name, "") for name in FLAGS if name in file.columns}, changed, notes
    )


def ended(text: str, exception_id: str, on: str, rules: Rules) -> Change:
    """The register with an exception that ends on a day, at a time, or `now`. Raises BadInput where it would then
    end later or not earlier than before, where it began already, where the end is past, and where it would
    excuse what it doesn't now."""
    district = rules.district
    zone = district.timezone
    row = _found(exception_id, district)
    value = written(rules.now, zone) if on == "now" else on
    try:
        end = parse_end(value, zone)
    except CellError as error:
        raise BadInput(Problem("--on", f"{on!r} {error.what}", f"`now`, or {error.hint}")) from None
    if row.to_minute is not None and end >= row.to_minute:
        what = f"{row.exception_id} ends no later than that already, at {written(row.to_minute, zone)}"
        raise BadInput(Problem("--on", what, "a longer one needs a new approval: `auditor exceptions add`"))
    if row.from_minute is not None and end <= row.from_minute:
        if row.from_minute <= rules.now:
            what = f"{row.exception_id} began before that, at {written(row.from_minute, zone)}"
            raise BadInput(Problem("--on", what, "one that has begun can only end after its beginning"))
        value = written(row.from_minute, zone)  # never began: it ends as it would begin
    elif end < rules.now:
        what = f"{on} is past: use that was approved until now would lose its approval"
        raise BadInput(
            Problem(
                "--on", what, "`now` ends it from here on; what was entered wrongly is mended in the file"
            )
        )
    file = _opened(text)
    if "valid_to" not in file.columns:
        raise BadInput(Problem(f"{COLUMNS.file}:1", "has no column `valid_to`", "add it to the header"))
    try:
        changed = file.with_cell(row.line, "valid_to", value)
    except csv.Error:
        raise BadInput(_unsafe()) from None
    problems: list[Problem] = []
    rows = exceptions_of(changed, zone, problems)
    after = next((one for one in rows if one.line == row.line), None)
    same = [replace(one, to_minute=row.to_minute) if one.line == row.line else one for one in rows]
    if after is None or same != list(district.exceptions):
        raise BadInput([one for one in problems if one.severity == "error"] or [_unsafe()])
    if exception_fault(row, district) and not exception_fault(after, district):
        what = (
            f"{row.exception_id} excuses nothing ({exception_fault(row, district)}); with that end it would"
        )
        raise BadInput(Problem("--on", what, "add a new one that the supervisor approves"))
    before = cells_by_line(text)[row.line]
    return Change(after, before, {**before, "valid_to": value}, changed)


def next_id(rows: Sequence[ExceptionRow], year: int) -> str:
    """The next id of the series that the file's last numbered one belongs to; a year in it becomes this year."""
    found = [match for row in rows if (match := _SERIES.fullmatch(row.exception_id))]
    prefix, width = (found[-1][1], len(found[-1][2])) if found else (f"X-{year}-", 3)
    dated = _YEAR.fullmatch(prefix)
    if dated:
        prefix = f"{dated[1]}{year}{dated[3]}"
    numbers = [int(one[2]) for one in found if one[1].casefold() == prefix.casefold()]
    return f"{prefix}{max(numbers, default=0) + 1:0{width}}"


def in_words(change: Change, rules: Rules) -> str:
    """What an exception excuses, as one would say it to the supervisor."""
    row, cells, zone = change.row, change.after, rules.district.timezone
    what = {"*": "any platform"}.get(row.platform, row.platform)
    if row.platform.startswith("category:"):
        what = f"all platforms of the category {row.platform.removeprefix('category:')}"
    device = f"on {row.device_id} only" if row.device_id else "on any device"
    hours = f"from {cells.get('start') or '00:00'} to {cells.get('end') or '24:00'}"
    daily = [cells.get("weekdays", ""), hours if cells.get("start") or cells.get("end") else ""]
    times = ", ".join(part for part in (*daily,) if part) or "at all hours"
    assert row.from_minute is not None
    assert row.approved_minute is not None
    until = f"until {cells['valid_to']}" if ":" in cells["valid_to"] else f"through {cells['valid_to']}"
    told = (
        f"{row.exception_id} excuses {row.employee_id}'s use of {what} {device}, {times}, from {cells['valid_from']} "
        f"{until}, for: {row.purpose} (approved by {row.approved_by})"
    )
    if row.approved_minute > row.from_minute:
        told += f"; not what came before its approval at {written(row.approved_minute, zone)}"
    return told


def _fault_so_far(column: str, cells: Mapping[str, str], rules: Rules) -> str:
    """What the rules of validity say of a value beside those given before it."""
    zone = rules.district.timezone
    if column == "approved_at" and parse_start(cells["approved_at"], zone) > rules.now:
        return "that is still to come"
    if column == "approved_by" and cells.get("employee_id") in rules.district.staff_by_id:
        asked = {"approved_at": written(rules.now, zone)} | {
            name: cells[name] for name in ("employee_id", "approved_by", "approved_at") if name in cells
        }
        try:
            return approval_fault(_row(asked, zone), rules.district)
        except CellError:
            return ""  # said of --approved-at
    if column == "valid_to" and cells.get("valid_from"):
        try:
            begin = parse_start(cells["valid_from"], zone)
        except CellError:
            return ""
        dates = {"valid_from": cells["valid_from"], "valid_to": cells["valid_to"]}
        fault = period_fault(_row(dates, zone), rules.district)
        if not fault.startswith("it is longer"):
            return fault
        last = local_day(begin, zone) + timedelta(days=rules.district.settings.policy.exception_max_days - 1)
        return f"{fault}; the last day that can be is {last}"
    return ""


def _parse(column: str, text: str, zone: str) -> None:
    """Raises CellError where a cell can't be read."""
    parsers: dict[str, Callable[[str], object]] = {
        "approved_at": partial(parse_approval, zone=zone),
        "valid_from": partial(parse_start, zone=zone),
        "valid_to": partial(parse_end, zone=zone),
        "weekdays": parse_weekdays,
        "start": parse_clock,
        "end": parse_clock,
    }
    if column in parsers:
        parsers[column](text)


def _row(cells: Mapping[str, str], zone: str) -> ExceptionRow:
    """A row of these cells; those that are not given are empty."""
    approval = parse_approval(cells["approved_at"], zone) if cells.get("approved_at") else None
    return ExceptionRow(
        line=0,
        exception_id=cells.get("exception_id", ""),
        employee_id=cells.get("employee_id", ""),
        platform=cells.get("platform", "").casefold(),
        purpose=cells.get("purpose", ""),
        approved_by=cells.get("approved_by", ""),
        approved_minute=approval[0] if approval else None,
        approved_day=approval[1] if approval else None,
        from_minute=parse_start(cells["valid_from"], zone) if cells.get("valid_from") else None,
        to_minute=parse_end(cells["valid_to"], zone) if cells.get("valid_to") else None,
        weekdays=(),
        start_minute=None,
        end_minute=None,
        device_id="",
    )


def _hold(row: ExceptionRow, problems: Sequence[Problem], rules: Rules) -> None:
    """Raises BadInput where the new row has an error or excuses nothing."""
    where = f"{COLUMNS.file}:{row.line}"
    found = [one for one in problems if one.where == where]
    fault = exception_fault(row, rules.district)
    found += [
        Problem(where, f"it would excuse nothing: {reason}", "nothing was written")
        for reason in fault.split("; ")
        if reason
    ]
    if found:
        raise BadInput(found)


def _found(exception_id: str, district: District) -> ExceptionRow:
    rows = [row for row in district.exceptions if row.exception_id == exception_id]
    if not rows:
        names = Names({row.exception_id for row in district.exceptions})
        raise BadInput(Problem(exception_id or "ID", f"is no id of {COLUMNS.file}", names.hint(exception_id)))
    if len(rows) > 1:
        lines = " and ".join(str(row.line) for row in rows)
        hint = "give each exception an id of its own"
        raise BadInput(Problem(f"{COLUMNS.file}:{rows[1].line}", f"{exception_id} is on lines {lines}", hint))
    return rows[0]


def _opened(text: str) -> CsvText:
    try:
        return CsvText(text)
    except csv.Error:
        raise BadInput(_unsafe()) from None


def _unsafe() -> Problem:
    hint = "`auditor exceptions check` says what is wrong with it"
    return Problem(COLUMNS.file, "can't be changed safely as it is", hint)


def _bare(rows: Sequence[ExceptionRow]) -> list[ExceptionRow]:
    return [replace(row, line=0) for row in rows]


def _with(district: District, *rows: ExceptionRow) -> District:
    """The district with these exceptions and no approved tools."""
    return replace(district, exceptions=rows, approved_tools=())
