"""The command line: every verb, and what becomes of errors.

Each verb is thin: it reads its options, calls what does the work and prints what comes back. What does the work is
imported when a verb runs: `auditor --help` loads none of the large libraries.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from auditor import __version__
from auditor.console import complain, unexpected
from auditor.errors import AuditorError
from auditor.verbs import captures, decisions, district, exceptions, explaining, reports, signatures

VERBS = (
    reports.demo,
    district.init,
    district.check,
    captures.extract,
    captures.ingest,
    decisions.audit,
    decisions.findings,
    reports.report,
    explaining.explain,
    explaining.subject,
    reports.nightly,
)

app = typer.Typer(
    help="Audits a school district's network traffic for use of social media under its policy, clause IV.B.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verb in VERBS:
    app.command()(verb)
app.add_typer(exceptions.app, name="exceptions")
app.add_typer(signatures.app, name="signatures")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"auditor {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line. Whatever goes wrong ends with a line a problem and the contract's exit code."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # numpy would start threads for algebra that nobody does
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the caller closed it: nobody reads
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="surrogateescape")  # a file's name goes out as it came in
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except AuditorError as error:
        for problem in error.problems:
            complain(problem)
        sys.exit(error.exit_code)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - what is left to print has no reader
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            complain(unexpected(error, verbose=not {"-v", "--verbose"}.isdisjoint(sys.argv)))
        sys.exit(1)


if __name__ == "__main__":
    main()
