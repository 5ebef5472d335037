from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from auditor.district import CalendarRow
from auditor.district.icsfile import read_ics
from auditor.errors import Problem


def read(
    folder: Path, *events: str, calendar: tuple[CalendarRow, ...] = ()
) -> tuple[tuple[CalendarRow, ...], list[str]]:
    """Reads events, each given as its lines between BEGIN and END with `|` for the line breaks."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//"]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, *event.split("|"), "END:VEVENT"]
    (folder / "calendar.ics").write_text("\r\n".join([*lines, "END:VCALENDAR", ""]))
    problems: list[Problem] = []
    return read_ics(folder, calendar, problems), [str(problem) for problem in problems]


def days(rows: tuple[CalendarRow, ...]) -> list[str]:
    return [row.day.isoformat() for row in rows]


THANKSGIVING = "SUMMARY:No School - Thanksgiving|DTSTART;VALUE=DATE:20261126|DTEND;VALUE=DATE:20261128"


def test_an_all_day_event_is_days_without_work_at_every_site(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, THANKSGIVING)
    assert problems == []
    note = "No School - Thanksgiving"
    assert rows == tuple(
        CalendarRow(4, date(2026, 11, day), "*", "no_work", "", note, "calendar.ics") for day in (26, 27)
    )


def test_a_category_says_it_too_and_an_end_may_be_missing(tmp_path: Path) -> None:
    rows, problems = read(
        tmp_path, "SUMMARY:Labor Day|CATEGORIES:District,Holiday|DTSTART;VALUE=DATE:20260907"
    )
    assert (days(rows), problems) == (["2026-09-07"], [])


def test_other_events_are_left_out_and_counted(tmp_path: Path) -> None:
    rows, problems = read(
        tmp_path,
        "SUMMARY:Concert|DTSTART;VALUE=DATE:20261110",
        "SUMMARY:Holiday concert|DTSTART:20261210T190000|DTEND:20261210T200000",
        "SUMMARY:After the holiday|DTSTART;VALUE=DATE:20261130",
        THANKSGIVING,
    )
    assert days(rows) == ["2026-11-26", "2026-11-27"]
    assert problems == [
        "calendar.ics: warning: 3 events are left out: not all-day, or not named "
        "`no school`, `no work`, `holiday` "
        "(name such days `No school ...`, or use calendar.csv)"
    ]


def test_repetitions_with_an_exception_and_a_change(tmp_path: Path) -> None:
    rows, problems = read(
        tmp_path,
        "UID:w|SUMMARY:No work Friday|DTSTART;VALUE=DATE:20261106|RRULE:FREQ=WEEKLY;COUNT=4"
        "|EXDATE;VALUE=DATE:20261113",
        "UID:w|SUMMARY:Classes after all|RECURRENCE-ID;VALUE=DATE:20261120|DTSTART;VALUE=DATE:20261120",
    )
    assert (days(rows), problems) == (["2026-11-06", "2026-11-27"], [])


def test_a_repetition_without_end_goes_on(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "SUMMARY:Holiday|DTSTART;VALUE=DATE:19980704|RRULE:FREQ=YEARLY")
    assert "2045-07-04" in days(rows)


def test_a_row_of_calendar_csv_goes_before(tmp_path: Path) -> None:
    day = date(2026, 11, 26)
    own = CalendarRow(2, day, "*", "use_schedule", "short", "")
    other = CalendarRow(3, day + timedelta(days=1), "hs", "use_schedule", "short", "")
    rows, _ = read(tmp_path, THANKSGIVING, calendar=(own, other))
    assert days(rows) == ["2026-11-27"]


@pytest.mark.parametrize("text", ["", "hello\n", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n"])
def test_what_is_no_calendar_is_a_problem_with_a_hint(tmp_path: Path, text: str) -> None:
    (tmp_path / "calendar.ics").write_text(text)
    problems: list[Problem] = []
    assert read_ics(tmp_path, (), problems) == ()
    assert [(problem.where, problem.hint) for problem in problems] == [
        ("calendar.ics:1", "export the calendar as .ics again")
    ]


@pytest.mark.parametrize(
    "event",
    [
        "SUMMARY:Holiday",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:2026112",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:20261120|DTEND;VALUE=DATE:20261110",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:20261120|DTEND;VALUE=DATE:99991231",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:20261120|DTEND:20261121T080000",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:20261120|DTSTART;VALUE=DATE:20261121",
        "SUMMARY:Holiday|DTSTART:080000",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:20261120|RRULE:FREQ=SOMETIMES",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:20261120|RRULE:COUNT=3",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:20261120|RRULE:FREQ=SECONDLY",
        "SUMMARY:Holiday|DTSTART;VALUE=DATE:20261120|RRULE:FREQ=HOURLY;INTERVAL=2",
    ],
)
def test_a_broken_event_is_a_problem_at_its_line(tmp_path: Path, event: str) -> None:
    rows, problems = read(tmp_path, THANKSGIVING, event)
    assert days(rows) == ["2026-11-26", "2026-11-27"]
    (problem,) = problems
    assert problem.startswith("calendar.ics:10: an event")
    assert problem.endswith("export the calendar as .ics again)")


def test_an_event_that_was_called_off_does_not_count(tmp_path: Path) -> None:
    assert read(tmp_path, THANKSGIVING + "|STATUS:CANCELLED")[0] == ()


def test_a_broken_event_that_does_not_matter_is_left_out(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "SUMMARY:Concert|DTSTART:soon", THANKSGIVING, "SUMMARY:Party")
    assert days(rows) == ["2026-11-26", "2026-11-27"]
    assert [problem.split(":")[1] for problem in problems] == [" warning"]
    assert "2 events" in problems[0]


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_ics(tmp_path, (), problems) == ()
    assert problems == []


@pytest.mark.parametrize("line", ["DTEND;VALUE=D,TE:20261128", "DTSTART;VALUE=DATE,DATE:20261126"])
def test_a_list_of_kinds_is_no_kind(tmp_path: Path, line: str) -> None:
    """Found by fuzzing: the library raised AttributeError."""
    _, problems = read(tmp_path, THANKSGIVING, f"SUMMARY:No School|{line}")
    assert [problem.split(":")[0] for problem in problems] == ["calendar.ics"]
