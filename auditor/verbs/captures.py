"""`auditor extract` and `auditor ingest`: what captures hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.console import Talk, What
from auditor.errors import BadInput
from auditor.stopwatch import NO_STOPWATCH, Stopwatch
from auditor.verbs.common import load_folder, prepare, tell_ingested, tell_profile
from auditor.verbs.options import DistrictOption, FormatOption, ProfileOption, QuietOption, VerboseOption


def extract(
    captures: Annotated[list[Path], typer.Argument(help="Capture files.")],
    what: Annotated[
        What, typer.Option(help="A row a sighting of a name, or minute slices of flows.")
    ] = What.names,
    form: FormatOption = None,
    profile: ProfileOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """The names or the flows that captures hold; no district needed."""
    from auditor.console import write_rows
    from auditor.jobs.extract import extract as work
    from auditor.records import Ledger

    talk, ledger = Talk(quiet, verbose), Ledger()
    prepare(talk)
    stopwatch = Stopwatch() if profile else NO_STOPWATCH
    try:
        write_rows(work(captures, what, ledger, stopwatch), form, stopwatch)
    finally:
        tell_profile(stopwatch)
        for note in ledger.notes:
            talk.say(note)
        for verdict, count in sorted(ledger.counts.items()):
            talk.detail(f"{verdict}: {count:,}")


def ingest(
    sources: Annotated[
        list[Path] | None, typer.Argument(help="Captures; by default all that are new to the sensors.")
    ] = None,
    district: DistrictOption = Path(),
    profile: ProfileOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Takes captures into the warehouse, each once."""
    from auditor.jobs.ingest import ingest as work

    talk = Talk(quiet, verbose)
    loaded = load_folder(district, talk)
    prepare(talk)
    stopwatch = Stopwatch() if profile else NO_STOPWATCH
    done = work(loaded, sources or (), stopwatch)
    tell_profile(stopwatch)
    tell_ingested(done, talk)
    if done.problems:
        raise BadInput(done.problems)
