"""Pages parse, run nothing, load nothing, and say what they must."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from auditor.errors import Problem
from auditor.report.definition import REPORTS
from auditor.report.inputs import ReportInputs
from auditor.report.page import DASH, day, hours, percent, span, utc
from auditor.report.render import render
from tests.report.made_up_reports import finding, make_inputs

VOID = {"meta", "br", "link", "img", "hr", "input", "rect", "line"}


class Outline(HTMLParser):
    """Checks that tags nest, and keeps tags and attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.broken: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.broken.append(tag)


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    return parser


@pytest.fixture(params=["large", "small", "empty"])
def any_inputs(
    request: pytest.FixtureRequest, inputs: ReportInputs, small_inputs: ReportInputs
) -> ReportInputs:
    empty = make_inputs(
        [], captures=[], exceptions=[], problems=[], ledger={}, provenance={}, view_comments={}, enforce=()
    )
    choices = {"large": inputs, "small": small_inputs, "empty": empty}
    return choices[request.param]


@pytest.mark.parametrize("name", REPORTS)
def test_pages_are_sound(name: str, any_inputs: ReportInputs) -> None:
    page = render(name, "html", any_inputs)
    parsed = outline(page)
    assert parsed.broken == []
    assert parsed.open == []
    tags = [tag for tag, _ in parsed.tags]
    assert not {"script", "link", "img", "iframe", "form", "object"} & set(tags)
    attributes = [(key, value or "") for _, attrs in parsed.tags for key, value in attrs.items()]
    assert [
        key for key, _ in attributes if key == "style" or key.startswith("on")
    ] == []  # the policy forbids them
    assert not re.search(r"https?:|//[a-z]|url\(|@import", page)
    assert "violation" not in page.lower()
    assert "intent" in page
    assert tags.count("caption") == tags.count("table")
    assert tags.count("h1") == 1
    assert all(attrs.get("scope") in {"col", "row"} for tag, attrs in parsed.tags if tag == "th")
    for tag, attrs in parsed.tags:
        if tag == "svg":
            assert attrs.get("aria-hidden") == "true" or attrs.get("role") == "img"
    assert page.count('role="img"') == len(re.findall(r'role="img"><title>', page))


@pytest.mark.parametrize("name", REPORTS)
def test_the_style_sheet_is_the_one_that_the_policy_allows(name: str, inputs: ReportInputs) -> None:
    page = render(name, "html", inputs)
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.replace("&#39;", "'")
    assert "default-src 'none'" in page


def test_text_from_the_district_is_escaped(inputs: ReportInputs) -> None:
    page = render("exceptions", "html", inputs)
    assert "<b>media</b>" not in page
    assert "&lt;b&gt;media&lt;/b&gt;" in page


def test_the_nightly_page_leads_on(inputs: ReportInputs) -> None:
    page = render("nightly", "html", inputs)
    first = next(row for row in inputs.findings.to_pylist() if row["disposition"] == "unapproved")
    assert f"auditor explain {first['finding_id']}" in page
    for needed in ("ex-05", "devices.csv:17", "mid-packet", "not Ethernet", "unknown-"):
        assert needed in page


def test_the_reading_in_force_is_printed(small_inputs: ReportInputs) -> None:
    page = render("aggregate", "html", small_inputs)
    assert "during work time, on district equipment, and on the district's network" in page.replace(
        "&#39;", "'"
    )
    only = make_inputs([], enforce=("work_time",))
    assert "on district equipment" not in render("aggregate", "html", only)


def test_numbers_for_people() -> None:
    assert [hours(minutes) for minutes in (0, 54, 60, 372)] == ["0 min", "54 min", "1 h", "6 h 12 min"]
    assert [span(1, 1), span(1200, 1300), span(None, 3)] == ["1", f"1,200{DASH}1,300", DASH]
    assert [percent(1, 8), percent(1, 40), percent(0, 3), percent(1, 9999), percent(1, 0)] == [
        "12 %",
        "2.5 %",
        "0 %",
        "under 0.1 %",
        DASH,
    ]
    assert [percent(415, 417), percent(9999, 10_000), percent(3, 3)] == ["99.5 %", "99.9 %", "100 %"]
    assert day("2026-11-16", year=True) == "Mon 16 Nov 2026"
    assert utc(10**30) == DASH


def test_a_faulty_exception_is_one_thing_to_look_at() -> None:
    """The register has it and `auditor check` warns of it."""
    warning = Problem(
        "exceptions.csv:3", "exception ex-05 excuses nothing: no purpose is stated", "", "warning"
    )
    page = render("nightly", "html", make_inputs([], problems=[warning]))
    things = re.search(r"<dd>(\d+)</dd><dt>things? to look at", page)
    assert things
    assert things[1] == "2"  # the exception, and the capture that was cut short
    assert "found in the district folder" not in page


def test_lines_of_a_withheld_table_stand_in_alphabetical_order() -> None:
    """A line with nobody behind it would otherwise come first."""
    roles = ["bursar"] * 9 + ["clerk"] * 9 + ["teacher"] * 7
    sessions = [finding(n, person=f"p-{n:012x}", role=role) for n, role in enumerate(roles)]
    excused = {"disposition": "excepted", "excepted_minutes": 9, "unapproved_minutes": 0}
    sessions.append(finding(99, person="p-000000000099", role="zoologist", **excused))
    page = render("aggregate", "html", make_inputs(sessions))
    assert "bursar, clerk, teacher, zoologist: withheld" in page
