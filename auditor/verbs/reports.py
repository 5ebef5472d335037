"""`auditor report`, `nightly` and `demo`: what people read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from auditor.console import Talk
from auditor.errors import BadInput
from auditor.stopwatch import NO_STOPWATCH, Stopwatch
from auditor.verbs.common import (
    FINDINGS_EXIT,
    asked_days,
    load_folder,
    prepare,
    tell_audited,
    tell_ingested,
    tell_profile,
)
from auditor.verbs.options import (
    DistrictOption,
    FailOption,
    FromOption,
    ProfileOption,
    QuietOption,
    ToOption,
    VerboseOption,
)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the sample district and its reports.")] = Path("demo"),
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """The whole job on the shipped district and sample captures."""
    from rich.console import Console

    from auditor import pipeline
    from auditor.report.summary import demo_summary

    prepare(Talk(quiet))
    made = pipeline.demo(out)
    Console().print(demo_summary(made.inputs, made.reports))


def report(
    name: Annotated[str, typer.Argument(help="aggregate, nightly, exceptions or coverage.")],
    district: DistrictOption = Path(),
    first: FromOption = None,
    last: ToOption = None,
    form: Annotated[str, typer.Option("--format", help="html, csv or json.")] = "html",
    out: Annotated[
        Path | None, typer.Option(help="File or folder; by default the report goes to stdout.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """A report on days that have been decided."""
    from auditor.jobs.reporting import gather
    from auditor.report.definition import check_format, load
    from auditor.report.render import render, write

    load(name)
    check_format(form)
    loaded = load_folder(district, Talk(quiet=True))
    inputs = gather(loaded, *asked_days(loaded, first, last))
    if out is None:
        sys.stdout.write(render(name, form, inputs))
    else:
        print(write(name, form, inputs, out))


def nightly(
    district: DistrictOption = Path(),
    fail: FailOption = False,
    profile: ProfileOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """What cron runs: takes in what is new, decides the days it touches, writes the reports."""
    from auditor import pipeline

    talk = Talk(quiet, verbose)
    loaded = load_folder(district, talk)
    stopwatch = Stopwatch() if profile else NO_STOPWATCH
    night = pipeline.nightly(loaded, stopwatch)
    tell_profile(stopwatch)
    tell_ingested(night.ingested, talk)
    if night.audited:
        tell_audited(night.audited, talk, loaded)
    for path in night.reports:
        print(path)
    if night.ingested.problems:
        raise BadInput(night.ingested.problems)
    if fail and night.audited and night.audited.dispositions.get("unapproved"):
        raise typer.Exit(FINDINGS_EXIT)
