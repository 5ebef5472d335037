from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.district.values import (
    CellError,
    is_randomised,
    parse_approval,
    parse_clock,
    parse_day,
    parse_end,
    parse_mac,
    parse_start,
    parse_weekday,
    parse_weekdays,
)

CHICAGO = "America/Chicago"
ARABIC_DIGITS = "\u0661\u0660"  # digits to str.isdigit and int


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text + "+00:00").timestamp()) // 60


@pytest.mark.parametrize(
    "text",
    ["3c:22:fb:01:02:0a", "3C-22-FB-01-02-0A", "3c22.fb01.020a", "3C22FB01020A", "3C:22:fb:01:02:0a"],
)
def test_a_mac_address_in_any_common_spelling(text: str) -> None:
    assert parse_mac(text) == "3c:22:fb:01:02:0a"


@given(st.integers(0, 2**48 - 1))
def test_a_mac_address_comes_back_from_each_spelling(number: int) -> None:
    digits = f"{number & ~(1 << 40):012x}"
    pairs = [digits[at : at + 2] for at in range(0, 12, 2)]
    fours = [digits[at : at + 4] for at in range(0, 12, 4)]
    for spelt in (digits, ":".join(pairs), "-".join(pairs).upper(), ".".join(fours)):
        assert parse_mac(spelt) == ":".join(pairs)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("3c:22:fb:01:02", "12 hex digits"),
        ("3c:22-fb:01:02:03", "12 hex digits"),
        ("3c:22:fb:01:02:0g", "12 hex digits"),
        ("3c:22:fb:01:02:03:04", "12 hex digits"),
        ("1.12233E+11", "spreadsheet"),
        ("1122334455", "spreadsheet"),
        ("01:00:5e:00:00:fb", "copy the address"),
        ("ff:ff:ff:ff:ff:ff", "copy the address"),
    ],
)
def test_no_mac_address(text: str, hint: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_mac(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize(("digit", "randomised"), [(digit, digit in "26ae") for digit in "02468ace"])
def test_a_randomised_address_shows_in_its_second_digit(digit: str, randomised: bool) -> None:
    assert is_randomised(f"1{digit}:22:fb:01:02:03") is randomised


@pytest.mark.parametrize(
    ("text", "minute"),
    [("00:00", 0), ("7:30", 450), ("07:30", 450), ("23:59", 1439), ("24:00", 0)],
)
def test_times_of_day(text: str, minute: int) -> None:
    assert parse_clock(text) == minute


@pytest.mark.parametrize(
    "text", ["24:01", "25:00", "7:60", "7", "7:3", "7:30 pm", "07:30:00", ARABIC_DIGITS + ":30"]
)
def test_no_times_of_day(text: str) -> None:
    with pytest.raises(CellError):
        parse_clock(text)


@pytest.mark.parametrize(
    "text",
    [
        "11/16/2026",
        "2026-11-31",
        "2026-1-6",
        "20261116",
        "2026-11-16T08:00",
        "9999-12-31",
        "2026-11-" + ARABIC_DIGITS,
    ],
)
def test_no_days(text: str) -> None:
    with pytest.raises(CellError):
        parse_day(text)


@pytest.mark.parametrize(
    ("parse", "text", "expected"),
    [
        (parse_start, "2026-11-16", "2026-11-16T06:00"),
        (parse_end, "2026-11-16", "2026-11-17T06:00"),  # through that day
        (parse_end, "2026-11-01", "2026-11-02T06:00"),  # a day of 25 hours
        (parse_end, "2026-11-16T08:05", "2026-11-16T14:05"),  # exclusive
        (parse_end, "2026-11-16T24:00", "2026-11-17T06:00"),
        (parse_start, "2026-11-16T08:05", "2026-11-16T14:05"),
        (parse_start, "2026-11-16 08:05", "2026-11-16T14:05"),
        (parse_start, "2026-11-16T08:05Z", "2026-11-16T08:05"),
        (parse_start, "2026-11-16T08:05-07:00", "2026-11-16T15:05"),
        (parse_start, "2026-11-16T08:05+05:30", "2026-11-16T02:35"),
        (parse_start, "2026-11-01T01:30-06:00", "2026-11-01T07:30"),  # the offset tells the second one
    ],
)
def test_ends_of_intervals(parse: Callable[[str, str], int], text: str, expected: str) -> None:
    assert parse(text, CHICAGO) == utc(expected)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-16T", "2026-11-16T25:00", "2026-02-30T08:00", "2026-11-16T08:05+24:00"]
)
def test_no_ends_of_intervals(text: str) -> None:
    with pytest.raises(CellError):
        parse_end(text, CHICAGO)


def test_an_approval_has_a_local_day() -> None:
    assert parse_approval("2026-11-17T03:00Z", CHICAGO) == (utc("2026-11-17T03:00"), date(2026, 11, 16))
    assert parse_approval("2026-11-16", CHICAGO) == (utc("2026-11-16T06:00"), date(2026, 11, 16))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", (0,)),
        ("Fri mon", (0, 4)),
        ("mon,wed;fri", (0, 2, 4)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat-mon", (0, 5, 6)),
        ("Tuesday", (1,)),
    ],
)
def test_weekdays(text: str, days: tuple[int, ...]) -> None:
    assert parse_weekdays(text) == days


@pytest.mark.parametrize("text", ["mo", "mon-", "-fri", "mon--fri", "1"])
def test_no_weekdays(text: str) -> None:
    with pytest.raises(CellError):
        parse_weekdays(text)


def test_a_weekday() -> None:
    assert [parse_weekday(name) for name in ("mon", "SUN")] == [0, 6]


@given(st.text())
def test_any_text_is_a_value_or_a_mistake(text: str) -> None:
    parsers: list[Callable[[str], object]] = [
        parse_day,
        parse_clock,
        parse_mac,
        parse_weekdays,
        lambda cell: parse_end(cell, CHICAGO),
    ]
    for parse in parsers:
        with contextlib.suppress(CellError):
            parse(text)
