"""CSV and JSON text, and files that are either the old ones or the new ones, never half of each."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from auditor.errors import BadInput, Problem
from auditor.report.tables import Row

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: list[Row], columns: list[str]) -> str:
    """A header and one line a row; None is an empty field, booleans are `yes` and `no`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value  # a spreadsheet would run it
    return value


def json_text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n"


def write_text(path: Path, text: str) -> None:
    """Writes aside and renames, mode 0600. BadInput if that can't be done; what was there stays."""
    aside: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(aside).replace(path)
    except OSError as error:
        if aside is not None:
            Path(aside).unlink(missing_ok=True)
        hint = "choose another place with --out"
        raise BadInput(Problem(str(path), f"can't be written: {error.strerror or error}", hint)) from None
