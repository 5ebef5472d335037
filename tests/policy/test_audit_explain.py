"""Deciding days in a warehouse, findings by name, and the chain behind a finding."""

from __future__ import annotations

import json
import re
import stat
from datetime import date
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from policy_given import HERE, SHA, make_activity, make_district, make_leases, make_warehouse, rows_of

from auditor.district import District, load_district
from auditor.errors import BadInput, Locked
from auditor.jobs import audit
from auditor.jobs.explaining import explain
from auditor.jobs.findings import findings
from auditor.policy import decide
from auditor.policy.explain import Explanation
from auditor.policy.findings import STORED_FINDINGS
from auditor.policy.views import view_comments, view_texts
from auditor.warehouse import Warehouse

MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)


def set_up(case: str, folder: Path) -> tuple[District, Warehouse]:
    district = make_district(HERE / "cases" / case, folder)
    activity = make_activity(district, rows_of(folder / "activity.csv"))
    return district, make_warehouse(district, activity, make_leases(district, rows_of(folder / "leases.csv")))


def explained(case: str, folder: Path, number: int = 0) -> Explanation:
    district, _ = set_up(case, folder)
    audit.audit(district, MONDAY, TUESDAY)
    row = findings(district, MONDAY, TUESDAY).to_pylist()[number]
    return explain(district, row["finding_id"])


def test_an_audit_decides_the_days_and_replaces_them(tmp_path: Path) -> None:
    district, warehouse = set_up("night_shift_past_midnight", tmp_path / "district")
    assert audit.undecided_days(district, MONDAY, TUESDAY) == (MONDAY, TUESDAY)
    summary = audit.audit(district, MONDAY, MONDAY)
    assert (summary.days, summary.findings, summary.dispositions) == ((MONDAY,), 1, {"unapproved": 1})
    assert summary.unapproved_minutes == 4
    assert audit.undecided_days(district, MONDAY, TUESDAY) == (TUESDAY,)
    audit.audit(district, date(2026, 1, 1), date(2026, 12, 31))
    assert warehouse.audited_days() == (MONDAY, TUESDAY)
    assert findings(district, MONDAY, TUESDAY).num_rows == 2
    assert findings(district, TUESDAY, TUESDAY).schema.names == STORED_FINDINGS.names


def test_an_audit_done_again_gives_the_same_files(tmp_path: Path) -> None:
    district, warehouse = set_up("exceptions_together_cover_a_session", tmp_path / "district")
    contents = []
    for _ in range(2):
        audit.audit(district, MONDAY, MONDAY)
        decided = [path for path in warehouse.path.glob("*/day=*/*") if path.is_file()]
        contents.append({path: path.read_bytes() for path in decided})
    assert len(contents[0]) == 4
    assert contents[0] == contents[1]


def test_provenance_names_what_a_day_was_made_from(tmp_path: Path) -> None:
    district, warehouse = set_up("device_known_by_its_lease", tmp_path / "district")
    audit.audit(district, MONDAY, MONDAY)
    made_from = warehouse.audits(MONDAY, MONDAY)[MONDAY]
    assert made_from["captures"] == {SHA: "captures/one.pcap"}
    assert made_from["lease_sources"] == [SHA]
    assert made_from["catalogue_versions"] == ["c1"]
    assert made_from["enforce"] == ["work_time", "equipment", "wifi"]
    assert len(made_from["files"]["staff.csv"]) == 64


def test_what_is_set_aside_is_counted(tmp_path: Path) -> None:
    district, warehouse = set_up("students_and_guests_are_set_aside", tmp_path / "district")
    summary = audit.audit(district, MONDAY, MONDAY)
    counted = {"bytes_guest": 10_000, "bytes_student": 10_000, "flows_guest": 4, "flows_student": 4}
    assert summary.coverage == counted
    assert warehouse.audits(MONDAY, MONDAY)[MONDAY]["coverage"] == counted


def test_an_audit_waits_for_nobody(tmp_path: Path) -> None:
    district, warehouse = set_up("prong_work_time_equipment_wifi", tmp_path / "district")
    with FileLock(warehouse.path / "warehouse.lock"), pytest.raises(Locked):
        audit.audit(district, MONDAY, MONDAY)


def test_bad_input(tmp_path: Path) -> None:
    district = make_district(HERE / "cases" / "prong_work_time_equipment_wifi", tmp_path / "district")
    with pytest.raises(BadInput, match="there is no warehouse here"):
        audit.audit(district, MONDAY, MONDAY)
    assert not district.warehouse.exists()
    make_warehouse(district, make_activity(district, []), make_leases(district, []))
    with pytest.raises(BadInput, match="2026-11-10 is after --to 2026-11-09"):
        audit.audit(district, TUESDAY, MONDAY)
    with pytest.raises(
        BadInput, match=r"f-123456789abc: there is no finding of this id \(.*auditor findings"
    ):
        explain(district, "f-123456789abc")


def test_names_need_a_reason_and_leave_a_line(tmp_path: Path) -> None:
    district, warehouse = set_up("loan_of_a_device_within_a_session", tmp_path / "district")
    audit.audit(district, MONDAY, MONDAY)
    log = warehouse.path / "access.log"
    for reason in ("", "  \n"):
        with pytest.raises(BadInput, match="needs a reason"):
            findings(district, MONDAY, MONDAY, identify=True, reason=reason)
    assert not log.exists()
    hidden = findings(district, MONDAY, MONDAY)
    assert not log.exists()
    for reason in ("complaint 7\nof a parent", "second look"):
        named = findings(district, MONDAY, MONDAY, identify=True, reason=reason)
    assert named["person"].to_pylist() == ["TEACHER", "AIDE", "TEACHER"]
    assert named.drop_columns("person").equals(hidden.drop_columns("person"))
    assert named.schema.names == hidden.schema.names
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    first, second = map(json.loads, log.read_text().splitlines())
    assert first["reason"] == "complaint 7 of a parent"
    assert first["verb"] == "findings --identify"
    assert first["days"] == ["2026-11-09", "2026-11-09"]
    assert first["who"]
    assert first["when"].endswith("+00:00")
    assert second["reason"] == "second look"


def test_no_names_where_the_log_can_not_be_written(tmp_path: Path) -> None:
    district, warehouse = set_up("prong_work_time_equipment_wifi", tmp_path / "district")
    audit.audit(district, MONDAY, MONDAY)
    (warehouse.path / "access.log").mkdir()
    with pytest.raises(BadInput, match=r"access\.log: can't be written"):
        findings(district, MONDAY, MONDAY, identify=True, reason="complaint")


def test_who_has_left_the_list_keeps_the_pseudonym(tmp_path: Path) -> None:
    district, _ = set_up("prong_work_time_equipment_wifi", tmp_path / "district")
    audit.audit(district, MONDAY, MONDAY)
    pseudonyms = findings(district, MONDAY, MONDAY)["person"].to_pylist()
    staff, devices = district.folder / "staff.csv", district.folder / "devices.csv"
    staff.write_text("".join(line for line in staff.open() if "TEACHER" not in line))
    devices.write_text("".join(line for line in devices.open() if "TEACHER" not in line))
    named = findings(load_district(district.folder), MONDAY, MONDAY, identify=True, reason="complaint")
    assert named["person"].to_pylist() == pseudonyms


def test_the_chain_leads_from_the_clause_to_the_frame(tmp_path: Path) -> None:
    text = str(explained("exception_valid", tmp_path / "district"))
    for part in (
        "during school work time and/or on School District equipment",
        "4 active minutes within 4: 4 fall under the clause, 4 of them excused, 0 not",
        "09:00 to 09:04 (4): work_time equipment wifi; excused by X1",
        "teacher at high, schedule teacher, supervisor p-",
        "schedule teacher: mon 07:45 to 11:30  [schedules.csv:2]",
        "LAPTOP: district equipment, assigned to the employee",
        "X1: excuses 4 of 4 minutes",
        "www.instagram.com: instagram, visit, by the rule instagram.com",
        "named by tls, first at 09:00, 20,000 bytes in 4 minutes  [captures/one.pcap frame 1]",
        f"captures/one.pcap sha256 {SHA}",
        "network metadata can't show intent",
    ):
        assert part in text
    assert "violation" not in text
    assert "changed since the audit" not in text
    order = [text.index(word) for word in ("CLAUSE", "MINUTES", "WORK TIME", "DEVICE", "EXCEPTIONS", "HOSTS")]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("exception_self_approved", "excuses nothing: the employee approved it for themselves"),
        ("exception_without_end", "excuses nothing: it has no end"),
        ("exception_of_another_platform_or_person", "X1: is for another platform"),
        ("exception_approved_in_the_middle_of_the_use", "excuses 2 of 4 minutes"),
        ("exception_approved_after_the_use", "was approved only after the use"),
        (
            "exception_is_not_used_up_where_nothing_is_prohibited",
            "is valid, and not needed here",
        ),
        ("prong_work_time_equipment_wifi", "the employee has no exception"),
    ],
)
def test_each_exception_has_its_verdict(case: str, verdict: str, tmp_path: Path) -> None:
    text = str(explained(case, tmp_path / "district"))
    assert verdict in text
    assert "X2" not in text  # another person's


def test_an_exception_elsewhere(tmp_path: Path) -> None:
    text = str(explained("exception_bound_to_a_device", tmp_path / "one", number=1))
    assert "is for another device, LAPTOP" in text
    text = str(explained("exception_on_weekdays_between_hours", tmp_path / "two", number=1))
    assert "does not cover the time of the use, which is outside its days and hours" in text


@pytest.mark.parametrize(
    ("case", "parts"),
    [
        ("device_known_by_its_lease", ["the lease of its address  [captures/one.pcap frame 1]", "by a lease"]),
        ("unknown_device", ["not in devices.csv", "nobody: ", "use that can't be laid to a person"]),
        ("randomised_mac_even_if_registered", ["it hides behind a randomised MAC address"]),
        ("approved_tool_by_host", ["2 minutes on approved tools", "basis IV.C, approved by"]),
        ("calendar_no_work_day", ["every site: no work (Holiday)  [calendar.csv:2]", "0 minutes in the"]),
        ("confidence_named_by_dns_only", ["no visit was named on the wire"]),
        ("confidence_one_single_connection", ["one single connection"]),
        ("prong_lunch_bell_within_a_session", ["11:30 (3): work_time wifi", "11:30 to 11:33 (3): wifi"]),
        ("enforce_nothing", ["the reading in force enforces: nothing", "no enforced part applies"]),
    ],
)  # fmt: skip
def test_the_chain_says_why(case: str, parts: list[str], tmp_path: Path) -> None:
    text = str(explained(case, tmp_path / "district"))
    for part in parts:
        assert part in text


def test_the_chain_as_data(tmp_path: Path) -> None:
    explanation = explained("exception_valid", tmp_path / "district").to_dict()
    assert json.loads(json.dumps(explanation)) == explanation
    names = [link["name"] for link in explanation["chain"]]
    assert names[:4] == ["finding", "clause", "minutes", "person"]
    assert explanation["finding"]["exception_id"] == "X1"
    frames = [
        part["parts"] for link in explanation["chain"] if link["name"] == "hosts" for part in link["parts"]
    ]
    assert frames[0][0]["source"] == "captures/one.pcap frame 1"


def one_finding(case: str, folder: Path) -> tuple[District, str]:
    district, _ = set_up(case, folder)
    audit.audit(district, MONDAY, TUESDAY)
    return district, findings(district, MONDAY, TUESDAY).to_pylist()[0]["finding_id"]


def test_each_minute_prong_by_prong(tmp_path: Path) -> None:
    """A session over the bell that ends work time: the same device, another judgement of time."""
    minutes = explained("prong_lunch_bell_within_a_session", tmp_path / "district").to_dict()["minutes"]
    assert [minute["at"][11:16] for minute in minutes] == [f"11:{n}" for n in range(27, 33)]
    before, after = minutes[2], minutes[3]
    assert before["prongs"]["work_time"] == {
        "applies": True, "enforced": True, "counts": True, "why": "in the employee's work time",
        "rows": [{"file": "schedules.csv", "line": 2, "row": "schedule teacher: mon 07:45 to 11:30"}],
    }  # fmt: skip
    why = "outside the employee's work time; work time on this day is 07:45 to 11:30, 12:00 to 15:15"
    assert (after["prongs"]["work_time"]["applies"], after["prongs"]["work_time"]["why"]) == (False, why)
    assert after["prongs"]["equipment"]["why"] == "the device's ownership is personal"
    assert after["prongs"]["wifi"]["counts"]
    assert after["verdict"] == "nothing excuses it"
    assert after["person"][0]["line"] == 3
    (host,) = after["hosts"]
    assert (host["capture"], host["sha256"], host["frame"]) == ("captures/one.pcap", SHA, 1)
    assert host["bytes_up"] + host["bytes_down"] == after["bytes_up"] + after["bytes_down"] == 5000


def test_prongs_that_are_not_enforced_are_told_apart(tmp_path: Path) -> None:
    told = explained("enforce_work_time_only", tmp_path / "district").to_dict()
    assert told["reading"]["enforce"] == ["work_time"]
    for minute in told["minutes"]:
        assert {name: prong["enforced"] for name, prong in minute["prongs"].items()} == {
            "work_time": True, "equipment": False, "wifi": False,
        }  # fmt: skip
        assert minute["prohibited"] == minute["prongs"]["work_time"]["counts"]


def test_school_hours_that_decide_are_named_as_what_decides(tmp_path: Path) -> None:
    explanation = explained("school_hours_decide", tmp_path / "district")
    told = explanation.to_dict()
    assert told["reading"]["time_prong"] == "school_hours"
    for minute in told["minutes"]:
        time = minute["prongs"]["work_time"]
        assert time["applies"] is minute["school_hours"]
        assert "school hours of high" in time["why"]
        assert [row["file"] for row in time["rows"]] == ["schedules.csv"] * len(time["rows"])
    assert "SCHOOL HOURS\n" in str(explanation)


def test_school_hours_that_nobody_told_are_not_guessed(tmp_path: Path) -> None:
    explanation = explained("prong_work_time_equipment_wifi", tmp_path / "district")
    assert {minute["school_hours"] for minute in explanation.to_dict()["minutes"]} == {None}
    assert "SCHOOL HOURS\n" not in str(explanation)


def test_each_minute_says_what_excuses_it(tmp_path: Path) -> None:
    explanation = explained("exception_approved_in_the_middle_of_the_use", tmp_path / "district")
    told = [minute["exceptions"][0] for minute in explanation.to_dict()["minutes"]]
    assert [row["excuses"] for row in told] == [False, False, True, True]
    assert told[0]["why"] == "was approved only after the use"
    assert (told[0]["file"], told[0]["line"]) == ("exceptions.csv", 2)
    text = explanation.text(every_minute=True)
    assert "09:01-06:00: nothing excuses it; 5,000 bytes" in text
    assert "X1 was approved only after the use  [exceptions.csv:2]" in text


def test_the_lease_of_each_minute_has_its_place(tmp_path: Path) -> None:
    (host, *_) = explained("device_known_by_its_lease", tmp_path / "district").to_dict()["minutes"][0][
        "hosts"
    ]
    assert host["lease"] == {"kind": "dhcp", "file": "captures/one.pcap", "sha256": SHA, "place": 1}


def test_persons_appear_by_their_pseudonyms(tmp_path: Path) -> None:
    explanation = explained("exception_by_someone_who_is_not_the_supervisor", tmp_path / "district")
    for text in (explanation.text(every_minute=True), json.dumps(explanation.to_dict())):
        assert "was not the employee's supervisor" in text
        assert not {"TEACHER", "AIDE", "PRINCIPAL", "CUSTODIAN", "Terry"} & set(re.findall(r"\w+", text))


def test_the_chain_after_the_district_has_changed(tmp_path: Path) -> None:
    district, finding_id = one_finding("exception_valid", tmp_path / "district")
    path = district.folder / "exceptions.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    told = explain(load_district(district.folder), finding_id)
    text = told.text(every_minute=True)
    assert "changed since the audit: exceptions.csv" in text
    assert "excused by X1" in text
    assert "X1: excused 4 minutes at the audit" in text
    (row,) = told.to_dict()["minutes"][0]["exceptions"]
    assert row == {
        "exception_id": "X1", "excuses": True, "why": "excused it at the audit",
        "file": "exceptions.csv", "line": 0, "row": None,
    }  # fmt: skip


def test_a_line_that_may_hold_another_row_by_now_is_not_read_out(tmp_path: Path) -> None:
    district, finding_id = one_finding("exception_valid", tmp_path / "district")
    path = district.folder / "schedules.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, "other,sat,01:00,02:00", *rows]) + "\n")
    told = explain(load_district(district.folder), finding_id)
    (row,) = told.to_dict()["minutes"][0]["prongs"]["work_time"]["rows"]
    assert row == {"file": "schedules.csv", "line": 2, "row": None}
    text = told.text(every_minute=True)
    assert (
        "the row of the audit; the file has changed since, so it is not read out  [schedules.csv:2]" in text
    )
    assert "01:00" not in text


def test_use_that_the_lists_lay_elsewhere_by_now_is_not_said_to_be_purged(tmp_path: Path) -> None:
    district, finding_id = one_finding("exception_valid", tmp_path / "district")
    path = district.folder / "devices.csv"
    path.write_text(path.read_text().replace("LAPTOP", "RENAMED"))
    text = str(explain(load_district(district.folder), finding_id))
    assert "is not laid to this device and person; audit the day again" in text
    assert "no longer in the warehouse" not in text


def test_a_finding_outlives_its_activity(tmp_path: Path) -> None:
    district, warehouse = set_up("exception_valid", tmp_path / "district")
    audit.audit(district, MONDAY, MONDAY)
    row = findings(district, MONDAY, MONDAY).to_pylist()[0]
    for path in warehouse.observed_files("activity"):
        path.unlink()
    text = str(explain(district, row["finding_id"]))
    assert "the day's activity is no longer in the warehouse" in text
    assert "excused by X1" in text


def test_every_view_says_what_it_means() -> None:
    comments = view_comments()
    assert set(comments) == set(view_texts())
    assert all(len(comment) > 20 for comment in comments.values())


@pytest.mark.parametrize("name", sorted(view_texts()))
def test_the_sql_is_plain(name: str) -> None:
    """No function of dates, zones or lists, no regular expression, no dialect: see the package `views`."""
    dialect = {
        "date", "timestamp", "interval", "extract", "timezone", "date_trunc", "strftime", "epoch", "now",
        "regexp_matches", "similar", "list", "array", "unnest", "string_agg", "listagg", "qualify", "asof",
        "using", "any_value", "hash", "exclude", "replace", "varchar", "hugeint",
    }  # fmt: skip
    code = "\n".join(line for line in view_texts()[name].lower().splitlines() if not line.startswith("--"))
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in code).split())
    assert not words & dialect
    assert "::" not in code
    assert len(view_texts()[name].splitlines()) <= 60


def test_the_policy_can_not_reach_a_file(tmp_path: Path) -> None:
    district = make_district(HERE / "cases" / "exception_valid", tmp_path / "district")
    activity = make_activity(district, [])
    leases = make_leases(district, [])
    query = f"SELECT * FROM read_csv('{district.folder / 'staff.csv'}')"
    with (
        decide.day_evaluated(district, MONDAY, activity, leases, b"k" * 32) as views,
        pytest.raises(duckdb.PermissionException),
    ):
        views.execute(query)
