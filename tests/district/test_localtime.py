from __future__ import annotations

from datetime import date, datetime

import pytest

from auditor.district.localtime import first_minute, local_day, midnight, utc_minute, wall

CHICAGO = "America/Chicago"


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-11-16T08:05", "2026-11-16T14:05+00:00"),
        ("2026-11-01T01:30", "2026-11-01T06:30+00:00"),  # twice: the first, still in summer time
        ("2026-11-01T02:00", "2026-11-01T08:00+00:00"),
        ("2026-03-08T02:30", "2026-03-08T08:00+00:00"),  # never: when the clocks jump to 03:00
        ("2026-03-08T03:00", "2026-03-08T08:00+00:00"),
    ],
)
def test_a_local_time_is_the_first_minute_that_reads_it_or_later(local: str, utc: str) -> None:
    assert first_minute(datetime.fromisoformat(local), CHICAGO) == utc_minute(datetime.fromisoformat(utc))


def test_wall_reads_the_same_hour_twice() -> None:
    first = first_minute(datetime(2026, 11, 1, 1, 30), CHICAGO)
    assert wall(first, CHICAGO) == wall(first + 60, CHICAGO) == datetime(2026, 11, 1, 1, 30)


def test_a_day_has_begun_even_where_the_clocks_go_back_across_its_midnight() -> None:
    begins = midnight(date(2010, 11, 7), "America/St_Johns")
    assert wall(begins + 1, "America/St_Johns").date() == date(2010, 11, 6)
    assert local_day(begins + 1, "America/St_Johns") == date(2010, 11, 7)


def test_minutes_before_1970_are_whole_too() -> None:
    assert utc_minute(datetime.fromisoformat("1969-12-31T23:59:30+00:00")) == -1
