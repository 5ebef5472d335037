"""Gaps: silences that the traffic around them makes unlikely, and no others."""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest
from made_captures import START_S
from made_packets import udp_frame
from made_readings import frames_of

from auditor.jobs.gaps import Gap, find_gaps
from auditor.jobs.quality import MOST_RUNS, Quality, runs_of, text_of
from auditor.warehouse import CaptureMark

NINE = START_S // 60 + 60  # a minute
DAY = 24 * 60


def mark(minutes: Iterable[int], sensor: str = "north", number: int = 0) -> CaptureMark:
    found = sorted(minutes)
    return CaptureMark(
        sha256=f"{number:064}", path="x.pcap", sensor=sensor, site="", size_bytes=1, status="whole",
        first_ns=found[0] * 60_000_000_000, last_ns=found[-1] * 60_000_000_000 + 59_000_000_000,
        frames=len(found), seen_minutes=text_of(found),
    )  # fmt: skip


def gaps(*marks: CaptureMark, start: int = NINE - DAY, end: int | None = None) -> list[tuple[int, int, bool]]:
    """Gaps as minutes from nine o'clock."""
    last = max(one.last_ns for one in marks) // 60_000_000_000 + 1
    found = find_gaps(marks, start, last if end is None else end)
    return [(gap.start_minute - NINE, gap.end_minute - NINE, gap.inside) for gap in found]


def busy(*holes: tuple[int, int], length: int = 480) -> list[int]:
    """Every minute of a school day but the holes."""
    return [NINE + n for n in range(length) if not any(a <= n < b for a, b in holes)]


def test_in_busy_hours_three_silent_minutes_are_a_gap_and_two_are_not() -> None:
    assert gaps(mark(busy())) == []
    assert gaps(mark(busy((100, 102)))) == []
    assert gaps(mark(busy((100, 104)))) == [(100, 104, True)]


def test_a_gap_between_two_captures() -> None:
    first, second = busy((90, 1000)), busy((0, 120))
    assert gaps(mark(first), mark(second, number=1)) == [(90, 120, False)]
    assert gaps(mark(first), mark(busy((0, 60)), number=1)) == [], "they overlap"
    assert gaps(mark(first), mark(second, "south", 1), end=NINE + 91) == [], "of two sensors"


def test_a_late_capture_fills_the_gap() -> None:
    first, second, late = busy((90, 1000)), busy((0, 120)), range(NINE + 90, NINE + 120)
    assert gaps(mark(first), mark(second, number=1), mark(late, number=2)) == []


def test_a_sensor_that_fails_twice_in_an_hour() -> None:
    holes = [(60, 70), (100, 110)]
    assert [gap[:2] for gap in gaps(mark(busy(*holes)))] == holes


def test_quiet_networks_and_nights_are_no_gaps() -> None:
    dice = random.Random(7)
    night = [NINE + 480 + n for n in range(0, 900) if dice.random() < 0.08]
    assert gaps(mark([*busy(), *night, *(NINE + 1400 + n for n in range(200))])) == []


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_chance_makes_no_gaps(seed: int, share: float) -> None:
    dice = random.Random(seed)
    assert gaps(mark([NINE, *(NINE + n for n in range(600) if dice.random() < share), NINE + 600])) == []


def test_one_device_at_work_now_and_then() -> None:
    minutes = [NINE + start + n for start in range(0, 600, 25) for n in range(12)]
    assert gaps(mark(minutes)) == []


def test_a_long_failure_stands_out_from_a_quiet_night_too() -> None:
    dice = random.Random(3)
    night = [NINE + n for n in range(1400) if dice.random() < 0.5 and not 500 <= n < 700]
    assert len(gaps(mark(night))) == 1


def test_a_sensor_that_ends_for_good() -> None:
    assert gaps(mark(busy()), end=NINE + 480 + 300) == [(480, 780, False)]
    assert gaps(mark(busy()), end=NINE + 482) == []


def test_only_gaps_of_the_period_and_marks_of_older_versions() -> None:
    assert gaps(mark(busy((100, 120))), start=NINE + 200) == []
    assert gaps(mark(busy((100, 300))), start=NINE + 200) == [(100, 300, True)]
    old = CaptureMark(
        "0", "x", "north", "", 1, NINE * 60_000_000_000, (NINE + 60) * 60_000_000_000, 9, "whole"
    )
    later = mark([NINE + 200 + n for n in range(60)], number=1)
    assert gaps(old, later) == [(61, 200, False)]
    assert find_gaps([], NINE, NINE + DAY) == []
    assert find_gaps([mark([NINE - 90 * DAY])], NINE, NINE + DAY) == [], "long ago"
    assert isinstance(find_gaps([old, later], NINE, NINE + DAY)[0], Gap)


def test_minutes_as_text() -> None:
    assert text_of([]) == ""
    assert runs_of("") == []
    assert text_of([7, 8, 9, 11]) == "7+3 11+1"
    assert runs_of("7+3 11+1") == [(7, 10), (11, 12)]
    many = text_of([0, 3, *range(10, 10 + 5 * MOST_RUNS, 5)])
    assert len(runs_of(many)) == MOST_RUNS
    assert runs_of(many)[0] == (0, 4), "the shortest silence is let go"


def test_quality_sees_minutes_and_cut_frames() -> None:
    quality = Quality()
    frame = udp_frame(b"x" * 60)
    start = START_S * 1_000_000_000
    times = [start, start + 1, start + 3 * 60_000_000_000, start + DAY * 60_000_000_000]
    wire = [len(frame), len(frame) + 40, len(frame), len(frame) + 2]
    for part in (slice(0, 1), slice(1, 4)):
        stamped = [(at, frame) for at in times[part]]
        quality.see(frames_of(stamped, wire=wire[part]))
    minute = START_S // 60
    assert runs_of(quality.seen_minutes()) == [(m, m + 1) for m in (minute, minute + 3, minute + DAY)]
    counts = [dict(found) for found in quality.coverage("America/Chicago").values()]
    assert counts == [{"frames_cut": 1, "bytes_cut": 40}, {"frames_cut": 1, "bytes_cut": 2}]
    assert np.array(times).dtype == np.int64
