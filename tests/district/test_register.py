"""Changes to the register as texts: what is refused, and with which words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.district.load import load_district
from auditor.district.localtime import utc_minute, written
from auditor.district.register import Rules, added, ended, in_words, next_id
from auditor.errors import BadInput
from tests.district.test_validity import FILES

ZONE = "America/Chicago"
NOW = utc_minute(datetime(2026, 11, 16, 15, 0, tzinfo=UTC))  # a Monday, 09:00 in Chicago
HEADER = (
    "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to,"
    "weekdays,start,end,device_id\n"
)
ROW = "X-2026-007,E3,youtube,films,E2,2026-11-02,2026-11-03,2026-11-30,,,,\n"
GIVEN = {
    "employee_id": "E3",
    "platform": "youtube",
    "purpose": "films",
    "approved_by": "E2",
    "valid_from": "2026-11-17",
    "valid_to": "2026-11-20",
}


def rules(folder: Path, text: str) -> Rules:
    for name, content in FILES.items():
        (folder / name).write_text(content)
    (folder / "devices.csv").write_text(
        "device_id,mac,ownership,assigned_to\nLT-1,3c22fb000001,district,E3\n"
    )
    (folder / "exceptions.csv").write_text(text, newline="")
    return Rules(load_district(folder), frozenset({"youtube", "x"}), frozenset({"video"}), NOW)


def refused(folder: Path, text: str = HEADER + ROW, **changes: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        added(text, {**GIVEN, **changes}, rules(folder, text))
    return [str(problem) for problem in caught.value.problems]


def test_an_exception_is_added_with_an_id_and_a_time(tmp_path: Path) -> None:
    text = HEADER + ROW
    held_to = rules(tmp_path, text)
    change = added(text, {**GIVEN, "platform": "YouTube", "purpose": "films, and  more"}, held_to)
    assert change.text == text + (
        'X-2026-008,E3,youtube,"films, and more",E2,2026-11-16T09:00,2026-11-17,2026-11-20,,,,\n'
    )
    assert change.row.line == 3
    assert in_words(change, held_to) == (
        "X-2026-008 excuses E3's use of youtube on any device, at all hours, from 2026-11-17 through 2026-11-20, "
        "for: films, and more (approved by E2)"
    )


def test_in_words_with_hours_a_device_and_a_late_approval(tmp_path: Path) -> None:
    held_to = rules(tmp_path, HEADER)
    more = {"platform": "category:video", "weekdays": "mon wed", "start": "09:00", "device_id": "LT-1"}
    more |= {"valid_from": "2026-11-16", "valid_to": "2026-11-20T12:00"}
    assert in_words(added(HEADER, {**GIVEN, **more}, held_to), held_to) == (
        "X-2026-001 excuses E3's use of all platforms of the category video on LT-1 only, mon wed, from 09:00 to "
        "24:00, from 2026-11-16 until 2026-11-20T12:00, for: films (approved by E2); not what came before its "
        "approval at 2026-11-16T09:00"
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"employee_id": "e3"}, "--employee: 'e3' is not in staff.csv (did you mean `E3`? Capitals count)"),
        ({"platform": "youtub"}, "--platform: platform `youtub` is not in the catalogue (did you mean `youtube`?)"),
        ({"platform": "category:vid"}, "--platform: category `vid` is not in the catalogue"),
        ({"purpose": ""}, "--purpose: is empty"),
        ({"purpose": "=cmd|'/C calc'!A0"}, "--purpose: \"=cmd|'/C calc'!A0\" begins as a formula does"),
        ({"purpose": "@SUM(A1)"}, "--purpose: '@SUM(A1)' begins as a formula does"),
        ({"purpose": "films\x1b[2J"}, "--purpose: 'films\\x1b[2J' holds a line break or an invisible character"),
        ({"approved_by": "E3"}, "--approved-by: 'E3': the employee approved it for themselves"),
        ({"approved_by": "E1"}, "--approved-by: 'E1': E1 was not the employee's supervisor on 2026-11-16: "
                                 "that was E2"),
        ({"approved_at": "2026-11-17"}, "--approved-at: '2026-11-17': that is still to come"),
        ({"approved_at": "2026-10-31", "approved_by": "E2"}, "--approved-by: 'E2': E2 was not the employee's "
                                                             "supervisor on 2026-10-31: that was E1"),
        ({"valid_to": "2026-11-16"}, "--to: '2026-11-16': its end is not after its beginning"),
        ({"valid_to": "2027-11-16"}, "--to: '2027-11-16': it is longer than 30 days; the last day that can be is "
                                     "2026-12-16"),
        ({"valid_from": "soon"}, "--from: 'soon' is not a date or date-time"),
        ({"weekdays": "mo"}, "--weekdays: 'mo' is not a weekday"),
        ({"start": "7:30 AM"}, "--start: '7:30 AM' is not a time of day (did you mean 07:30?"),
        ({"device_id": "LT-2"}, "--device: 'LT-2' is not in devices.csv (did you mean `LT-1`?)"),
        ({"exception_id": "x-2026-007"}, "--id: X-2026-007 is already on line 2"),
        ({"exception_id": "X 8"}, "--id: 'X 8' has a space in it"),
        ({"exception_id": "#8"}, "--id: '#8' begins as a formula does"),
        ({"weekdays": "sat"}, "exceptions.csv:3: it would excuse nothing: none of its weekdays and hours lies "
                              "between its beginning and its end (nothing was written)"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    (problem,) = refused(tmp_path, **changes)
    assert problem.startswith(told)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    found = refused(tmp_path, employee_id="E9", platform="z", valid_to="x", weekdays="y", approved_at="z")
    assert [problem.partition(":")[0] for problem in found] == [
        "--employee", "--platform", "--approved-at", "--to", "--weekdays",
    ]  # fmt: skip


def test_faults_of_other_rows_do_not_stand_in_the_way(tmp_path: Path) -> None:
    text = HEADER + "A,E3,youtube,,E3,2026-11-02,2026-11-03,,,,,\n"
    assert added(text, GIVEN, rules(tmp_path, text)).text.startswith(text + "X-2026-001,E3,")


def test_a_column_that_the_file_lacks(tmp_path: Path) -> None:
    text = HEADER.replace(",device_id", "")
    assert added(text, GIVEN, rules(tmp_path, text)).text.startswith(text)
    (problem,) = refused(tmp_path, text, device_id="LT-1")
    assert problem.startswith("exceptions.csv:1: has no column `device_id` (")


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([], "X-2026-001"),
        (["X-2026-009", "X-2026-010"], "X-2026-011"),
        (["X-2026-009", "pilot"], "X-2026-010"),
        (["X-2025-099"], "X-2026-001"),
        (["X-2025-99", "X-2026-07", "X-2025-98"], "X-2026-08"),
        (["E17"], "E18"),
        (["7"], "8"),
        (["099"], "100"),
        (["ex-1", "ey-5", "ex-3"], "ex-4"),
    ],
)
def test_the_next_id_goes_on_with_the_series(tmp_path: Path, ids: list[str], expected: str) -> None:
    text = HEADER + "".join(
        f"{name},E3,youtube,films,E2,2026-11-02,2026-11-03,2026-11-30,,,,\n" for name in ids
    )
    assert next_id(rules(tmp_path, text).district.exceptions, 2026) == expected


# ending one


def end_of(folder: Path, on: str, row: str = ROW) -> str:
    text = HEADER + row
    return ended(text, row.partition(",")[0], on, rules(folder, text)).text.removeprefix(HEADER).split(",")[7]


def not_ended(folder: Path, on: str, row: str = ROW) -> str:
    text = HEADER + row
    with pytest.raises(BadInput) as caught:
        ended(text, "X-2026-007", on, rules(folder, text))
    (problem,) = caught.value.problems
    return str(problem)


def test_an_exception_ends_earlier(tmp_path: Path) -> None:
    assert end_of(tmp_path, "2026-11-20") == "2026-11-20"
    assert end_of(tmp_path, "2026-11-20T12:00") == "2026-11-20T12:00"
    assert end_of(tmp_path, "now") == "2026-11-16T09:00"


def test_one_that_never_began_ends_as_it_would_begin(tmp_path: Path) -> None:
    row = ROW.replace("2026-11-03", "2026-11-18")
    assert end_of(tmp_path, "now", row) == "2026-11-18T00:00"
    assert end_of(tmp_path, "2026-11-17", row) == "2026-11-18T00:00"
    assert end_of(tmp_path, "2026-11-18", row) == "2026-11-18"


@pytest.mark.parametrize(
    ("on", "row", "told"),
    [
        ("2026-12-01", ROW, "--on: X-2026-007 ends no later than that already, at 2026-12-01T00:00 ("),
        ("2026-11-30", ROW, "--on: X-2026-007 ends no later than that already"),
        ("2026-11-02", ROW, "--on: X-2026-007 began before that, at 2026-11-03T00:00 ("),
        ("2026-11-14", ROW, "--on: 2026-11-14 is past: use that was approved until now would lose its approval ("),
        ("2026-11-16T08:59", ROW, "--on: 2026-11-16T08:59 is past"),
        ("tomorrow", ROW, "--on: 'tomorrow' is not a date or date-time (`now`, or write 2026-11-16, "),
        ("now", ROW.replace("2026-11-30", ""), "--on: X-2026-007 excuses nothing (it has no end); with that end it "
                                               "would (add a new one that the supervisor approves)"),
        ("now", ROW.replace("2026-11-30", "2027-11-30"), "--on: X-2026-007 excuses nothing (it is longer than 30 "),
        ("now", ROW.replace("007", "008"), "X-2026-007: is no id of exceptions.csv (did you mean `X-2026-008`?)"),
    ],
)  # fmt: skip
def test_what_can_not_be_ended(tmp_path: Path, on: str, row: str, told: str) -> None:
    assert not_ended(tmp_path, on, row).startswith(told)


def test_a_faulty_one_may_end_where_it_stays_faulty(tmp_path: Path) -> None:
    assert end_of(tmp_path, "now", ROW.replace("films", "")) == "2026-11-16T09:00"


def test_the_hour_that_comes_twice_is_written_with_its_offset() -> None:
    first = utc_minute(datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    assert written(first, ZONE) == "2026-11-01T01:30"
    assert written(first + 60, ZONE) == "2026-11-01T01:30-06:00"
    assert written(first + 90, ZONE) == "2026-11-01T02:00"
    assert written(utc_minute(datetime(2026, 4, 4, 15, 15, tzinfo=UTC)), "Australia/Lord_Howe") == (
        "2026-04-05T01:45+10:30"
    )
