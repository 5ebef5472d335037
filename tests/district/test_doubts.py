"""What `check` warns of though the audit can go by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.district import check_folder
from tests.district.test_load import add, problems, small

__all__ = ["small"]


@pytest.mark.parametrize(
    ("lines", "warnings"),
    [
        (
            ["staff.csv E3,,,hs,t,E1,day,,2026-10-31", "staff.csv E3,,,hs,t,E1,day,2026-11-03,"],
            [
                "staff.csv:5: warning: employee E3 is in no row from 2026-11-01 through 2026-11-02: "
                "what they used then is no finding (let the rows follow each other, if it was no absence)"
            ],
        ),
        (
            ["staff.csv E3,,,hs,t,,day,,2026-10-31", "staff.csv E4,,,hs,t,E3,day,,2026-10-31",
             "staff.csv E5,,,hs,t,E3,day,,"],
            [
                "staff.csv:6: warning: supervisor E3 is not in staff.csv after 2026-10-31 "
                "(end this row on that day and add one with the next supervisor: only they can approve exceptions)"
            ],
        ),
        (
            ["staff.csv E3,,,hs,t,E1,day,,2026-10-31", "devices.csv D3,3c22fb000003,district,E3,,,2026-10-31",
             "devices.csv D4,3c22fb000004,district,E3,,,"],
            [
                "devices.csv:4: warning: D4 stays assigned to E3, who is not in staff.csv after 2026-10-31 "
                "(end the row with `valid_to`: use of the device after that day is nobody's)"
            ],
        ),
        (
            ["staff.csv E3,,A@x.org,hs,t,E1,day,,", "staff.csv E4,,a@x.org,hs,t,E3,day,,",
             "staff.csv E5,,a@x.org,hs,t,E1,day,,"],
            [
                "staff.csv:5: warning: E4 and the supervisor, E3, have one e-mail address "
                "(is it one person under two ids? Nobody can approve their own use)"
            ],
        ),
        (
            ["staff.csv e1,,,hs,t,E1,day,,"],
            [
                "staff.csv:4: warning: `employee_id` e1 differs from E1 on line 2 by capitals alone "
                "(if both mean the same, write both the same way)"
            ],
        ),
        (
            ["staff.csv 012,,,hs,t,E1,day,,", "staff.csv 12,,,HS,t,E1,day,,"],
            [
                "staff.csv:5: warning: `employee_id` 12 differs from 012 on line 4 by leading zeros alone "
                "(if both mean the same, write both the same way)",
                "staff.csv:5: warning: `site` HS differs from hs on line 2 by capitals alone "
                "(if both mean the same, write both the same way)",
            ],
        ),
        (
            ["devices.csv D2,3c22fb000002,district,E1,,,2026-10-31",
             "devices.csv D2,3C-22-FB-00-00-02,district,E2,,2026-11-01,"],
            [
                "devices.csv:4: warning: 3C-22-FB-00-00-02 is spelt 3c22fb000002 on line 3 "
                "(both are read; with one spelling a search finds all rows of an address)"
            ],
        ),
        (
            ["staff.csv E3,,,hs,t,E5,day,,", "staff.csv E5,,,hs,t,E1,day,2026-11-01,",
             "exceptions.csv X1,E3,*,films,E5,2026-10-30,2026-11-02,2026-11-30,,,,"],
            [
                "exceptions.csv:2: warning: E5, who approved it, was not in staff.csv on 2026-10-30 "
                "(it counts, for the employee's row of that day names them as supervisor; is the row right?)"
            ],
        ),
        (
            ["exceptions.csv X1,e2,*,films,E1,2026-10-30,2026-11-02,2026-11-30,,,,"],
            [
                "exceptions.csv:2: warning: exception X1 excuses nothing: employee e2 is not in staff.csv "
                "(mend it, or leave it as a record; did you mean `E2`? Capitals count)"
            ],
        ),
    ],
)  # fmt: skip
def test_one_line_each(small: Path, lines: list[str], warnings: list[str]) -> None:
    for line in lines:
        file, _, row = line.partition(" ")
        add(small, file, row)
    assert problems(small) == warnings


def test_a_supervisor_who_comes_back_has_not_left(small: Path) -> None:
    add(small, "staff.csv", "E3,,,hs,t,,day,,2026-10-31", "E4,,,hs,t,E3,day,,", "E3,,,hs,t,,day,2026-11-01,")
    assert problems(small) == []


def test_a_summer_is_no_gap(small: Path) -> None:
    add(small, "staff.csv", "E3,,,hs,t,E1,day,,2026-06-05", "E3,,,hs,t,E1,day,2026-08-17,")
    assert problems(small) == []


def test_a_row_with_an_error_is_not_doubted_too(small: Path) -> None:
    add(small, "devices.csv", "D2,3C22.FB00.0001,personal,E1,,,")
    assert [str(one.severity) for one in check_folder(small, frozenset(), frozenset())] == ["error"]


def test_a_circle_of_many_is_told_in_short(small: Path) -> None:
    add(small, "staff.csv", *(f"C{n},,,hs,t,C{(n + 1) % 3000},day,," for n in range(3000)))
    (told,) = problems(small)
    assert told.startswith("staff.csv:4: warning: supervisors go in a circle: C0 -> C1 -> ")
    assert " -> ... (2992 more) -> C0 (" in told


def test_a_circle_that_a_later_row_closes(small: Path) -> None:
    add(
        small,
        "staff.csv",
        "E3,,,hs,t,E4,day,,",
        "E4,,,hs,t,E1,day,,2026-10-31",
        "E4,,,hs,t,E3,day,2026-11-01,",
    )
    (told,) = problems(small)
    assert told.startswith("staff.csv:4: warning: supervisors go in a circle: E3 -> E4 -> E3 (")
