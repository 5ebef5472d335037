"""`auditor init` and `auditor check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.console import Talk, complain
from auditor.errors import AuditorError, BadInput, Problem
from auditor.verbs.options import DistrictOption, QuietOption, VerboseOption

DAYS_LOOKED_AT = 7  # captured days


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
    problems = [*check_folder(district, frozenset(catalogue.platforms), categories), *_of_captures(district)]
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in problems:
        complain(problem)
    Talk(quiet).say(f"{len(errors)} errors, {len(problems) - len(errors)} warnings")
    if errors:
        raise typer.Exit(BadInput.exit_code)


def _of_captures(folder: Path) -> list[Problem]:
    """What the captures of the last days say against the settings, where there is a warehouse."""
    from auditor.district.tomlfile import read_settings
    from auditor.jobs.routers import router_problems
    from auditor.warehouse import Warehouse

    settings, _ = read_settings(folder, [])
    looking = {sensor.name for sensor in settings.sensors if sensor.sees_client_mac}
    try:
        warehouse = Warehouse.open(folder / settings.storage.warehouse)
        days = warehouse.days()[-DAYS_LOOKED_AT:]
        counted = warehouse.coverage(days[0], days[-1]).to_pylist() if days else []
    except AuditorError:  # `audit` will say it
        return []
    return router_problems(row for row in counted if row["sensor"] in looking)
