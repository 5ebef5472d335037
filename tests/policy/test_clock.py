from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.district import CalendarRow, District, ExceptionRow, ScheduleRow, Settings, StaffRow
from auditor.policy.clock import Duty, Window, day_bounds, duty, exception_windows, local_day, local_iso

CHICAGO = "America/Chicago"
MONDAY = date(2026, 11, 16)

# Days on and beside which the clocks change: by an hour, by half an hour, at midnight, over a whole day.
CHANGES = [
    (CHICAGO, date(2026, 3, 8)),
    (CHICAGO, date(2026, 11, 1)),
    (CHICAGO, MONDAY),
    ("Europe/London", date(2026, 10, 25)),
    ("Asia/Kolkata", MONDAY),
    ("Asia/Kathmandu", MONDAY),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 4, 4)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/St_Johns", date(2010, 11, 7)),  # set back at 00:01: across midnight
    ("Pacific/Apia", date(2011, 12, 30)),  # the day that never was
]
places_and_days = st.sampled_from(CHANGES).flatmap(
    lambda change: st.tuples(
        st.just(change[0]), st.integers(-2, 2).map(lambda step: change[1] + timedelta(step))
    )
)
clock_minutes = st.integers(0, 240) | st.integers(0, 1439)  # clocks change in the small hours
steps = st.integers(-90, 1530) | st.integers(-3000, 3000)  # minutes from the beginning of a day


def at(text: str, zone: str = CHICAGO) -> int:
    """The minute of an ISO time; without an offset, of a local time that comes once."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()) // 60


def staff(
    employee_id: str = "E1", site: str = "hs", schedule: str = "day", line: int = 2, **period: date
) -> StaffRow:
    first, last = period.get("valid_from"), period.get("valid_to")
    return StaffRow(line, employee_id, "", "", site, "teacher", "", schedule, first, last)


def hours(text: str, weekday: int = 0, schedule: str = "day", line: int = 2) -> ScheduleRow:
    """`hours("08:00-15:30")`"""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return ScheduleRow(line, schedule, weekday, start, end)


def exception(**fields: object) -> ExceptionRow:
    row: dict[str, object] = {
        "line": 2,
        "exception_id": "X1",
        "employee_id": "E1",
        "platform": "youtube",
        "purpose": "lesson",
        "approved_by": "E2",
        "approved_minute": None,
        "approved_day": None,
        "from_minute": None,
        "to_minute": None,
        "weekdays": (),
        "start_minute": None,
        "end_minute": None,
        "device_id": "",
    }
    return ExceptionRow(**{**row, **fields})  # type: ignore[arg-type]


def district(*rows: object, zone: str = CHICAGO) -> District:
    def of(kind: type) -> tuple:
        return tuple(row for row in rows if isinstance(row, kind))

    return District(
        folder=Path(),
        settings=Settings.model_validate({"district": {"timezone": zone}}),
        staff=of(StaffRow),
        devices=(),
        schedules=of(ScheduleRow),
        calendar=of(CalendarRow),
        exceptions=of(ExceptionRow),
        approved_tools=(),
    )


def spans(found: list[Duty]) -> list[tuple[str, str]]:
    return [
        (local_iso(one.start_minute, CHICAGO)[:16], local_iso(one.end_minute, CHICAGO)[:16]) for one in found
    ]


# --- a slow second opinion: walk the minutes and read the clock on the wall


def furthest_walls(first_day: date, days: int, zone: str) -> dict[int, datetime]:
    """By minute, the furthest that the clock on the wall has got to by then: set back, it has to catch up."""
    noon_before = datetime(first_day.year, first_day.month, first_day.day, 12) - timedelta(days=2)
    first = int(noon_before.replace(tzinfo=ZoneInfo("UTC")).timestamp()) // 60
    walls: dict[int, datetime] = {}
    furthest = datetime.min
    for minute in range(first, first + (days + 4) * 1440):
        wall = datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).replace(tzinfo=None)
        furthest = max(furthest, wall)
        walls[minute] = furthest
    return walls


def slow_range(day: date, start: int, end: int, walls: dict[int, datetime]) -> set[int]:
    midnight = datetime(day.year, day.month, day.day)
    length = end - start if end > start else end - start + 1440
    begin = midnight + timedelta(minutes=start)
    return {minute for minute, wall in walls.items() if begin <= wall < begin + timedelta(minutes=length)}


def slow_day(day: date, walls: dict[int, datetime]) -> set[int]:
    return {minute for minute, wall in walls.items() if wall.date() == day}


# --- days


@pytest.mark.parametrize(
    ("day", "hours_long"), [(MONDAY, 24), (date(2026, 3, 8), 23), (date(2026, 11, 1), 25)]
)
def test_a_day_has_as_many_hours_as_the_clocks_give_it(day: date, hours_long: int) -> None:
    start, end = day_bounds(day, CHICAGO)
    assert end - start == hours_long * 60
    assert local_iso(start, CHICAGO)[:16] == f"{day}T00:00"


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_jump() -> None:
    start, end = day_bounds(date(2026, 9, 6), "America/Santiago")
    assert local_iso(start, "America/Santiago") == "2026-09-06T01:00-03:00"
    assert end - start == 23 * 60


def test_a_day_with_two_midnights_begins_with_the_first() -> None:
    start, end = day_bounds(date(2026, 11, 1), "America/Havana")
    assert local_iso(start, "America/Havana") == "2026-11-01T00:00-04:00"
    assert end - start == 25 * 60


def test_a_day_that_never_was_is_empty() -> None:
    start, end = day_bounds(date(2011, 12, 30), "Pacific/Apia")
    assert start == end


@given(places_and_days)
@settings(max_examples=60, deadline=None)
def test_days_follow_each_other_without_gap(place: tuple[str, date]) -> None:
    zone, day = place
    assert day_bounds(day, zone)[1] == day_bounds(day + timedelta(days=1), zone)[0]


@given(places_and_days)
@settings(max_examples=30, deadline=None)
def test_the_minutes_of_a_day_are_those_on_which_the_wall_reads_it(place: tuple[str, date]) -> None:
    zone, day = place
    assert set(range(*day_bounds(day, zone))) == slow_day(day, furthest_walls(day, 1, zone))


@given(st.sampled_from(CHANGES), steps)
@example(("America/St_Johns", date(2010, 11, 7)), 30)
@settings(deadline=None)
def test_every_minute_lies_in_its_local_day(change: tuple[str, date], step: int) -> None:
    zone, day = change
    minute = day_bounds(day, zone)[0] + step
    start, end = day_bounds(local_day(minute, zone), zone)
    assert start <= minute < end


@given(st.sampled_from(CHANGES), steps)
def test_local_iso_names_the_minute(change: tuple[str, date], step: int) -> None:
    zone, day = change
    minute = day_bounds(day, zone)[0] + step
    assert at(local_iso(minute, zone)) == minute


def test_local_iso_has_the_offset_of_its_day() -> None:
    assert local_iso(at("2026-11-16T14:05+00:00"), CHICAGO) == "2026-11-16T08:05-06:00"
    assert local_iso(at("2026-07-01T13:05+00:00"), CHICAGO) == "2026-07-01T08:05-05:00"


# --- duty


def test_a_lunch_break_is_no_duty() -> None:
    rows = district(staff(), hours("07:30-11:45", line=2), hours("12:15-15:30", line=3))
    assert duty(rows, MONDAY) == [
        Duty("E1", at("2026-11-16T07:30"), at("2026-11-16T11:45"), "day", 2),
        Duty("E1", at("2026-11-16T12:15"), at("2026-11-16T15:30"), "day", 3),
    ]


def test_another_weekday_an_unknown_schedule_and_none_give_no_duty() -> None:
    rows = district(
        hours("08:00-16:00"), staff("E1"), staff("E2", schedule="night"), staff("E3", schedule="")
    )
    assert [one.employee_id for one in duty(rows, MONDAY)] == ["E1"]
    assert duty(rows, MONDAY + timedelta(days=1)) == []


def test_a_night_shift_is_in_both_days() -> None:
    rows = district(staff(), hours("22:00-06:00"))
    night = [("2026-11-16T22:00", "2026-11-17T06:00")]
    assert spans(duty(rows, MONDAY)) == night
    assert spans(duty(rows, MONDAY + timedelta(days=1))) == night
    assert duty(rows, MONDAY + timedelta(days=2)) == []


def test_a_shift_that_ends_at_midnight_is_not_in_the_next_day() -> None:
    rows = district(staff(), hours("16:00-00:00"))
    assert spans(duty(rows, MONDAY)) == [("2026-11-16T16:00", "2026-11-17T00:00")]
    assert duty(rows, MONDAY + timedelta(days=1)) == []


def test_staff_rows_count_on_their_days_and_both_ends_are_included() -> None:
    rows = district(
        staff(valid_from=MONDAY, valid_to=MONDAY), *(hours("08:00-16:00", day) for day in range(7))
    )
    assert len(duty(rows, MONDAY)) == 1
    assert duty(rows, MONDAY - timedelta(days=1)) == []
    assert duty(rows, MONDAY + timedelta(days=1)) == []


def test_a_shift_follows_the_row_of_the_day_it_begins() -> None:
    tuesday = MONDAY + timedelta(days=1)
    rows = district(
        staff(schedule="night", valid_to=MONDAY),
        staff(schedule="day", valid_from=tuesday, line=3),
        hours("22:00-06:00", 0, "night", 2),
        hours("05:00-12:00", 1, "day", 3),
    )
    found = duty(rows, tuesday)
    assert spans(found) == [
        ("2026-11-16T22:00", "2026-11-17T06:00"),
        ("2026-11-17T06:00", "2026-11-17T12:00"),
    ]
    assert [one.schedule for one in found] == ["night", "day"]


def test_no_work_ends_with_the_day_but_not_the_shift_begun_before() -> None:
    closed = CalendarRow(2, MONDAY + timedelta(days=1), "*", "no_work", "", "storm")
    rows = district(staff(), hours("22:00-06:00", 0), hours("22:00-06:00", 1, line=3), closed)
    assert spans(duty(rows, closed.day)) == [("2026-11-16T22:00", "2026-11-17T06:00")]


def test_the_row_of_a_site_goes_before_that_of_all_sites() -> None:
    rows = district(
        staff("E1", site="hs"),
        staff("E2", site="ms"),
        hours("08:00-16:00"),
        hours("08:00-12:00", schedule="short", line=3),
        CalendarRow(4, MONDAY, "*", "no_work", "", ""),
        CalendarRow(5, MONDAY, "hs", "use_schedule", "short", ""),
    )
    start, end = at("2026-11-16T08:00"), at("2026-11-16T12:00")
    assert duty(rows, MONDAY) == [Duty("E1", start, end, "short", 3, "calendar.csv", 5)]


def test_use_schedule_on_a_day_without_ranges_of_it_is_no_duty() -> None:
    rows = district(
        staff(),
        hours("08:00-16:00"),
        hours("08:00-12:00", 1, "short"),
        CalendarRow(4, MONDAY, "*", "use_schedule", "short", ""),
    )
    assert duty(rows, MONDAY) == []


@pytest.mark.parametrize(
    ("day", "shift", "minutes"),
    [
        (date(2026, 3, 8), "01:00-04:00", 120),  # 02:00-03:00 never comes
        (date(2026, 3, 8), "02:15-02:45", 0),
        (date(2026, 3, 8), "02:30-04:00", 60),  # from the jump on
        (date(2026, 11, 1), "00:00-04:00", 300),  # 01:00-02:00 comes twice
        (date(2026, 11, 1), "01:00-02:00", 120),
        (date(2026, 11, 1), "00:30-01:30", 60),  # ends with the first 01:30
    ],
)
def test_shifts_across_a_change_of_clocks(day: date, shift: str, minutes: int) -> None:
    found = duty(district(staff(), hours(shift, day.weekday())), day)
    assert sum(one.end_minute - one.start_minute for one in found) == minutes


@given(places_and_days, st.lists(st.tuples(st.integers(0, 1), clock_minutes, clock_minutes), max_size=4))
@example((CHICAGO, date(2026, 3, 8)), [(1, 135, 200)])
@example((CHICAGO, date(2026, 11, 1)), [(1, 30, 90)])
@settings(max_examples=60, deadline=None)
def test_duty_is_what_the_clock_on_the_wall_says(
    place: tuple[str, date], ranges: list[tuple[int, int, int]]
) -> None:
    zone, day = place
    days = (day - timedelta(days=1), day)
    rows = [
        ScheduleRow(line, "day", days[which].weekday(), start, end)
        for line, (which, start, end) in enumerate(ranges, start=2)
    ]
    found = duty(district(staff(), *rows, zone=zone), day)
    walls = furthest_walls(day, 1, zone)
    expected = set().union(*(slow_range(days[which], start, end, walls) for which, start, end in ranges))
    today = slow_day(day, walls)
    minutes = [minute for one in found for minute in range(one.start_minute, one.end_minute)]
    assert set(minutes) & today == expected & today
    assert len(minutes) == len(set(minutes))


# --- exceptions


def test_an_exception_without_times_of_day_covers_its_part_of_the_day() -> None:
    row = exception(from_minute=at("2026-11-16T10:00"), to_minute=at("2026-11-18T00:00"))
    rows = district(row)
    start, end = day_bounds(MONDAY, CHICAGO)
    assert exception_windows(rows, MONDAY) == [Window("X1", 2, at("2026-11-16T10:00"), end)]
    assert exception_windows(rows, MONDAY + timedelta(days=1)) == [Window("X1", 2, end, end + 1440)]
    assert exception_windows(rows, MONDAY - timedelta(days=1)) == []
    assert exception_windows(rows, MONDAY + timedelta(days=2)) == []
    assert start < end


def test_weekdays_and_times_of_day_narrow_an_exception() -> None:
    row = exception(weekdays=(0, 2), start_minute=600, end_minute=660)
    rows = district(row)
    assert exception_windows(rows, MONDAY) == [
        Window("X1", 2, at("2026-11-16T10:00"), at("2026-11-16T11:00"))
    ]
    assert exception_windows(rows, MONDAY + timedelta(days=1)) == []


def test_a_window_past_midnight_belongs_to_the_weekday_it_begins_on() -> None:
    rows = district(exception(weekdays=(0,), start_minute=22 * 60, end_minute=60))
    tuesday = MONDAY + timedelta(days=1)
    assert exception_windows(rows, MONDAY) == [
        Window("X1", 2, at("2026-11-16T22:00"), at("2026-11-17T00:00"))
    ]
    assert exception_windows(rows, tuesday) == [
        Window("X1", 2, at("2026-11-17T00:00"), at("2026-11-17T01:00"))
    ]


def test_windows_of_one_exception_do_not_overlap() -> None:
    start, end = day_bounds(MONDAY, CHICAGO)
    rows = district(exception(start_minute=600, end_minute=600))
    assert exception_windows(rows, MONDAY) == [
        Window("X1", 2, start, start + 600),
        Window("X1", 2, start + 600, end),
    ]


def test_one_bound_alone_reaches_to_the_edge_of_the_day() -> None:
    start, end = day_bounds(MONDAY, CHICAGO)
    assert exception_windows(district(exception(start_minute=600)), MONDAY) == [
        Window("X1", 2, start + 600, end)
    ]
    assert exception_windows(district(exception(end_minute=600)), MONDAY) == [
        Window("X1", 2, start, start + 600)
    ]


@given(
    places_and_days,
    st.none() | clock_minutes,
    st.none() | clock_minutes,
    st.sets(st.integers(0, 6)),
    st.none() | st.integers(-3000, 1440),
    st.none() | st.integers(0, 3000),
)
@settings(max_examples=60, deadline=None)
def test_windows_are_what_the_clock_on_the_wall_says(
    place: tuple[str, date],
    start: int | None,
    end: int | None,
    weekdays: set[int],
    begins: int | None,
    ends: int | None,
) -> None:
    zone, day = place
    first = day_bounds(day, zone)[0]
    row = exception(
        weekdays=tuple(sorted(weekdays)),
        start_minute=start,
        end_minute=end,
        from_minute=None if begins is None else first + begins,
        to_minute=None if ends is None else first + ends,
    )
    walls = furthest_walls(day, 1, zone)
    expected: set[int] = set()
    for begun in (day - timedelta(days=1), day):
        if not weekdays or begun.weekday() in weekdays:
            expected |= slow_range(begun, start or 0, 1440 if end is None else end, walls)
    low = min(walls) if row.from_minute is None else row.from_minute
    high = max(walls) if row.to_minute is None else row.to_minute
    expected = {minute for minute in expected & slow_day(day, walls) if low <= minute < high}
    found = exception_windows(district(row, zone=zone), day)
    minutes = [minute for one in found for minute in range(one.start_minute, one.end_minute)]
    assert set(minutes) == expected
    assert len(minutes) == len(set(minutes))
