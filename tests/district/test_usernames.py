"""Whose a user name of a network log-on is."""

from __future__ import annotations

import pytest

from auditor.district.rows import StaffRow
from auditor.district.usernames import UserNames


def staff(line: int, employee_id: str, email: str, username: str = "") -> StaffRow:
    return StaffRow(line, employee_id, "", email, "high", "teacher", "", "", None, None, username)


STAFF = (
    staff(2, "E1", "Jo.Doe@district.example"),
    staff(3, "E2", "sam@district.example", "HM\\samuel"),
    staff(4, "E3", "kim@district.example"),
    staff(5, "E4", "kim@lower.example"),
    staff(6, "E3", "kim@district.example"),
)


@pytest.mark.parametrize(
    ("user", "employee"),
    [
        ("jo.doe@district.example", "E1"),
        ("JO.DOE", "E1"),
        ("e1", "E1"),
        ("DISTRICT\\jo.doe", "E1"),
        ("jo.doe@DISTRICT", "E1"),
        ("DISTRICT\\jo.doe@district.example", "E1"),
        ("HM\\Samuel", "E2"),
        ("samuel", ""),
        ("sam@lower.example", "E2"),
        ("kim", ""),
        ("kim@district.example", "E3"),
        ("kim@lower.example", "E4"),
        ("X\\kim", ""),
        ("jo.doe@university.example", ""),
        ("jo.doe@students.district.example", ""),
        ("STUDENTS\\jo.doe", ""),
        ("jo.doe@guest", ""),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_user_names(user: str, employee: str) -> None:
    assert UserNames(STAFF).employee(user) == employee


def test_realms_of_staff_can_be_named() -> None:
    assert UserNames(STAFF, ["ad.district.example"]).employee("jo.doe@AD.district.example") == "E1"
