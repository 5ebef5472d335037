"""The examples of docs/analysts.md, run on the sample district."""

from __future__ import annotations

import ast
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import auditor
from auditor.district import load_district
from auditor.errors import BadInput
from auditor.jobs.audit import audit
from auditor.jobs.ingest import ingest
from auditor.shipped import shipped

PAGE = Path(__file__).parents[2] / "docs" / "analysts.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the audited sample district as `demo`."""
    home = tmp_path_factory.mktemp("docs")
    shutil.copytree(
        shipped("sample_pcaps") / "district",
        home / "demo",
        ignore=shutil.ignore_patterns("warehouse", "maker"),
    )
    district = load_district(home / "demo")
    ingest(district)
    audit(district, date(2026, 11, 9), date(2026, 11, 13))
    return home


def test_the_examples_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    shown = 0
    for block in blocks:
        for statement in ast.parse(block).body:  # as a notebook: an expression shows its value
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), str(PAGE), "eval"), names)
                assert len(value), ast.unparse(statement)
                shown += 1
            else:
                exec(compile(ast.Module([statement], []), str(PAGE), "exec"), names)
    assert shown >= 6


def test_the_columns_have_good_types(folder: Path) -> None:
    warehouse = auditor.open_warehouse(folder / "demo")
    findings, minutes = warehouse.findings(), warehouse.minutes()
    assert str(findings["started_at"].dtype).endswith("America/Chicago]")
    assert str(minutes["minute"].dtype).endswith("America/Chicago]")
    assert pd.api.types.is_datetime64_dtype(findings["day"])
    assert findings["platform"].dtype == "category"
    assert findings["unapproved_minutes"].dtype == "int64"
    assert minutes["prohibited"].dtype == "bool"
    assert findings["person"].str.startswith("p-").any()


def test_sessions_say_nothing_of_the_policy(folder: Path) -> None:
    sessions = auditor.open_warehouse(folder / "demo" / "warehouse").sessions()
    judged = {"prongs", "disposition", "exception_id", "work_minutes", "unapproved_minutes"}
    assert len(sessions)
    assert not judged & set(sessions.columns)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (None, None, 5),
        ("2026-11-10", "2026-11-11", 2),
        (date(2026, 11, 12), None, 2),
        (None, "2026-11-08", 0),
    ],
)
def test_a_range_of_days(folder: Path, first: Any, last: Any, days: int) -> None:
    warehouse = auditor.open_warehouse(folder / "demo")
    for table in (warehouse.findings, warehouse.sessions, warehouse.minutes, warehouse.coverage):
        assert table(first, last)["day"].nunique() == days


def test_what_is_no_warehouse_or_no_day(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such folder"):
        auditor.open_warehouse(tmp_path / "nothing")
    with pytest.raises(BadInput, match="there is no warehouse here"):
        auditor.open_warehouse(tmp_path)
    with pytest.raises(BadInput, match="is not a day"):
        auditor.open_warehouse(folder / "demo").findings("9 November")
