"""School hours in what is stored and read: not known is null, in files of this version and of earlier ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from policy_given import HERE, make_activity, make_district, make_leases, make_warehouse, rows_of

import auditor
from auditor.district import District
from auditor.jobs.audit import audit
from auditor.policy.decide import FINDINGS, MINUTES
from auditor.warehouse import Warehouse, files

MONDAY = date(2026, 11, 9)
CASE = HERE / "cases" / "school_hours_of_a_site_that_nobody_told_are_not_known"


def audited(folder: Path, case: Path = CASE) -> tuple[District, Warehouse]:
    district = make_district(case, folder)
    activity = make_activity(district, rows_of(folder / "activity.csv"))
    warehouse = make_warehouse(district, activity, make_leases(district, rows_of(folder / "leases.csv")))
    audit(district, MONDAY, MONDAY)
    return district, warehouse


def test_analysts_get_na_where_school_hours_are_not_known(tmp_path: Path) -> None:
    district, _ = audited(tmp_path / "district")
    read = auditor.open_warehouse(district.folder)
    findings, minutes = read.findings(), read.minutes()
    assert findings["school_minutes"].tolist() == [2, pd.NA, pd.NA]
    assert minutes["school_hours"].tolist()[:4] == [True, True, pd.NA, pd.NA]
    assert str(findings["enforced"].dtype) == "category"


def test_findings_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    case = HERE / "cases" / "calendar_early_release_at_one_site"
    _, warehouse = audited(tmp_path / "district", case)
    later = {
        "findings": ["school_minutes", "enforced"],
        "minutes": ["school_hours", "school_line", "calendar_file"],
    }
    for kind, lacking in later.items():
        (path,) = (warehouse.path / kind).rglob("*.parquet")
        table = pq.read_table(path, partitioning=None).drop_columns(lacking)
        if kind == "minutes":  # one that the calendar had named another schedule for
            table = table.set_column(table.schema.names.index("calendar_line"), "calendar_line", [[7, 0]])
        files.write_parquet(path, table)
    (finding,) = warehouse.findings(MONDAY, MONDAY, FINDINGS).to_pylist()
    assert (finding["school_minutes"], finding["enforced"]) == (None, None)
    minutes = warehouse.minutes(MONDAY, MONDAY, MINUTES).to_pylist()
    assert [(row["calendar_file"], row["calendar_line"]) for row in minutes] == [("calendar.csv", 7), ("", 0)]
    assert {(row["school_hours"], row["school_line"]) for row in minutes} == {(None, 0)}
