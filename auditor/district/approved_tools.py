"""`approved_tools.csv`: the district's list of acceptable tools (III.B, IV.C)."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Literal

from auditor.district.csvfile import Columns, Row, read_rows
from auditor.district.rows import ApprovedToolRow
from auditor.district.values import parse_day
from auditor.errors import Problem

COLUMNS = Columns(
    "approved_tools.csv",
    ("platform", "basis", "approved_by", "valid_from"),
    ("valid_to",),
    needed=False,
    free=("approved_by",),
)
_BASES: tuple[Literal["III.B", "IV.C"], ...] = ("III.B", "IV.C")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_PLATFORM_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")


def read_approved_tools(folder: Path, problems: list[Problem]) -> tuple[ApprovedToolRow, ...]:
    rows = []
    for row in read_rows(folder, COLUMNS, problems):
        tool = ApprovedToolRow(
            line=row.line,
            platform=_platform(row),
            basis=row.choice("basis", _BASES, "III.B"),
            approved_by=row.text("approved_by"),
            valid_from=row.value("valid_from", parse_day, date.min, required=True),
            valid_to=row.value("valid_to", parse_day, None),
        )
        if tool.valid_to and tool.valid_to < tool.valid_from:
            row.error("`valid_to` is before `valid_from`", "are the two dates exchanged?")
        rows.append(tool)
    return tuple(rows)


def _platform(row: Row) -> str:
    text = row.required("platform").casefold().removeprefix("*.").strip(".")
    if text and not _PLATFORM_ID.fullmatch(text) and not _HOST.fullmatch(text):
        hint = "write `youtube`, or a host such as `classroom.google.com` without https:// and path"
        row.error(f"`platform` {text!r} is neither a platform id nor a host", hint)
    return text
