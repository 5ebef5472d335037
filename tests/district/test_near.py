from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.district.near import Names

MANY = [f"E{number:04}" for number in range(1, 2000)]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("e0017", "did you mean `E0017`? Capitals count"),
        ("E17", "did you mean `E0017`? Spreadsheets drop leading zeros: make the column text"),
        ("17", "did you mean `E0017`?"),
        ("E-0017", "did you mean `E0017`?"),
        ("X", "is it a slip of the pen, or is a row missing?"),
    ],
)
def test_what_a_name_may_stand_for_among_many(name: str, hint: str) -> None:
    assert Names(MANY).hint(name) == hint


def test_a_number_that_two_names_have_says_nothing() -> None:
    assert Names(["AAA1", "BBB1"]).hint("1") == "known are AAA1, BBB1"


def test_only_the_first_unknown_names_are_compared_with_all_known_ones() -> None:
    names = Names([f"teacher{letter}" for letter in "abcdefghijklmnop"])
    hints = [names.hint(f"teachr{number}") for number in range(30)]
    assert hints[0].startswith("did you mean `teacher")
    assert hints[-1] == "is it a slip of the pen, or is a row missing?"


@given(st.lists(st.text()), st.text())
def test_any_names(known: list[str], name: str) -> None:
    assert Names(known).hint(name)
