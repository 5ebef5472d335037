"""The verbs. Each is thin: it reads its options, calls what does the work and prints what comes back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from auditor.console import Format, say
from auditor.errors import AuditorError, BadInput

app = typer.Typer(
    help="Audits a school district's network traffic for use of social media under its policy, clause IV.B.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def options() -> None:
    pass


FormatOption = Annotated[
    Optional[Format], typer.Option("--format", help="How rows are printed; a table on a terminal, else CSV.")
]


@app.command()
def extract(
    captures: Annotated[list[Path], typer.Argument(help="Capture files.")],
    what: Annotated[str, typer.Option(help="`names`: a row a sighting; `flows`: minute slices.")] = "names",
    form: FormatOption = None,
) -> None:
    """The names or the flows that captures hold; no district needed."""
    from auditor import extract as work
    from auditor.console import write_rows
    from auditor.records import Ledger

    ledger = Ledger()
    tables = {"names": work.extract_names, "flows": work.extract_flows}
    write_rows(tables[what](captures, ledger), form)
    for note in ledger.notes:
        say(note)


DistrictOption = Annotated[
    Path, typer.Option("--district", "-d", help="The district folder.", show_default="the current folder")
]


@app.command()
def ingest(
    sources: Annotated[
        Optional[list[Path]], typer.Argument(help="Captures; by default all that are new to the sensors.")
    ] = None,
    district: DistrictOption = Path(),
) -> None:
    """Takes captures into the warehouse, each once."""
    from auditor.district import load_district
    from auditor.ingest import ingest as work

    done = work(load_district(district), sources or ())
    for mark in done.marks:
        say(f"{mark.path}: {mark.frames:,} frames")
        for note in mark.notes:
            say(note)
    say(f"{len(done.marks)} new, {done.known} known already, {len(done.problems)} unreadable")
    if done.problems:
        raise BadInput(done.problems)


def main() -> None:
    """Runs the command line; a user's mistake ends with its lines and the contract's exit code."""
    try:
        app()
    except AuditorError as error:
        for problem in error.problems:
            say(str(problem))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
