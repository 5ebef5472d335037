from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.district.cellhints import date_hint, moment_hint, time_hint


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("11/16/2026", "2026-11-16"),
        ("16.11.2026", "2026-11-16"),
        ("16/11/26", "2026-11-16"),
        ("11/12/2026", "2026-11-12 or 2026-12-11"),
        ("2026/11/16", "2026-11-16"),
        ("2026-1-5", "2026-01-05"),
        ("20261116", "2026-11-16"),
        ("Nov 16, 2026", "2026-11-16"),
        ("16-Nov-26", "2026-11-16"),
        ("Monday 16 November 2026", ""),
        ("46342", "2026-11-16"),  # a spreadsheet's day number
        ("2026-11-16 00:00:00", "2026-11-16"),
        ("13/13/2026", ""),
        ("tomorrow", ""),
        ("99999", ""),
        ("##########", "the spreadsheet's column was too narrow when the file was saved: widen it and save again"),
    ],
)  # fmt: skip
def test_dates(text: str, meant: str) -> None:
    usual = "dates are YYYY-MM-DD, such as 2026-11-16"
    told = f"did you mean {meant}? D{usual[1:]}" if meant else usual
    assert date_hint(text) == (meant if text.startswith("#") else told)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7:30 AM", "07:30"),
        ("12:05 am", "00:05"),
        ("12:05 p.m.", "12:05"),
        ("3pm", "15:00"),
        ("7.30", "07:30"),
        ("0730", "07:30"),
        ("07:30:00", "07:30"),
        ("0.3125", "07:30"),  # a fraction of a day
        ("8", ""),
        ("25:00", ""),
        ("13:00 PM", ""),
    ],
)
def test_times(text: str, meant: str) -> None:
    usual = "times are HH:MM from 00:00 to 24:00, such as 07:30"
    assert time_hint(text) == (f"did you mean {meant}? T{usual[1:]}" if meant else usual)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("11/16/2026 7:30 AM", "2026-11-16T07:30"),
        ("2026-11-16T08:05:00", "2026-11-16T08:05"),
        ("46342.5", "2026-11-16T12:00"),
        ("11/16/2026", "2026-11-16"),
        ("11/12/2026 15:00", "2026-11-12T15:00 or 2026-12-11T15:00"),
        ("yesterday", ""),
    ],
)
def test_moments(text: str, meant: str) -> None:
    usual = "write 2026-11-16, 2026-11-16T08:05 or 2026-11-16T08:05-06:00"
    assert moment_hint(text) == (f"did you mean {meant}? W{usual[1:]}" if meant else usual)


@given(st.text())
def test_any_text_has_a_hint(text: str) -> None:
    assert date_hint(text)
    assert time_hint(text)
    assert moment_hint(text)
