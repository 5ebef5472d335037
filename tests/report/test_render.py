"""CSV, JSON and files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from auditor.errors import BadInput
from auditor.report.definition import REPORTS
from auditor.report.inputs import FINDINGS_SCHEMA, ReportInputs
from auditor.report.render import render, write
from tests.report.made_up_reports import finding, make_inputs

AGGREGATE = "table parent line state persons minutes_at_least minutes_at_most approved_minutes"
EXCEPTIONS = "exception_id line employee platform purpose state valid fault excused_minutes"
COUNTED = (
    "would_have_excused_minutes excused_sessions alone_minutes shared_minutes before_approval_minutes place"
)
COVERAGE = "day sensor captured frames flows flows_unnamed bytes bytes_unnamed bytes_tunnel"
COVERAGE += " frames_dropped frames_cut frames_twice bytes_unseen told_not_to_use_private_relay"
COVERAGE += " told_not_to_use_firefox_doh"
COLUMNS = {
    "aggregate": AGGREGATE.split(),
    "nightly": FINDINGS_SCHEMA.names,
    "exceptions": [*EXCEPTIONS.split(), *COUNTED.split()],
    "coverage": COVERAGE.split(),
}


@pytest.mark.parametrize("name", REPORTS)
def test_csv_has_the_same_columns_with_and_without_rows(name: str, inputs: ReportInputs) -> None:
    for given_inputs in (inputs, make_inputs([], exceptions=[], captures=[])):
        rows = list(csv.reader(io.StringIO(render(name, "csv", given_inputs))))
        assert rows[0] == COLUMNS[name]
        assert {len(row) for row in rows} == {len(COLUMNS[name])}


def test_csv_of_the_nightly_report_is_the_findings(inputs: ReportInputs) -> None:
    rows = list(csv.DictReader(io.StringIO(render("nightly", "csv", inputs))))
    assert [row["finding_id"] for row in rows] == inputs.findings.column("finding_id").to_pylist()


def test_a_spreadsheet_runs_no_cell() -> None:
    row = {
        "exception_id": "ex-1",
        "line": 2,
        "employee": "p-1",
        "platform": "x",
        "purpose": "=1+1",
        "valid": True,
    }
    text = render("exceptions", "csv", make_inputs([], exceptions=[row]))
    assert "'=1+1" in text
    assert ",yes," in text


@pytest.mark.parametrize("name", REPORTS)
def test_json_holds_all_tables(name: str, inputs: ReportInputs) -> None:
    document = json.loads(render(name, "json", inputs))
    assert document["report"] == name
    assert document["enforce"] == ["work_time", "equipment", "wifi"]
    assert "intent" in document["reading"]
    expected = {
        "aggregate": {"total", "lines", "reference", "unattributed", "reasons", "days", "coverage"},
        "nightly": {
            "findings",
            "dispositions",
            "decided_anew",
            "unattributed",
            "reasons",
            "captures",
            "sensors",
            "verdicts",
            "problems",
            "register",
            "losses",
            "canaries",
            "gaps",
            "clocks",
            "routers",
        },
        "exceptions": {"register", "excused"},
        "coverage": {
            "sensor_days",
            "measures",
            "through",
            "captures",
            "sensors",
            "verdicts",
            "losses",
            "canaries",
            "gaps",
            "clocks",
            "routers",
            "tunnels",
        },
    }
    assert set(document["tables"]) == expected[name]


def test_access_points_have_a_table_of_their_own(inputs: ReportInputs) -> None:
    assert "access points and tunnels" not in render("coverage", "html", inputs)
    measured = {"flows_through 10.9.0.2": 3, "bytes_through 10.9.0.2": 1234, "bytes_through others": 5}
    rows = [
        {"day": day, "sensor": "north", "measure": measure, "value": value}
        for day in ("2026-11-16", "2026-11-17")
        for measure, value in measured.items()
    ]
    more = pa.Table.from_pylist(rows, schema=inputs.coverage.schema)
    told = replace(inputs, coverage=pa.concat_tables([inputs.coverage, more]))
    tables = json.loads(render("coverage", "json", told))["tables"]
    assert tables["through"] == [
        {"sensor": "north", "seen_through": "10.9.0.2", "days": 2, "flows": 6, "bytes": 2468},
        {"sensor": "north", "seen_through": "others", "days": 2, "flows": 0, "bytes": 10},
    ]
    assert not [row for row in tables["measures"] if "through" in row["measure"]]
    page = render("coverage", "html", told)
    assert "10.9.0.2" in page
    assert "2,468" in page


def test_a_day_without_a_capture_is_a_row(inputs: ReportInputs) -> None:
    rows = json.loads(render("coverage", "json", make_inputs([], days=6)))["tables"]["sensor_days"]
    assert [row["captured"] for row in rows if row["day"] == "2026-11-21"] == [False, False]


def test_unknown_names_and_formats_are_one_clear_line(inputs: ReportInputs) -> None:
    for name, fmt, needed in (
        ("monthly", "html", "aggregate"),
        ("aggregate", "pdf", "--format html"),
        ("aggregate", "xml", "csv"),
    ):
        with pytest.raises(BadInput) as caught:
            render(name, fmt, inputs)
        assert len(caught.value.problems) == 1
        assert needed in str(caught.value)


def test_files_go_where_they_are_told(tmp_path: Path, inputs: ReportInputs) -> None:
    assert write("coverage", "csv", inputs, tmp_path) == tmp_path / "coverage_2026-11-16_2026-11-20.csv"
    assert (
        write("coverage", "csv", inputs, tmp_path / "new")
        == tmp_path / "new/coverage_2026-11-16_2026-11-20.csv"
    )
    path = write("coverage", "csv", inputs, tmp_path / "mine.csv")
    assert path.read_text(encoding="utf-8") == render("coverage", "csv", inputs)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_unwritable_place_leaves_what_was_there(tmp_path: Path, inputs: ReportInputs) -> None:
    there = tmp_path / "report.html"
    there.write_text("old", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        write("coverage", "html", inputs, there / "under" / "a-file.html")
    assert len(str(caught.value).splitlines()) == 1
    (tmp_path / "taken.html").mkdir()
    (tmp_path / "taken.html" / "x").touch()
    assert there.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_same_inputs_give_the_same_text(inputs: ReportInputs) -> None:
    for name in REPORTS:
        assert render(name, "html", inputs) == render(name, "html", inputs)


def test_queries_can_reach_no_file(tmp_path: Path) -> None:
    from auditor.report.tables import run

    secret = tmp_path / "staff.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"(?i)disabled|permission"):
        run({"x": f"SELECT * FROM read_csv('{secret}')"}, make_inputs([finding(1)]))
