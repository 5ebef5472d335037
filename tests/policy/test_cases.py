"""The policy by example: each folder of `cases/` says what is given and what then follows.

To add a case, copy a folder. Files in `given/` stand in for those of `_usual`; `then.csv` names the columns
of the findings that matter (`person` as employee_id), one row a finding, in their order.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_given import HERE, KEY, decide_all, make_activity, make_district, make_leases, rows_of

from auditor import pseudonym
from auditor.policy.decide import FINDINGS

CASES = sorted(path for path in (HERE / "cases").iterdir() if path.name != "_usual")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Path, tmp_path: Path) -> None:
    district = make_district(case, tmp_path / "district")
    activity = make_activity(district, rows_of(district.folder / "activity.csv"))
    leases = make_leases(district, rows_of(district.folder / "leases.csv"))
    expected = rows_of(case / "then.csv")
    columns = (case / "then.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(columns) <= set(FINDINGS.names)
    employees = {pseudonym.person(KEY, row.employee_id): row.employee_id for row in district.staff}
    found = []
    for decision in decide_all(district, activity, leases):
        for row in decision.findings.to_pylist():
            row["person"] = employees.get(row["person"], row["person"])
            found.append({name: str(row[name]) for name in columns})
    assert found == expected
