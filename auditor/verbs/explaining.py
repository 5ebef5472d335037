"""`auditor explain`: why the policy says what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.console import Talk
from auditor.errors import BadInput, Problem
from auditor.verbs.common import load_folder
from auditor.verbs.options import DistrictOption, VerboseOption


def explain(
    finding_id: Annotated[str, typer.Argument(help="As `auditor findings` prints it.")],
    district: DistrictOption = Path(),
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    minutes: Annotated[bool, typer.Option("--minutes", help="Every minute, prong by prong.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """The chain behind a finding: from the clause to the frames in the captures."""
    import json

    from auditor.jobs.explaining import explain as work

    if form not in ("text", "json"):
        raise BadInput(Problem("--format", f"{form} is not a format of `explain`", "text or json"))
    told = work(load_folder(district, Talk(quiet=True)), finding_id)
    print(json.dumps(told.to_dict(), indent=1, ensure_ascii=False) if form == "json" else told.text(minutes))
