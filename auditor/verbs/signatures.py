"""`auditor signatures`: the catalogue of platforms and their hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.console import complain
from auditor.errors import BadInput
from auditor.verbs.common import print_rows
from auditor.verbs.options import FormatOption

app = typer.Typer(help="The catalogue of platforms and their hosts.", no_args_is_help=True)


@app.command("list")
def list_all(form: FormatOption = None) -> None:
    """All platforms with their hosts."""
    from auditor.identify.catalogue import load_catalogue
    from auditor.identify.listing import LIST_COLUMNS, list_rows

    print_rows(list_rows(load_catalogue()), LIST_COLUMNS, form)


@app.command("which")
def which(hosts: Annotated[list[str], typer.Argument(help="Host names.")], form: FormatOption = None) -> None:
    """Which platform hosts belong to, and by which rule."""
    from auditor.identify.catalogue import load_catalogue
    from auditor.identify.listing import WHICH_COLUMNS, which_rows

    print_rows(which_rows(load_catalogue(), hosts), WHICH_COLUMNS, form)


@app.command("check")
def check(
    folder: Annotated[Path | None, typer.Argument(help="A catalogue; by default the shipped one.")] = None,
) -> None:
    """Duplicates, overlaps that change meaning, and suffixes that are too broad."""
    from auditor.identify.check import check as work
    from auditor.shipped import shipped

    problems = work(folder or shipped("signatures"))
    for problem in problems:
        complain(problem)
    complain(f"{len(problems)} problems")
    if any(problem.severity == "error" for problem in problems):
        raise typer.Exit(BadInput.exit_code)
