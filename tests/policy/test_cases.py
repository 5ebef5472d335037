"""The policy by example: each folder of `cases/` says what is given and what then follows.

To add a case, copy a folder. Files in `given/` stand in for those of `_usual`; `then.csv` names the columns
of the findings that matter (`person` as employee_id), one row a finding, in their order.
"""

from __future__ import annotations

import re
from pathlib import Path

import policy_slow as slow
import pyarrow as pa
import pytest
from compared import disagreement
from policy_given import (
    HERE,
    KEY,
    days_of,
    decide_all,
    make_activity,
    make_district,
    make_leases,
    make_logons,
    rows_of,
)

from auditor import pseudonym
from auditor.policy.decide import FINDINGS

CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir() and path.name != "_usual")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Path, tmp_path: Path) -> None:
    district = make_district(case, tmp_path / "district")
    activity = make_activity(district, rows_of(district.folder / "activity.csv"))
    leases = make_leases(district, rows_of(district.folder / "leases.csv"))
    logons = make_logons(district, rows_of(district.folder / "logons.csv"))
    leases = pa.concat_tables([leases, logons])
    expected = rows_of(case / "then.csv")
    columns = (case / "then.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(columns) <= set(FINDINGS.names)
    employees = {pseudonym.person(KEY, row.employee_id): row.employee_id for row in district.staff}
    found = []
    for day, decision in zip(days_of(activity), decide_all(district, activity, leases), strict=True):
        second = slow.Day(district, day, activity.to_pylist(), leases.to_pylist(), KEY)
        assert disagreement(decision, second) == ""
        for row in decision.findings.to_pylist():
            row["person"] = employees.get(row["person"], row["person"])
            found.append({name: str(row[name]) for name in columns})
    assert found == expected


def test_the_list_of_cases_names_each_once() -> None:
    listed = re.findall(
        r"^- \[(.+)\]\((.+)/\)$", (HERE / "cases" / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert all(words == name.replace("_", " ") for words, name in listed)
    assert sorted(name for _, name in listed) == [case.name for case in CASES], (
        "tests/policy/cases/README.md: add the case below the sentence that it shows"
    )
