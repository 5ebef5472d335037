"""Local times and years by the order of lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.leases.seconds import clock_seconds, day_seconds
from auditor.leases.wallclock import Moment, WallClock, Years

FALL = (2026, 11, 1)


def told(stamps: list[str], zone: str = "America/Chicago", day: tuple[int, int, int] = FALL) -> list[str]:
    """Local clock times in the order of lines -> UTC, both where it is open."""
    clock, day_s = WallClock(ZoneInfo(zone)), day_seconds(*day)
    assert day_s is not None
    seconds = [clock_seconds(f"{stamp}:00") or 0 for stamp in stamps]
    for line, clock_s in enumerate(seconds):
        clock.watch(line, day, clock_s)
    return [shown(clock.utc(line, day, day_s, clock_s)) for line, clock_s in enumerate(seconds)]


def shown(moment: Moment) -> str:
    return "/".join(f"{datetime.fromtimestamp(each, UTC):%H:%M}" for each in dict.fromkeys(moment))


def test_the_hour_that_comes_twice_is_told_by_the_step_back() -> None:
    stamps = ["00:50", "01:10", "01:50", "01:05", "01:55", "02:10"]
    assert told(stamps) == ["05:50", "06:10", "06:50", "07:05", "07:55", "08:10"]


def test_without_a_step_back_it_stays_open() -> None:
    assert told(["00:50", "01:10", "01:50", "02:10"]) == ["05:50", "06:10/07:10", "06:50/07:50", "08:10"]


def test_two_steps_back_decide_nothing() -> None:
    assert told(["01:50", "01:05", "01:55", "01:10"])[0] == "06:50/07:50"


def test_little_disorder_is_no_step() -> None:
    assert told(["01:50", "01:48", "01:52"]) == ["06:50/07:50", "06:48/07:48", "06:52/07:52"]


def test_the_hour_that_never_comes() -> None:
    assert told(["01:50", "02:30", "03:10"], day=(2026, 3, 8)) == ["07:50", "08:30", "08:10"]


@pytest.mark.parametrize(
    ("zone", "first", "second"), [("Asia/Kathmandu", "19:25", "19:10"), ("UTC", "01:10", "00:55")]
)
def test_other_zones(zone: str, first: str, second: str) -> None:
    assert told(["01:10", "00:55"], zone) == [first, second]


def test_a_shift_of_half_an_hour() -> None:
    stamps = ["01:25", "01:35", "01:55", "01:32", "01:58", "02:05"]
    assert told(stamps, "Australia/Lord_Howe", (2026, 4, 5))[1:5] == ["14:35", "14:55", "15:02", "15:28"]


@given(st.lists(st.integers(0, 7199), min_size=1, max_size=40))
def test_what_is_told_is_what_was(steps: list[int]) -> None:
    """A log in order, around both changes of the clock: every stamp's moment is found, or one of two."""
    zone = ZoneInfo("America/Chicago")
    for begin in (datetime(2026, 3, 8, 4, tzinfo=UTC), datetime(2026, 11, 1, 3, tzinfo=UTC)):
        clock, moments, moment = WallClock(zone), [], begin
        for step in steps:
            moment += timedelta(seconds=step)
            moments.append(moment)
        stamps = []
        for line, each in enumerate(moments):
            local = each.astimezone(zone)
            day = (local.year, local.month, local.day)
            clock_s = local.hour * 3600 + local.minute * 60 + local.second
            clock.watch(line, day, clock_s)
            stamps.append((day, day_seconds(*day) or 0, clock_s))
        for line, (each, stamp) in enumerate(zip(moments, stamps, strict=True)):
            assert int(each.timestamp()) in clock.utc(line, *stamp)


def years(stamps: list[tuple[int, int]], modified: str) -> list[str]:
    found = Years()
    for stamp in stamps:
        found.watch(*stamp)
    found.settle(int(datetime.fromisoformat(modified).replace(tzinfo=UTC).timestamp()))
    told = []
    for stamp in stamps:
        found.watch(*stamp)
        day_s = found.day_seconds(*stamp)
        told.append("-" if day_s is None else f"{datetime.fromtimestamp(day_s, UTC):%Y-%m-%d}")
    return told


def test_years() -> None:
    assert years([(11, 18), (11, 19)], "2026-11-20") == ["2026-11-18", "2026-11-19"]
    assert years([(11, 18), (11, 21)], "2026-11-20") == [
        "2026-11-18",
        "2026-11-21",
    ]  # a zone ahead, or its clock
    assert years([(11, 18), (11, 23)], "2026-11-20") == ["2025-11-18", "2025-11-23"]
    assert years([(12, 30), (1, 2)], "2026-11-20") == ["2025-12-30", "2026-01-02"]
    assert years([(12, 31), (1, 1), (12, 31), (1, 1)], "2026-01-01") == [
        "2025-12-31",
        "2026-01-01",
        "2025-12-31",
        "2026-01-01",
    ]
    assert years([(11, 18), (11, 17), (11, 18)], "2026-11-20")[1] == "2026-11-17"
    assert years([(3, 1), (2, 1), (1, 1)], "2026-11-20") == ["2024-03-01", "2025-02-01", "2026-01-01"]
    assert years([(2, 28), (2, 29), (3, 1)], "2026-11-20") == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert years([(2, 29), (1, 1)], "2026-11-20") == ["2024-02-29", "2025-01-01"]
    assert years([(12, 31)], "2026-01-01") == ["2025-12-31"]
    assert years([], "2026-01-01") == []
