"""Options that several verbs have."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from auditor.console import Format

DistrictOption = Annotated[
    Path, typer.Option("--district", "-d", help="The district folder.", show_default="the current folder")
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", help="How rows are printed; a table on a terminal, else CSV.")
]
FromOption = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print no talk, only data and problems.")]
VerboseOption = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Print more: what was counted and dropped, where an error arose."),
]
FailOption = Annotated[
    bool,
    typer.Option("--fail-on-findings", help="Exit with 3 where there is use without a matching approval."),
]
ProfileOption = Annotated[bool, typer.Option("--profile", help="Print where the time went, to stderr.")]
