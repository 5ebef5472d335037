"""A report's folder: `report.toml` says what it is, one `.sql` a table, `page.html.j2` lays it out."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from auditor.errors import BadInput, Problem
from auditor.shipped import shipped

REPORTS = ("aggregate", "nightly", "exceptions", "coverage")
FORMATS = ("html", "csv", "json")
READING = (
    "Network metadata can't show intent, purpose or content. A row means that a device exchanged data with "
    "a public social network and that no matching approval is on file: use without a matching approval, "
    "and no more."
)


@dataclass(frozen=True, slots=True)
class Definition:
    """One report."""

    name: str
    title: str
    audience: str
    about: str  # one paragraph under the title
    main: str  # the table that CSV gives; JSON gives all
    queries: dict[str, str]  # table -> SQL over the registered inputs


def load(name: str) -> Definition:
    """The definition of a shipped report; BadInput if there is none of that name."""
    if name not in REPORTS:
        raise BadInput(Problem(name, "is not a report", f"one of {', '.join(REPORTS)}"))
    folder = shipped("reports") / name
    raw = tomllib.loads((folder / "report.toml").read_text(encoding="utf-8"))
    files = [folder.parent / "_common" / f"{table}.sql" for table in raw.get("shared", ())]
    files += sorted(folder.glob("*.sql"))
    queries = {file.stem: file.read_text(encoding="utf-8") for file in files}
    return Definition(name, raw["title"], raw["audience"], raw["about"], raw["main"], queries)


def check_format(fmt: str) -> None:
    """BadInput for a format that reports don't come in."""
    if fmt == "pdf":
        raise BadInput(
            Problem("--format pdf", "is not in this version", "use --format html and print the page")
        )
    if fmt not in FORMATS:
        raise BadInput(
            Problem(f"--format {fmt}", "is not a format of reports", f"one of {', '.join(FORMATS)}")
        )
