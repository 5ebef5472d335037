"""`auditor exceptions`: the register of what supervisors have approved."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.console import Talk, complain
from auditor.errors import BadInput, Problem
from auditor.verbs.common import print_rows
from auditor.verbs.options import DistrictOption, FormatOption, QuietOption, VerboseOption

if TYPE_CHECKING:
    from auditor.district.register import Rules

app = typer.Typer(help="The register of exceptions: what supervisors have approved.", no_args_is_help=True)

_ASKED = {
    "employee_id": "Employee id",
    "platform": "Platform (such as youtube, category:video, or * for any)",
    "purpose": "What for, in a few words",
    "approved_by": "Approved by (employee id of the supervisor)",
    "valid_from": "From (2026-11-16 or 2026-11-16T08:05)",
    "valid_to": "To (2026-12-18: through that day; with a time: until then)",
}


@app.command("add")
def add(
    district: DistrictOption = Path(),
    employee: Annotated[str, typer.Option(help="Whose use: an employee_id.")] = "",
    platform: Annotated[str, typer.Option(help="A platform's id, category:ID, or * for any.")] = "",
    purpose: Annotated[str, typer.Option(help="What the use is for.")] = "",
    approved_by: Annotated[str, typer.Option(help="The supervisor's employee_id.")] = "",
    approved_at: Annotated[str, typer.Option(help="When it was approved.", show_default="now")] = "",
    first: Annotated[str, typer.Option("--from", help="A day, or a time: 2026-11-16T08:05.")] = "",
    last: Annotated[str, typer.Option("--to", help="Through this day, or until this time.")] = "",
    weekdays: Annotated[str, typer.Option(help="Such as mon-fri.", show_default="every day")] = "",
    start: Annotated[str, typer.Option(help="Time of day.", show_default="00:00")] = "",
    end: Annotated[str, typer.Option(help="Time of day.", show_default="24:00")] = "",
    device: Annotated[str, typer.Option(help="On this device_id only.", show_default="any")] = "",
    exception_id: Annotated[str, typer.Option("--id", help="Its id.", show_default="the next free one")] = "",
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Adds an exception to exceptions.csv; on a terminal it asks for what is missing."""
    from auditor.district.register import in_words
    from auditor.jobs import exceptions as register

    given = {
        "exception_id": exception_id,
        "employee_id": employee,
        "platform": platform,
        "purpose": purpose,
        "approved_by": approved_by,
        "approved_at": approved_at,
        "valid_from": first,
        "valid_to": last,
        "weekdays": weekdays,
        "start": start,
        "end": end,
        "device_id": device,
    }
    now = datetime.now(UTC)
    rules = register.rules_of(district, now)
    given = _completed(given, rules)
    done = register.add(district, given, now)
    for note in done.notes:
        complain(note)
    Talk(quiet).say(f"exceptions.csv:{done.row.line}: {in_words(done, rules)}")
    print(done.row.exception_id)


@app.command("list")
def list_all(
    district: DistrictOption = Path(),
    employee: Annotated[str, typer.Option(help="Only this employee_id's.")] = "",
    active_on: Annotated[
        datetime | None,
        typer.Option("--active-on", formats=["%Y-%m-%d"], help="Only those that count on this local day."),
    ] = None,
    form: FormatOption = None,
    verbose: VerboseOption = False,
) -> None:
    """The register as it is in the file, with the state of each exception. Employees are named."""
    from auditor.jobs import exceptions as register

    rules = register.rules_of(district, datetime.now(UTC))
    rows = register.listed(rules, employee, active_on.date() if active_on else None)
    print_rows(rows, register.LISTED, form)


@app.command("check")
def check(
    district: DistrictOption = Path(), quiet: QuietOption = False, verbose: VerboseOption = False
) -> None:
    """What is wrong with exceptions.csv, with line and hint."""
    from auditor.jobs import exceptions as register

    problems, others = register.check(district)
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in problems:
        complain(problem)
    talk = Talk(quiet)
    talk.say(f"exceptions.csv: {len(errors)} errors, {len(problems) - len(errors)} warnings")
    if others:
        talk.say(f"{others} errors in other files, which may hide more: run `auditor check -d {district}`")
    if errors:
        raise typer.Exit(BadInput.exit_code)


@app.command("expire")
def expire(
    exception_id: Annotated[str, typer.Argument(help="As exceptions.csv has it.")],
    on: Annotated[str, typer.Option("--on", help="The last day, a time, or now.")],
    district: DistrictOption = Path(),
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Ends an exception earlier than the file says; never later."""
    from auditor.district.localtime import written
    from auditor.jobs import exceptions as register

    now = datetime.now(UTC)
    rules = register.rules_of(district, now)
    row = register.expire(district, exception_id, on, now).row
    assert row.to_minute is not None
    talk, ends = Talk(quiet), written(row.to_minute, rules.district.timezone)
    if row.from_minute is not None and row.to_minute <= row.from_minute:
        talk.say(f"exceptions.csv:{row.line}: {row.exception_id} never begins now and excuses nothing")
    else:
        talk.say(f"exceptions.csv:{row.line}: {row.exception_id} ends at {ends}")


def _completed(given: dict[str, str], rules: Rules) -> dict[str, str]:
    """The values with those that are missing: asked for on a terminal, an error elsewhere."""
    from auditor.district.register import FLAGS, NEEDED, field_problem

    missing = [column for column in NEEDED if not given[column].strip()]
    if not missing:
        return given
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        flags = ", ".join(FLAGS[column] for column in missing)
        raise BadInput(Problem("exceptions add", f"lacks {flags}", "on a terminal it asks for them"))
    cells = {column: text for column, text in given.items() if text.strip()}
    wrong = [field_problem(column, text, cells, rules) for column, text in cells.items()]
    if any(wrong):
        raise BadInput(problem for problem in wrong if problem)
    for column in missing:
        default = _usual(column, cells, rules)
        while True:
            text = _ask(_ASKED[column] + (f" [{default}]" if default else "")) or default
            problem = field_problem(column, text, cells, rules)
            if problem is None:
                break
            complain(f"  {problem.what} ({problem.hint})")
        cells[column] = text
    return {**given, **cells}


def _usual(column: str, cells: dict[str, str], rules: Rules) -> str:
    """What is taken where nothing is typed: the supervisor of today, and today."""
    from auditor.district.localtime import local_day

    today = local_day(rules.now, rules.district.timezone)
    if column == "valid_from":
        return today.isoformat()
    row = rules.district.staff_on(cells["employee_id"], today) if column == "approved_by" else None
    return row.supervisor_id if row else ""


def _ask(question: str) -> str:
    """An answer from the terminal. The question goes to stderr, for stdout carries data."""
    print(f"{question}:", end=" ", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        complain("")
        raise BadInput(Problem("exceptions add", "was not finished", "nothing was written"))
    return " ".join(line.split())
