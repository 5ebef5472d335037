"""`auditor audit` and `findings`: what the policy says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.console import Talk
from auditor.verbs.common import FINDINGS_EXIT, asked_days, load_folder, tell_audited
from auditor.verbs.options import (
    DistrictOption,
    FailOption,
    FormatOption,
    FromOption,
    QuietOption,
    ToOption,
    VerboseOption,
)


def audit(
    district: DistrictOption = Path(),
    first: FromOption = None,
    last: ToOption = None,
    fail: FailOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Decides each captured day anew and replaces what stood there."""
    from auditor.jobs.audit import audit as work

    talk = Talk(quiet)
    loaded = load_folder(district, Talk())  # its warnings are no talk: they say what the findings rest on
    done = work(loaded, *asked_days(loaded, first, last))
    tell_audited(done, talk, loaded)
    if fail and done.dispositions.get("unapproved"):
        raise typer.Exit(FINDINGS_EXIT)


def findings(
    district: DistrictOption = Path(),
    first: FromOption = None,
    last: ToOption = None,
    form: FormatOption = None,
    identify: Annotated[bool, typer.Option(help="Print employee ids; needs --reason and is logged.")] = False,
    reason: Annotated[str, typer.Option(help="Why persons are to be named.")] = "",
    fail: FailOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """One row a session, persons under pseudonyms."""
    from auditor.console import Table, write_rows
    from auditor.jobs.audit import undecided_days
    from auditor.jobs.findings import findings as work

    talk = Talk(quiet)
    loaded = load_folder(district, Talk(quiet=True))
    period = asked_days(loaded, first, last)
    rows = work(loaded, *period, identify=identify, reason=reason)
    write_rows([Table(rows)], form)
    if undecided := undecided_days(loaded, *period):
        hint = f"run `auditor audit --from {undecided[0]} --to {undecided[-1]}`"
        talk.say(f"not among them: {len(undecided)} captured days without an audit ({hint})")
    if fail and "unapproved" in rows["disposition"].to_pylist():
        raise typer.Exit(FINDINGS_EXIT)
