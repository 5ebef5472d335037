"""The administrators' report against the findings it was made from: true, no names, small groups hidden."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.report import aggregate
from auditor.report.definition import load
from auditor.report.inputs import ReportInputs
from auditor.report.render import render
from auditor.report.tables import run
from tests.report.made_up_reports import finding, make_inputs, random_findings

COLUMN = {"bucket": "day", "category": "category", "site": "site", "role": "role", "platform": "platform"}
Row = dict[str, Any]


def built(inputs: ReportInputs) -> dict[str, list[Row]]:
    tables = {name: table.to_pylist() for name, table in run(load("aggregate").queries, inputs).items()}
    return aggregate.build(tables, inputs)


def social(findings: list[Row]) -> list[Row]:
    return [row for row in findings if row["person"] and row["platform"] != "wikipedia"]


def unapproved(row: Row) -> int:
    return int(row["unapproved_minutes"])


def approved(row: Row) -> int:
    return int(row["excepted_minutes"] + (row["minutes"] if row["disposition"] == "approved_tool" else 0))


def truth(rows: list[Row], measure: Callable[[Row], int]) -> tuple[int, int]:
    """(persons, minutes)"""
    return len({row["person"] for row in rows if measure(row)}), sum(measure(row) for row in rows)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 90), st.integers(0, 150), st.sampled_from([3, 10]))
def test_figures_are_true_or_withheld_and_never_small(
    seed: int, staff: int, sessions: int, least: int
) -> None:
    findings = random_findings(seed, staff, sessions, 5)
    tables = built(make_inputs(findings, minimum_cell=least))
    rows = social(findings)
    for line in tables["lines"]:
        if line["state"] == "withheld lines together":
            continue
        mine = [row for row in rows if row[COLUMN[line["table"]]] == line["line"]]
        persons, minutes = truth(mine, unapproved)
        if line["persons"] is not None:
            assert (line["persons"], line["minutes_at_least"]) == (persons, minutes)
            assert persons == 0 or persons >= least
        persons, minutes = truth(mine, approved)
        if line["approved_minutes"] is not None:
            assert line["approved_minutes"] == minutes
            assert persons == 0 or persons >= least


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 90), st.integers(0, 150), st.sampled_from([3, 10]))
def test_what_subtraction_yields_rests_on_enough_persons(
    seed: int, staff: int, sessions: int, least: int
) -> None:
    """The pencil: the total less the shown lines, each table, each kind of use, each category."""
    findings = random_findings(seed, staff, sessions, 5)
    tables = built(make_inputs(findings, minimum_cell=least))
    rows, total = social(findings), tables["total"][0]
    for shown_as, measure in (("minutes_at_least", unapproved), ("approved_minutes", approved)):
        if total[shown_as] is None:
            assert all(line[shown_as] is None for line in tables["lines"])
            continue
        lines = [line for line in tables["lines"] if line["line"] and line[shown_as] is not None]
        wholes = [("", name, rows) for name in COLUMN if name != "platform"]
        wholes += [
            (line["line"], "platform", [row for row in rows if row["category"] == line["line"]])
            for line in lines
            if line["table"] == "category"
        ]
        for parent, name, whole in wholes:
            told = {line["line"] for line in lines if line["table"] == name and line["parent"] == parent}
            rest = [row for row in whole if row[COLUMN[name]] not in told and measure(row)]
            if told and rest:
                persons, minutes = truth(rest, measure)
                hidden = {row[COLUMN[name]] for row in rest}
                assert persons >= least
                assert len(hidden) >= 2
                assert minutes > len(hidden)


def test_withheld_lines_stand_in_alphabetical_order(inputs: ReportInputs) -> None:
    for name in ("category", "site", "role"):
        lines = [line for line in built(inputs)["lines"] if line["table"] == name and line["line"]]
        withheld = [line["line"] for line in lines if line["persons"] is None]
        assert withheld == sorted(withheld)


@pytest.mark.parametrize("fmt", ["html", "csv", "json"])
def test_nobody_and_nothing_is_named(inputs: ReportInputs, small_inputs: ReportInputs, fmt: str) -> None:
    for given_inputs in (inputs, small_inputs):
        text = render("aggregate", fmt, given_inputs)
        secrets = [
            "secret",
            "unknown-",
            "f-0",
            "p-0",
            "ex-0",
            "gateway",
            ".pcap",
            "devices.csv",
            "www.",
            "cdn.",
        ]
        secrets += [mark["sha256"] for mark in given_inputs.captures] + ["ab" * 32]
        secrets += [row["person"] for row in given_inputs.findings.to_pylist() if row["person"]]
        assert [secret for secret in secrets if secret in text] == []


def test_a_handful_of_people_gives_no_figures() -> None:
    few = [
        finding(i, person=f"p-{i:012x}", device_id=f"d{i}", minutes=97, unapproved_minutes=97)
        for i in range(4)
    ]
    inputs = make_inputs(few)
    tables = built(inputs)
    assert tables["total"][0]["persons"] is None
    assert all(line["persons"] is None and line["minutes_at_least"] is None for line in tables["lines"])
    page = render("aggregate", "html", inputs)
    assert "fewer than 10 employees" in page
    assert "388" not in page
    assert "97" not in page.split("</style>")[1]


def test_nobody_at_all_is_said_as_zero() -> None:
    inputs = make_inputs([finding(1, disposition="permitted", unapproved_minutes=0, prohibited_minutes=0)])
    assert built(inputs)["total"][0]["persons"] == 0
    assert "No employee" in render("aggregate", "html", inputs)


def test_works_of_reference_are_apart() -> None:
    people = [finding(i, person=f"p-{i:012x}", platform="wikipedia", category="wiki") for i in range(12)]
    tables = built(make_inputs(people))
    assert tables["total"][0]["persons"] == 0
    assert tables["reference"][0]["persons"] == 12


def test_long_periods_are_shown_by_week() -> None:
    rows = random_findings(5, 120, 900, 60)
    inputs = make_inputs(rows, days=60)
    buckets = [line["line"] for line in built(inputs)["lines"] if line["table"] == "bucket" and line["line"]]
    assert buckets == [
        f"2026-{day}" for day in ("11-16", "11-23", "11-30", "12-07", "12-14", "12-21", "12-28")
    ] + [
        "2027-01-04",
        "2027-01-11",
    ]
    assert "By week" in render("aggregate", "html", inputs)


def test_exceptions_and_tools_are_only_split_where_both_are_large() -> None:
    """Ten by exception, two on an approved tool: the sum less the one is the other."""
    ten = [
        finding(i, person=f"p-{i:012x}", disposition="excepted", unapproved_minutes=0, excepted_minutes=9)
        for i in range(10)
    ]
    two = [
        finding(20 + i, person=f"p-{i:012x}", disposition="approved_tool", unapproved_minutes=0)
        for i in range(2)
    ]
    total = built(make_inputs(ten + two))["total"][0]
    assert total["approved_minutes"] == 108
    assert total["excepted_minutes"] is None
    assert total["approved_tool_minutes"] is None


def test_a_day_without_a_capture_does_not_read_as_a_day_without_use() -> None:
    page = render("aggregate", "html", make_inputs(random_findings(7, 160, 420, 5), days=7))
    assert "5 of 7" in page
    for label in ("Sat 21 Nov", "Sun 22 Nov"):
        line = page.split(f'<th scope="row">{label}</th>')[1].split("</tr>")[0]
        assert "not captured" in line
