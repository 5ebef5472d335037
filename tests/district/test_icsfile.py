from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from auditor.district import CalendarRow
from auditor.district.icsfile import Around, read_ics
from auditor.errors import Problem

AROUND = Around(
    "America/Chicago",
    frozenset({"high", "North-Elementary"}),
    frozenset({"teacher", "office", "early-release", "early-release-hs", "snow-late"}),
    frozenset({"teacher", "office"}),
)


def read(
    folder: Path, *events: str, calendar: tuple[CalendarRow, ...] = (), around: Around = AROUND
) -> tuple[tuple[CalendarRow, ...], list[str]]:
    """Reads events, each given as its lines between BEGIN and END with `|` for the line breaks."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//"]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, *event.split("|"), "END:VEVENT"]
    (folder / "calendar.ics").write_text("\r\n".join([*lines, "END:VCALENDAR", ""]))
    problems: list[Problem] = []
    return read_ics(folder, calendar, problems, around), [str(problem) for problem in problems]


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
        "calendar.ics:9: warning: `Holiday concert` on 2026-12-10 is left out: it is not all-day (make it an all-day "
        "event, or write the day into calendar.csv, if it is meant for work time)",
        "calendar.ics: warning: 2 events are left out: their names say nothing of work or school "
        "(the README lists the names that do; for other days use calendar.csv)",
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
    assert read_ics(tmp_path, (), problems, AROUND) == ()
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
    assert read_ics(tmp_path, (), problems, AROUND) == ()
    assert problems == []


@pytest.mark.parametrize("line", ["DTEND;VALUE=D,TE:20261128", "DTSTART;VALUE=DATE,DATE:20261126"])
def test_a_list_of_kinds_is_no_kind(tmp_path: Path, line: str) -> None:
    """Found by fuzzing: the library raised AttributeError."""
    _, problems = read(tmp_path, THANKSGIVING, f"SUMMARY:No School|{line}")
    assert [problem.split(":")[0] for problem in problems] == ["calendar.ics"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("No School", "no_work"),
        ("NO SCHOOL: Labor Day", "no_work"),
        ("Holiday - Labor Day", "no_work"),
        ("Holidays", "no_work"),
        ("Closed for Thanksgiving", "no_work"),
        ("Schools closed (ice)", "no_work"),
        ("Snow day", "no_work"),
        ("No school for students and staff", "no_work"),
        ("No students, no staff", "no_work"),
        ("No school - teacher workday", "no_school"),
        ("No School (PD Day)", "no_school"),
        ("No school for students", "no_school"),
        ("No Students", "no_school"),
        ("Teacher Work Day", "no_school"),
        ("Staff Development", "no_school"),
        ("Professional development day", "no_school"),
        ("In-service", "no_school"),
        ("Inservice day", "no_school"),
        ("Teacher in service", "no_school"),
        ("Early Release", "early-release"),
        ("early release day", "early-release"),
        ("EarlyRelease", "early-release"),
        ("Early release HS", "early-release-hs"),
        ("Snow late", "snow-late"),
        ("Office", "office"),
        ("Office party", ""),
        ("Teacher appreciation week", ""),
        ("Early releases of films", "early-release"),
        ("Earlyish release", ""),
        ("Knowledge bowl", ""),
        ("Holidaymakers", ""),
        ("Concert", ""),
        ("", ""),
    ],
)
def test_what_a_name_says(tmp_path: Path, name: str, kind: str) -> None:
    rows, _ = read(tmp_path, f"SUMMARY:{name}|DTSTART;VALUE=DATE:20261110")
    assert [row.schedule or row.kind for row in rows] == ([kind] if kind else [])


@pytest.mark.parametrize(
    "name", ["Early dismissal", "Late start", "2-hour delay", "Half Day", "HS: early release"]
)
def test_other_hours_that_no_schedule_tells_are_a_warning(tmp_path: Path, name: str) -> None:
    rows, problems = read(tmp_path, *[f"SUMMARY:{name}|DTSTART;VALUE=DATE:202611{day}" for day in (10, 17)])
    assert rows == ()
    assert problems == [
        f"calendar.ics:4: warning: `{name}` on 2026-11-10 is not followed: no schedule of that name says what hours "
        "hold then (write its hours into schedules.csv under the event's name, or the day into calendar.csv)"
    ]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("DTSTART;TZID=America/Chicago:20261126T000000|DTEND;TZID=America/Chicago:20261128T000000", [26, 27]),
        ("DTSTART;TZID=Central Standard Time:20261126T000000|DURATION:P1D", [26]),
        ("DTSTART:20261126T060000Z|DTEND:20261127T060000Z", [26]),
        ("DTSTART:20261126T000000|DTEND:20261127T000000", [26]),
        ("DTSTART:20261126T000000|DTEND:20261126T235900", [26]),
        ("DTSTART;VALUE=DATE:20261126|DURATION:P2D", [26, 27]),
        ("DTSTART:20261126T060000Z|DTEND:20261127T060000Z|X-MICROSOFT-CDO-ALLDAYEVENT:TRUE", [26]),
        ("DTSTART:20261126T050000Z|DTEND:20261127T050000Z|X-MICROSOFT-CDO-ALLDAYEVENT:TRUE", [26]),
        ("DTSTART:20261126T080000|DTEND:20261126T150000", []),
        ("DTSTART:20261126T000000", []),
        ("DTSTART:20261126T000000Z|DTEND:20261127T000000Z", []),  # 18:00 to 18:00
    ],
)
def test_times_from_midnight_to_midnight_are_whole_days(
    tmp_path: Path, times: str, expected: list[int]
) -> None:
    rows, problems = read(tmp_path, f"SUMMARY:Holiday|{times}")
    assert [row.day.day for row in rows] == expected
    assert bool(problems) == (not expected)


def test_midnight_that_clocks_skip_is_the_day_s_beginning(tmp_path: Path) -> None:
    around = Around("America/Havana")  # 2026-03-08 begins at 01:00
    rows, _ = read(tmp_path, "SUMMARY:Holiday|DTSTART:20260308T050000Z|DTEND:20260309T040000Z", around=around)
    assert days(rows) == ["2026-03-08"]


def test_a_series_in_utc_keeps_its_days_when_the_clocks_change(tmp_path: Path) -> None:
    rows, problems = read(
        tmp_path,
        "UID:w|SUMMARY:No school|DTSTART:20261023T050000Z|DTEND:20261024T050000Z|"
        "RRULE:FREQ=WEEKLY;UNTIL=20261120T050000Z|EXDATE:20261106T050000Z|RDATE:20261215T060000Z",
        "UID:w|SUMMARY:No school (moved)|RECURRENCE-ID:20261030T050000Z|DTSTART;VALUE=DATE:20261102",
    )
    assert (days(rows), problems) == (
        ["2026-10-23", "2026-11-02", "2026-11-13", "2026-11-20", "2026-12-15"],
        [],
    )
    assert [row.line for row in rows] == [4, 13, 4, 4, 4]


def test_an_occurrence_that_was_called_off_or_became_something_else(tmp_path: Path) -> None:
    rows, _ = read(
        tmp_path,
        "UID:w|SUMMARY:Late start|DTSTART;VALUE=DATE:20261104|RRULE:FREQ=WEEKLY;COUNT=4",
        "UID:w|SUMMARY:Late start|STATUS:CANCELLED|RECURRENCE-ID;VALUE=DATE:20261111|DTSTART;VALUE=DATE:20261111",
        "UID:w|SUMMARY:Teacher workday|RECURRENCE-ID;VALUE=DATE:20261118|DTSTART;VALUE=DATE:20261118",
        around=Around("America/Chicago", schedules=frozenset({"late-start"})),
    )
    assert [(row.day.day, row.kind) for row in rows] == [
        (4, "use_schedule"),
        (18, "no_school"),
        (25, "use_schedule"),
    ]


def test_exceptions_written_with_a_time_take_days_out_too(tmp_path: Path) -> None:
    rows, _ = read(
        tmp_path,
        "SUMMARY:No work|DTSTART;VALUE=DATE:20261106|RRULE:FREQ=WEEKLY;COUNT=3|EXDATE:20261113T000000",
    )
    assert days(rows) == ["2026-11-06", "2026-11-20"]


def test_an_event_of_a_site(tmp_path: Path) -> None:
    rows, problems = read(
        tmp_path,
        "SUMMARY:No school|LOCATION:HIGH|DTSTART;VALUE=DATE:20261110",
        "SUMMARY:No school|CATEGORIES:Closures,north-elementary,High|DTSTART;VALUE=DATE:20261111",
        "SUMMARY:No school|LOCATION:Lincoln|DTSTART;VALUE=DATE:20261112",
        "SUMMARY:No school|LOCATION:Lincoln|DTSTART;VALUE=DATE:20261113",
    )
    assert [(row.day.day, row.site) for row in rows] == [
        (10, "high"),
        (11, "North-Elementary"),
        (11, "high"),
        (12, "*"),
        (13, "*"),
    ]
    assert [text.partition(" (")[0] for text in problems] == [
        "calendar.ics:16: warning: `No school` on 2026-11-12 has the LOCATION `Lincoln`, which is no site: "
        "it counts at every site"
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_events_that_disagree_the_one_with_less_work_time_holds(tmp_path: Path, turned: bool) -> None:
    events = [
        "SUMMARY:Teacher workday|DTSTART;VALUE=DATE:20261110",
        "SUMMARY:Snow day|DTSTART;VALUE=DATE:20261110",
    ]
    rows, problems = read(tmp_path, *(reversed(events) if turned else events))
    assert [row.kind for row in rows] == ["no_work"]
    (problem,) = problems
    assert "`Teacher workday` and `Snow day` (line" in problem
    assert "disagree on 2026-11-10: the latter holds" in problem


@pytest.mark.parametrize(
    "times",
    ["DTSTART:00010101T000000Z|DTEND:00010102T000000Z", "DTSTART:99991231T000000|DTEND:99991231T235900",
     "DTSTART;VALUE=DATE:20261110|DURATION:P99999999D", "DTSTART:20261110T000000Z|DTEND:20261111T000000"],
)  # fmt: skip
def test_times_at_the_edge_of_the_calendar_are_a_problem_at_most(tmp_path: Path, times: str) -> None:
    rows, problems = read(tmp_path, f"SUMMARY:Holiday|{times}")
    assert rows == ()
    assert problems[0].startswith("calendar.ics:4: ")


def test_a_zone_that_is_a_folder_of_zones_is_a_problem(tmp_path: Path) -> None:
    """Found by random input: the library raised IsADirectoryError."""
    rows, problems = read(tmp_path, "SUMMARY:Holiday|DTSTART;TZID=America/:20261109T000000|DURATION:P1D")
    assert rows == ()
    assert problems[0].startswith("calendar.ics:1: is not an iCalendar file: ")
