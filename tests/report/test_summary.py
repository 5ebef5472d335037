"""The summary of `auditor demo`: one screen, plain where there is no terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from auditor.report.inputs import ReportInputs
from auditor.report.summary import demo_summary
from tests.report.made_up_reports import make_inputs

REPORTS = [
    Path("/srv/demo/aggregate_2026-11-16_2026-11-20.html"),
    Path("/srv/demo/nightly_2026-11-16_2026-11-20.html"),
]


def printed(inputs: ReportInputs, width: int = 80, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=file, width=width).print(demo_summary(inputs, REPORTS))
    file.flush()
    return raw.getvalue().decode(encoding)


def test_it_fits_a_screen_and_says_what_matters(small_inputs: ReportInputs) -> None:
    text = printed(small_inputs)
    assert len(text.splitlines()) <= 44
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert "violation" not in text.lower()
    for needed in (
        "2 captures",
        "40 employees",
        "without a matching approval",
        "Instagram",
        "auditor explain f-",
    ):
        assert needed in text
    for path in REPORTS:
        assert str(path) in text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_it_prints_on_a_terminal_of_another_age(small_inputs: ReportInputs, encoding: str) -> None:
    assert "####" in printed(small_inputs, encoding=encoding)


def test_it_has_nothing_to_say_of_nothing() -> None:
    text = printed(make_inputs([], captures=[], ledger={}, problems=[]))
    assert "0 sessions" in text
    assert "One of them" not in text


def test_works_of_reference_stand_apart(inputs: ReportInputs) -> None:
    assert "works of reference" in printed(inputs)
