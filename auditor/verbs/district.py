"""`auditor init` and `auditor check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.console import Talk, complain
from auditor.errors import BadInput
from auditor.verbs.options import DistrictOption, QuietOption, VerboseOption


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")], quiet: QuietOption = False
) -> None:
    """Writes a starter district folder, commented and valid."""
    from auditor.district import init_district

    init_district(folder)
    Talk(quiet).say(f"{folder}: edit auditor.toml and the CSV files, then run `auditor check -d {folder}`")


def check(
    district: DistrictOption = Path(), quiet: QuietOption = False, verbose: VerboseOption = False
) -> None:
    """Every problem in a district folder, all in one go."""
    from auditor.district import check_folder
    from auditor.identify.catalogue import load_catalogue

    catalogue = load_catalogue()
    categories = frozenset(platform.category for platform in catalogue.platforms.values())
    problems = check_folder(district, frozenset(catalogue.platforms), categories)
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in problems:
        complain(problem)
    Talk(quiet).say(f"{len(errors)} errors, {len(problems) - len(errors)} warnings")
    if errors:
        raise typer.Exit(BadInput.exit_code)
