"""The warehouse's format mark, its folders by day, and its JSON files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from auditor.errors import AuditorError, BadInput, Problem

FORMAT_VERSION = 1
FORMAT_FILE = "warehouse.json"
_T = TypeVar("_T")


def format_text() -> bytes:
    """What the format mark of this version says."""
    return (json.dumps({"format": FORMAT_VERSION}) + "\n").encode()


def check_format(mark: Path) -> None:
    """Raises BadInput where the warehouse of this mark is in another format than this program's."""
    hint = "restore it from a backup, or ingest into another folder"
    found = read_json(mark, hint, lambda text: json.loads(text)["format"])
    if found != FORMAT_VERSION:
        what = f"the warehouse is in format {found}; this program reads and writes format {FORMAT_VERSION}"
        hint = (
            "use the version of the program that made it, or name another folder under [storage] in "
            "auditor.toml and ingest the captures again"
        )
        raise BadInput(Problem(str(mark.parent), what, hint))


def read_json(path: Path, hint: str, parse: Callable[[str], _T]) -> _T:
    """What a JSON file of the warehouse says; `hint` tells the user what to do where it is damaged."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AuditorError(Problem(str(path), f"can't be read: {error.strerror}", hint)) from None
    except (ValueError, TypeError, KeyError):
        raise AuditorError(Problem(str(path), "is damaged", hint)) from None


def parse_audit(text: str) -> dict[str, Any]:
    """The provenance of a day's audit; ValueError where the text is none."""
    audit = json.loads(text)
    if not isinstance(audit, dict):
        raise ValueError("not an object")
    return audit


def day_of(path: Path) -> date:
    """The local day of a file below a `day=YYYY-MM-DD` folder."""
    name = next(part for part in reversed(path.parts) if part.startswith("day="))
    return date.fromisoformat(name.removeprefix("day="))
