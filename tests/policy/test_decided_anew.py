"""A day decided once more says so: in the audit's talk, in its history and on every report."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from policy_given import HERE, make_activity, make_district, make_leases, make_warehouse, rows_of

from auditor.district import load_district
from auditor.jobs import audit as auditing
from auditor.jobs.audit import AuditSummary, Due, audit
from auditor.jobs.reporting import gather
from auditor.report.inputs import ReportInputs
from auditor.report.render import render
from auditor.warehouse import Warehouse

MONDAY = date(2026, 11, 9)
TODAY = datetime.now(UTC).astimezone(ZoneInfo("America/Chicago")).date().isoformat()
REPORTS = ("nightly", "aggregate", "exceptions", "coverage")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "district"
    district = make_district(HERE / "cases" / "prong_work_time_equipment_wifi", folder)
    activity = make_activity(district, rows_of(folder / "activity.csv"))
    make_warehouse(district, activity, make_leases(district, []))
    return folder


def decide(folder: Path) -> AuditSummary:
    return audit(load_district(folder), MONDAY, MONDAY)


def inputs(folder: Path) -> ReportInputs:
    return gather(load_district(folder), MONDAY, MONDAY)


def page_of(name: str, folder: Path) -> str:
    return " ".join(unescape(render(name, "html", inputs(folder))).split())


def declare_snow_day(folder: Path) -> None:
    (folder / "calendar.csv").write_text("date,site,kind,schedule,note\n2026-11-09,*,no_work,,snow\n")


def test_the_first_time_and_the_same_again_are_not_anew(folder: Path) -> None:
    assert decide(folder).anew == ()
    assert decide(folder).told_anew() == []
    (entry,) = Warehouse.open(folder / "warehouse").history(MONDAY)
    assert entry["changed"] == []
    assert inputs(folder).decided_anew == []


def test_a_snow_day_declared_later_changes_the_findings_and_every_report_says_so(folder: Path) -> None:
    decide(folder)
    before = inputs(folder).findings.to_pylist()
    declare_snow_day(folder)
    assert decide(folder).told_anew() == ["2026-11-09 was decided anew: calendar.csv changed"]
    told = inputs(folder)
    assert [row["work_minutes"] for row in before] == [3]
    assert [row["work_minutes"] for row in told.findings.to_pylist()] == [0]
    line = f"2026-11-09 was decided anew on {TODAY}: calendar.csv changed"
    for name in REPORTS:
        assert line in render(name, "html", told)
        assert json.loads(render(name, "json", told))["decided_anew"] == [
            {"day": "2026-11-09", "decided_on": TODAY, "why": "calendar.csv changed"}
        ]


def test_a_new_version_of_the_program_is_a_reason_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(folder)
    made = auditing.made_from
    monkeypatch.setattr(auditing, "made_from", lambda *given: {**made(*given), "program_version": "9.9"})
    (line,) = decide(folder).told_anew()
    assert line.endswith("to 9.9")


def test_an_audit_that_was_cut_short_is_told(folder: Path) -> None:
    decide(folder)
    (audit_json,) = (folder / "warehouse" / "audits").rglob("audit.json")
    audit_json.unlink()
    assert decide(folder).anew == (Due(MONDAY, True, ("the audit before was cut short",)),)


def test_a_line_that_a_crash_has_cut_is_left_out(folder: Path) -> None:
    decide(folder)
    (history,) = (folder / "warehouse" / "audits").rglob("history.ndjson")
    with history.open("a") as file:
        file.write('{"decided_at": "2026-\n[]\n\n')
    declare_snow_day(folder)
    decide(folder)
    assert len(Warehouse.open(folder / "warehouse").history(MONDAY)) == 2


def test_days_of_one_change_are_told_together() -> None:
    due = [Due(date(2026, 11, day), True, ("staff.csv changed",)) for day in (9, 10, 11)]
    told = AuditSummary((), 0, {}, 0, {}, tuple(due)).told_anew()
    assert told == ["3 days from 2026-11-09 to 2026-11-11 were decided anew: staff.csv changed"]


def test_every_report_says_what_decides_and_what_is_not_known(folder: Path) -> None:
    decide(folder)
    for name in REPORTS:
        page = page_of(name, folder)
        assert "counts during work time, on district equipment, and on the district's network" in page
        assert "School hours are not known of high." in page
        document = json.loads(render(name, "json", inputs(folder)))
        assert (document["time_prong"], document["enforced"]) == ("work_time", "work_time equipment wifi")
    toml = (folder / "auditor.toml").read_text()
    schedules = (folder / "schedules.csv").read_text()
    (folder / "schedules.csv").write_text(schedules + "bell,mon,08:00,15:00\n")
    policy = '[policy]\nenforce = ["wifi", "work_time"]\ntime_prong = "school_hours"\n'
    (folder / "auditor.toml").write_text(toml + policy + '[[sites]]\nname = "high"\nschool_hours = "bell"\n')
    for name in REPORTS:
        page = page_of(name, folder)
        assert "counts during the school hours of the site where it was seen, and on the district's" in page
        assert (
            "1 day (2026-11-09) was decided under another reading, work time equipment wifi: audit it again."
            in page
        )
        assert "not known of" not in page
    decide(folder)
    told = inputs(folder)
    assert told.other_readings == []
    assert told.findings["enforced"].to_pylist() == ["school_hours wifi"]
    assert told.findings["prongs"].to_pylist() == ["work_time wifi"]
    assert json.loads(render("aggregate", "json", told))["enforced"] == "school_hours wifi"
