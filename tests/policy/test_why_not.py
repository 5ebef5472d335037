"""Why a minute that somebody expects is no finding."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from policy_given import HERE, make_activity, make_district, make_leases, make_warehouse, rows_of

from auditor.district import District, load_district
from auditor.errors import BadInput
from auditor.jobs.audit import audit
from auditor.jobs.whynot import asked_minute, why_not
from auditor.policy.whynot import Answer
from auditor.warehouse import Warehouse

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def district_of(case: str, folder: Path, decided: bool = True) -> District:
    district = make_district(HERE / "cases" / case, folder)
    activity = make_activity(district, rows_of(folder / "activity.csv"))
    make_warehouse(district, activity, make_leases(district, rows_of(folder / "leases.csv")))
    if decided:
        audit(district, FIRST, LAST)
    return district


def codes(answer: Answer) -> list[str]:
    """The reasons but for the sensors: the cases' capture holds no frame of the minutes."""
    return [reason.code for reason in answer.reasons if reason.code != "no_sensor"]


@pytest.mark.parametrize(
    ("case", "employee", "at", "reasons"),
    [
        ("prong_work_time_equipment_wifi", "TEACHER", "2026-11-09T09:00", ["in_finding"]),
        ("prong_work_time_equipment_wifi", "TEACHER", "2026-11-09T14:59", ["randomised_mac", "not_at_that_minute"]),
        ("prong_work_time_equipment_wifi", "CUSTODIAN", "2026-11-09T09:00", ["not_seen"]),
        ("prong_work_time_equipment_wifi", "TEACHER", "2026-11-10T09:00", ["not_captured", "randomised_mac"]),
        ("prong_work_time_equipment_wifi", "PRINCIPAL", "2026-11-09T09:00", ["no_device"]),
        ("media_alone_are_no_session", "TEACHER", "2026-11-09T09:03", ["content_without_visit"]),
        ("media_an_hour_after_the_visit_are_no_part_of_it", "TEACHER", "2026-11-09T10:02", ["content_without_visit"]),
        ("widgets_in_other_sites_are_no_use", "TEACHER", "2026-11-09T09:03", ["no_counting_host"]),
        ("too_few_bytes_are_no_use", "TEACHER", "2026-11-09T09:00", ["too_few_bytes"]),
        ("enforce_work_time_only", "TEACHER", "2026-11-09T16:00", ["in_finding", "no_enforced_prong"]),
        ("exception_valid", "TEACHER", "2026-11-09T09:01", ["in_finding", "excused"]),
        ("approved_tool_by_host", "TEACHER", "2026-11-09T09:01", ["in_finding", "approved_tool"]),
        ("not_in_staff_csv_that_day", "LEAVER", "2026-11-09T09:00", ["not_staff"]),
        ("loan_of_a_device_within_a_session", "AIDE", "2026-11-09T09:02", ["no_device", "not_at_that_minute"]),
        ("device_known_by_its_lease", "TEACHER", "2026-11-09T09:01", ["in_finding"]),
        ("two_devices_that_claim_one_address_at_once", "TEACHER", "2026-11-09T09:03",
         ["randomised_mac", "not_at_that_minute", "address_disputed"]),
        ("a_lease_ends_to_the_minute", "PRINCIPAL", "2026-11-09T09:30", ["no_device"]),
        ("randomised_mac_even_if_registered", "TEACHER", "2026-11-09T09:01", ["randomised_mac", "unattributed"]),
    ],
)  # fmt: skip
def test_each_reason(case: str, employee: str, at: str, reasons: list[str], tmp_path: Path) -> None:
    answer = why_not(district_of(case, tmp_path / "district"), employee, at)
    assert codes(answer) == reasons
    assert bool(answer.findings) == ("in_finding" in reasons)
    assert json.loads(json.dumps(answer.to_dict())) == answer.to_dict()
    assert "violation" not in str(answer)


def test_a_reason_says_what_it_rests_on(tmp_path: Path) -> None:
    text = str(why_not(district_of("exception_valid", tmp_path / "one"), "TEACHER", "2026-11-09T09:01"))
    assert "instagram on LAPTOP: excused by X1" in text
    assert '"Yearbook", approved by p-' in text
    assert "[exceptions.csv:2]" in text
    district = district_of("enforce_work_time_only", tmp_path / "two")
    text = str(why_not(district, "TEACHER", "2026-11-09T16:00"))
    assert "enforced work_time; without regard to that equipment, wifi would apply" in text
    assert "work time on this day is 07:45 to 11:30, 12:00 to 15:15" in text
    assert "before: 2026-11-09T11:31-06:00, instagram on LAPTOP" in text
    text = str(
        why_not(district_of("too_few_bytes_are_no_use", tmp_path / "three"), "TEACHER", "2026-11-09T09:00")
    )
    assert "instagram on LAPTOP: 1,999 bytes; a minute counts from 2,000" in text


def test_one_platform_alone(tmp_path: Path) -> None:
    district = district_of("prong_work_time_equipment_wifi", tmp_path / "district")
    answer = why_not(district, "TEACHER", "2026-11-09T09:00", platform="reddit")
    assert (answer.findings, codes(answer)) == ((), ["randomised_mac", "not_seen"])
    assert codes(why_not(district, "TEACHER", "2026-11-09T09:00", platform="instagram")) == ["in_finding"]


def test_a_day_that_is_not_decided_yet(tmp_path: Path) -> None:
    district = district_of("prong_work_time_equipment_wifi", tmp_path / "district", decided=False)
    answer = why_not(district, "TEACHER", "2026-11-09T09:00")
    assert codes(answer) == ["would_be_found", "not_decided"]


def test_a_day_decided_from_other_lists(tmp_path: Path) -> None:
    district = district_of("not_in_staff_csv_that_day", tmp_path / "district")
    path = district.folder / "staff.csv"
    path.write_text(path.read_text().replace("2026-11-06", "2026-12-06"))
    answer = why_not(load_district(district.folder), "LEAVER", "2026-11-09T09:00")
    assert codes(answer) == ["decided_before"]
    assert "staff.csv changed" in answer.reasons[-1].text


def test_activity_that_is_no_longer_kept(tmp_path: Path) -> None:
    district = district_of("exception_valid", tmp_path / "district")
    for path in Warehouse.open(district.warehouse).observed_files("activity"):
        path.unlink()
    answer = why_not(district, "TEACHER", "2026-11-09T09:01")
    assert codes(answer)[:2] == ["in_finding", "not_kept"]


def test_who_asked_about_whom_is_logged_under_the_pseudonym(tmp_path: Path) -> None:
    district = district_of("exception_valid", tmp_path / "district")
    why_not(district, "TEACHER", "2026-11-09T09:01", reason="asked by\n the union")
    line = json.loads((district.warehouse / "access.log").read_text())
    assert line["verb"] == "explain --why-not"
    assert line["reason"] == "asked by the union"
    assert line["days"] == ["2026-11-09", "2026-11-09"]
    assert line["person"].startswith("p-")
    assert "TEACHER" not in json.dumps(line)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a time"),
        ("yesterday", "is not a time"),
        ("2026-11-09", "has no time of day"),
        ("2026-11-01T01:30", r"comes twice.*2026-11-01T01:30-05:00 or 2026-11-01T01:30-06:00"),
        ("2026-03-08T02:30", r"never comes.*2026-03-08T03:00-05:00"),
    ],
)
def test_times_that_are_none(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        asked_minute(text, "America/Chicago")


def test_times_that_are_told_apart_by_their_offset() -> None:
    first, second = (
        asked_minute(f"2026-11-01T01:30{offset}", "America/Chicago") for offset in ("-05:00", "-06:00")
    )
    assert second - first == 60
    assert asked_minute("2026-11-01T00:30", "America/Chicago") == first - 60


def test_bad_input(tmp_path: Path) -> None:
    district = district_of("exception_valid", tmp_path / "district")
    with pytest.raises(BadInput, match=r"TEACHR: is not in staff.csv \(did you mean TEACHER"):
        why_not(district, "TEACHR", "2026-11-09T09:00")
    with pytest.raises(BadInput, match=r"instagran is not in the catalogue \(did you mean instagram"):
        why_not(district, "TEACHER", "2026-11-09T09:00", platform="instagran")
    assert not (district.warehouse / "access.log").exists()
