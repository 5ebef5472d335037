"""All that is held on one employee, and nothing on others."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from made_run import SAMPLE, run, sample

from auditor.district import load_district
from auditor.errors import BadInput
from auditor.jobs.findings import findings
from auditor.jobs.subject import Held, subject
from auditor.jobs.whynot import why_not
from auditor.pseudonym import load_key, person
from auditor.report.subject import subject_text
from auditor.warehouse import Warehouse

EVERY = tuple(str(path.relative_to(SAMPLE)) for path in sorted(SAMPLE.glob("captures/*/*")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample district, ingested, decided, with its reports."""
    made = sample(tmp_path_factory.mktemp("subject") / "district", EVERY)
    assert run("nightly", "-q", "-d", made).code == 0
    return made


def held_on(folder: Path, employee: str) -> Held:
    return subject(load_district(folder), employee, "asked for it")


def test_all_findings_and_minutes_and_what_gave_none(folder: Path) -> None:
    held = held_on(folder, "E1005")
    warehouse, district = Warehouse.open(folder / "warehouse"), load_district(folder)
    days = warehouse.days()
    own = person(load_key(folder), "E1005")
    rows = [row for row in findings(district, days[0], days[-1]).to_pylist() if row["person"] == own]
    assert held["findings"] == rows
    assert len(held["minutes"]) == sum(row["minutes"] for row in rows)
    assert {row["platform"] for row in held["activity"] if row["evidence"] == "push"} == {"facebook"}
    assert [row["finding_id"] for row in held["activity"] if row["evidence"] == "push"] == [None] * 5
    counted = [row for row in held["activity"] if row["finding_id"]]
    assert sum(row["bytes_up"] + row["bytes_down"] for row in counted) == sum(
        row["bytes_up"] + row["bytes_down"] for row in rows
    )
    assert {row["device_id"] for row in held["leases"]} == {"HS-LT-04", "HS-PH-03"}
    assert {row["capture"] for row in held["activity"]} == {row["path"] for row in held["captures"]}
    assert all(row["file_is_there"] for row in held["captures"])
    assert held["reports"] == [
        f"reports/nightly_{days[0]}_{days[-1]}.{form}" for form in ("csv", "html", "json")
    ]
    assert json.loads(json.dumps(held)) == held


def test_nothing_of_others(folder: Path) -> None:
    """No other employee's id, name or pseudonym is in a report, but for supervisors' and approvers' ids."""
    district, key = load_district(folder), load_key(folder)
    for employee in ("E1002", "E1029"):
        held, staff = held_on(folder, employee), district.staff_by_id[employee]
        named = {row.supervisor_id for row in staff} | {row["approved_by"] for row in held["exceptions"]}
        for text in (json.dumps(held, ensure_ascii=False), subject_text(held)):
            for row in district.staff:
                if row.employee_id == employee:
                    continue
                assert person(key, row.employee_id) not in text
                assert row.name not in text
                assert row.email not in text
                assert row.employee_id in named or row.employee_id not in text


def test_exceptions_and_what_they_excused(folder: Path) -> None:
    (row,) = held_on(folder, "E1003")["exceptions"]
    assert (row["exception_id"], row["approved_by"], row["excuses_nothing_because"]) == (
        "X-01",
        "E1001",
        None,
    )
    assert row["excused_minutes"] > 0
    assert row["findings"]


def test_who_looked_is_told_and_other_names_are_taken_out(folder: Path, tmp_path: Path) -> None:
    district = load_district(folder)
    why_not(district, "E1005", "2026-11-09T09:15", reason="complaint of Marcus Delgado (E1002) about E1005")
    why_not(district, "E1006", "2026-11-09T09:15", reason="another matter")
    findings(district, *Warehouse.open(district.warehouse).days()[:2], identify=True, reason="the whole list")
    held = held_on(folder, "E1005")
    reasons = [entry["reason"] for entry in held["access"]]
    assert "complaint of [another employee] ([another employee]) about E1005" in reasons
    assert "the whole list" in reasons
    assert "another matter" not in reasons
    assert held["access"][-1]["verb"] == "subject"
    assert "about everybody; reason: the whole list" in subject_text(held)


def test_somebody_who_has_left(folder: Path, tmp_path: Path) -> None:
    left = sample(tmp_path / "left", EVERY[:1])
    path = left / "staff.csv"
    lines = path.read_text().splitlines()
    lines = [f"{line.rstrip(',')},2026-11-09" if line.startswith("E1018,") else line for line in lines]
    path.write_text("\n".join(lines) + "\n")
    assert run("nightly", "-q", "-d", left).code == 0
    held = subject(load_district(left), "E1018", "left the district")
    assert held["staff"][0]["valid_to"] == "2026-11-09"


def test_bad_input_and_files(folder: Path, tmp_path: Path) -> None:
    district = load_district(folder)
    held_on(folder, "E1005")
    log = district.warehouse / "access.log"
    before = log.read_text()
    with pytest.raises(BadInput, match=r"E105: is not in staff\.csv"):
        subject(district, "E105", "asked for it")
    with pytest.raises(BadInput, match="subject: needs a reason"):
        subject(district, "E1005", " \n")
    assert log.read_text() == before
    out = tmp_path / "report.json"
    ran = run("subject", "E1005", "-d", folder, "--reason", "asked", "--format", "json", "--out", out)
    assert (ran.code, ran.out) == (0, f"{out}\n")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["about"]["employee_id"] == "E1005"
    assert run("subject", "E1005", "-d", folder).code == 2
    assert run("subject", "E1005", "-d", folder, "--reason", "x", "--format", "pdf").code == 2
