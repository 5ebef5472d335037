"""`auditor explain` and `subject`: why the policy says what it says, and all that is held on one employee."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.console import Talk
from auditor.errors import BadInput, Problem
from auditor.verbs.common import load_folder
from auditor.verbs.options import DistrictOption, QuietOption, VerboseOption


def explain(
    finding_id: Annotated[str | None, typer.Argument(help="As `auditor findings` prints it.")] = None,
    district: DistrictOption = Path(),
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    minutes: Annotated[bool, typer.Option("--minutes", help="Every minute, prong by prong.")] = False,
    why_not: Annotated[
        str, typer.Option("--why-not", metavar="EMPLOYEE", help="Why a minute of an employee is no finding.")
    ] = "",
    at: Annotated[
        str, typer.Option(metavar="TIME", help="The minute: 2026-11-16T08:05, or with an offset.")
    ] = "",
    platform: Annotated[str, typer.Option(help="Only use of this platform.")] = "",
    reason: Annotated[str, typer.Option(help="Why you ask about an employee; for the access log.")] = "",
    verbose: VerboseOption = False,
) -> None:
    """The chain behind a finding, from the clause to the frames; or why there is none."""
    import json

    check_form(form, ("text", "json"), "explain")
    loaded = load_folder(district, Talk(quiet=True))
    if (finding_id is None) != bool(why_not):
        hint = "`auditor explain FINDING_ID`, or `auditor explain --why-not EMPLOYEE --at TIME`"
        raise BadInput(Problem("explain", "needs a finding, or an employee and a time", hint))
    told: Any
    if why_not:
        from auditor.jobs.whynot import why_not as asked

        told = asked(loaded, why_not, at, platform, reason)
        text = str(told)
    else:
        from auditor.jobs.explaining import explain as work

        told = work(loaded, finding_id or "")
        text = told.text(minutes)
    sys.stdout.write(
        json.dumps(told.to_dict(), indent=1, ensure_ascii=False) + "\n" if form == "json" else text
    )


def check_form(form: str, known: Sequence[str], verb: str) -> None:
    if form not in known:
        raise BadInput(Problem("--format", f"{form} is not a format of `{verb}`", " or ".join(known)))


def subject(
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="An employee_id of staff.csv.")],
    district: DistrictOption = Path(),
    reason: Annotated[str, typer.Option(help="Why it is made; for the access log.")] = "",
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    out: Annotated[Path | None, typer.Option(help="File; by default it goes to stdout.")] = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """All that is held on one employee, for the employee; needs --reason and is logged."""
    from auditor.jobs.subject import subject as work
    from auditor.report.subject import subject_text
    from auditor.report.write import json_text, write_text

    check_form(form, ("text", "json"), "subject")
    held = work(load_folder(district, Talk(quiet=True)), employee, reason)
    text = json_text(held) if form == "json" else subject_text(held)
    Talk(quiet).say(
        "read it before you hand it out: reasons and purposes are free texts, which may name others"
    )
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)
        print(out)
