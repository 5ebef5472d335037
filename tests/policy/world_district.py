"""Districts made up by chance: people, devices and approvals that change around one minute of one day.

Most is as usual, and each thing is otherwise now and then, so that enough still meets to be decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from policy_given import HOSTS
from slow_clock import local_day, wall

from auditor.district import (
    ApprovedToolRow,
    CalendarRow,
    DeviceRow,
    District,
    ExceptionRow,
    ScheduleRow,
    Settings,
    StaffRow,
)

# Ordinary days; days on which clocks change by an hour, by half an hour, at midnight, back across midnight.
PLACES = (
    ("America/Chicago", date(2026, 11, 9)),
    ("America/Chicago", date(2026, 11, 1)),
    ("America/Chicago", date(2026, 3, 8)),
    ("Asia/Kolkata", date(2026, 11, 9)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 4)),
    ("America/St_Johns", date(2010, 11, 7)),
)
MACS = ("00:00:5e:00:53:01", "00:00:5e:00:53:02", "00:00:5e:00:53:03", "02:00:5e:00:53:04")
UNKNOWN_MAC = "00:00:5e:00:53:ff"
SUPERVISORS = {"E1": "E2", "E2": "E3", "E3": ""}  # of the employees, usually
SITES = ("high", "low")
PRONGS = ("work_time", "equipment", "wifi")
PLATFORMS = sorted({row["platform"] for row in HOSTS.values()})
BEFORE, AFTER = 8, 32  # minutes around the anchor in which things happen
DAY = timedelta(days=1)
A_DAY = 24 * 60  # minutes
T = TypeVar("T")

# What is wrong with an exception, as a change of its columns.
FAULTS: dict[str, dict[str, Any]] = {
    "no platform": {"platform": ""},
    "no purpose": {"purpose": ""},
    "nobody approved": {"approved_by": ""},
    "no time of approval": {"approved_minute": None},
    "no beginning": {"from_minute": None},
    "no end": {"to_minute": None},
    "employee unknown": {"employee_id": "E9"},
}


@cache
def day_bounds(zone: str, day: date) -> tuple[int, int]:
    """The minutes [start, end) of a local day, found by asking minutes."""
    noon = (day - date(1970, 1, 1)).days * A_DAY + A_DAY // 2  # in Greenwich
    minutes = [minute for minute in range(noon - 2160, noon + 2160) if local_day(minute, zone) == day]
    return minutes[0], minutes[-1] + 1


@cache
def change_of_clocks(zone: str, day: date) -> int | None:
    """The minute of a local day at which the clocks change, if they do."""
    for minute in range(*day_bounds(zone, day)):
        if wall(minute, zone) - wall(minute - 1, zone) != timedelta(minutes=1):
            return minute
    return None


class Chance(Random):
    """Random choices as a made-up district needs them."""

    def mostly(self, usual: T, *others: T) -> T:
        """Three times in four the first value."""
        return usual if self.random() < 0.75 else self.choice(others)

    def some(self, values: Sequence[T], most: int) -> list[T]:
        """Up to so many of the values, each once."""
        return self.sample(values, self.randint(0, most))


class DistrictMaker:
    """Makes one district for things that happen around a minute, the anchor, of a local day."""

    def __init__(self, chance: Chance, zone: str, day: date, anchor: int) -> None:
        self.chance, self.zone, self.day, self.anchor = chance, zone, day, anchor

    def district(self) -> District:
        return District(
            folder=Path(),
            settings=self.settings(),
            staff=tuple(self.staff()),
            devices=tuple(self.devices()),
            schedules=tuple(self.schedules()),
            calendar=tuple(self.calendar()),
            exceptions=tuple(self.exceptions()),
            approved_tools=tuple(self.approved_tools()),
        )

    def settings(self) -> Settings:
        idle_minutes, active_bytes = self.chance.choice([(5, 2000), (0, 2000), (1, 0), (3, 1000)])
        policy = {
            "enforce": [prong for prong in PRONGS if self.chance.random() < 0.6],
            "time_prong": self.chance.mostly("work_time", "school_hours"),
            "exception_max_days": self.chance.mostly(180, 1, 30),
        }
        usage = {"idle_minutes": idle_minutes, "active_bytes": active_bytes}
        return Settings.model_validate(
            {
                "district": {"timezone": self.zone},
                "policy": policy,
                "usage": usage,
                "leases": {"clock_skew_seconds": self.chance.choice([120, 0, 30, 300])},
                "sites": [
                    {"name": site, "school_hours": "bell"}
                    for site in self.chance.mostly(SITES, SITES[:1], ())
                ],
            }
        )

    def minute(self) -> int:
        return self.anchor + self.chance.randint(-BEFORE, AFTER)

    def time_of_day(self) -> int:
        """Minutes after midnight: near the anchor, or at one of the bounds that schedules like."""
        near = wall(self.minute(), self.zone)
        return self.chance.mostly(near.hour * 60 + near.minute, 0, 6 * 60, 12 * 60, 22 * 60)

    def staff(self) -> list[StaffRow]:
        """Each employee from day to day: another site, supervisor, schedule; sometimes not there at all."""
        rows: list[StaffRow] = []
        others = ({"site": "low"}, {"supervisor_id": "E4"}, {"supervisor_id": ""}, {"schedule": "t"})
        for employee, supervisor in SUPERVISORS.items():
            usual = {"site": "high", "supervisor_id": supervisor, "schedule": "s", "role": "teacher"}
            cuts = sorted(self.chance.some([self.day - 5 * DAY, self.day, self.day + DAY], 2))
            for begin, after in zip([None, *cuts], [*cuts, None], strict=True):
                change = self.chance.mostly({}, *others, {"schedule": ""}, {"role": "Custodian"}, None)
                if change is not None:
                    period = {"valid_from": begin, "valid_to": after and after - DAY}
                    rows.append(StaffRow(len(rows) + 2, employee, "", "", **{**usual, **change}, **period))
        return rows

    def schedules(self) -> list[ScheduleRow]:
        """Ranges begun on this day or the day before, also past midnight, also over one another."""
        today, yesterday = self.day, self.day - DAY
        periods = [(None, today), (today, None), (None, yesterday), (yesterday, yesterday)]
        return [
            ScheduleRow(
                line,
                self.chance.choice(["s", "s", "s", "bell", "bell", "t"]),
                self.chance.mostly(today, yesterday).weekday(),
                self.time_of_day(),
                self.time_of_day(),
                *self.chance.mostly((None, None), *periods),
            )
            for line in range(2, 2 + self.chance.randint(0, 6))
        ]

    def calendar(self) -> list[CalendarRow]:
        """No two rows for the same day, place and people: `check` takes that for a mistake."""
        days, sites = (self.day, self.day, self.day - DAY), (*SITES, "*", "*")
        people = ("", "", "staff", "school", "teacher", "custodian")
        rows = {}
        for line in range(2, 2 + self.chance.choice([0, 0, 1, 2, 3, 4])):
            kind = self.chance.choice(["no_work", "no_school", "use_schedule", "use_schedule"])
            row = CalendarRow(
                line=line,
                day=self.chance.choice(days),
                site=self.chance.choice(sites),
                kind=kind,
                schedule=self.chance.choice(["s", "t", "bell"]) if kind == "use_schedule" else "",
                note="",
                file=self.chance.mostly("calendar.csv", "calendar.ics"),
                applies_to=self.chance.choice(people),
            )
            rows[row.day, row.site, row.applies_to] = row
        return list(rows.values())

    def devices(self) -> list[DeviceRow]:
        """Each MAC belongs to one device and passes from owner to owner, with or without a time between."""
        rows: list[DeviceRow] = []
        for number, mac in enumerate(MACS):
            device = f"D{number // 2 if self.chance.random() < 0.5 else number}"
            known = [row for row in rows if row.device_id == device]
            known = [row for row in known if row.mac == known[0].mac]
            if known:  # a second adapter of a device has the owners of the first
                held = [(row.ownership, row.assigned_to, row.from_minute, row.to_minute) for row in known]
            else:
                cuts = sorted({self.minute() for _ in range(self.chance.randint(0, 2))})
                held = [
                    (self.chance.mostly("district", "personal"), owner, begin, end)
                    for begin, end in zip([None, *cuts], [*cuts, None], strict=True)
                    if (owner := self.owner()) is not None
                ]
            for ownership, owner, begin, end in held:
                rows.append(DeviceRow(len(rows) + 2, device, mac, ownership, owner, "", begin, end))
        return rows

    def owner(self) -> str | None:
        return self.chance.mostly("E1", "E2", "E3", "E9", "student", "guest", "shared", "", None)

    def exceptions(self) -> list[ExceptionRow]:
        """Exceptions that hold all day, but for a twist or two."""
        rows = []
        for line in range(2, 2 + self.chance.choice([0, 1, 2, 3, 4, 5])):
            employee = self.chance.mostly("E1", "E2")
            row = ExceptionRow(
                line=line,
                exception_id=f"X{line % 3}{line}",
                employee_id=employee,
                platform=self.chance.choice(["*", "*", "category:photo", "category:video", *PLATFORMS]),
                purpose="work",
                approved_by=SUPERVISORS[employee],
                approved_minute=self.anchor - 9 * A_DAY,
                approved_day=None,
                from_minute=self.anchor - A_DAY // 2,
                to_minute=self.anchor + A_DAY // 3,
                weekdays=(),
                start_minute=None,
                end_minute=None,
                device_id="",
            )
            for twist in self.chance.some(TWISTS, 3):
                row = replace(row, **twist(self, row))
            approved = row.approved_minute
            day = None if approved is None else local_day(approved, self.zone)
            rows.append(replace(row, approved_day=day))
        return rows

    def approved_tools(self) -> list[ApprovedToolRow]:
        names = [*PLATFORMS, *HOSTS, "youtube.com", "blogspot.com"]
        today, yesterday, tomorrow = self.day, self.day - DAY, self.day + DAY
        periods = [(today, None), (yesterday, today), (yesterday, yesterday), (tomorrow, None)]
        return [
            ApprovedToolRow(line, self.chance.choice(names), "IV.C", "E1", *self.chance.mostly(*periods))
            for line in range(2, 2 + self.chance.choice([0, 0, 1, 2, 3]))
        ]


def _about_the_longest(make: DistrictMaker, row: ExceptionRow) -> dict[str, Any]:
    """An exception of 1, 30 or 180 days, up to an hour more or less, for clocks change meanwhile."""
    days, off = make.chance.choice([1, 30, 180]), make.chance.choice([0, 0, 1, -1, 60, 61, -60, -59, 30, -30])
    return {"from_minute": (row.to_minute or make.anchor) - days * A_DAY - off}


# Each gives columns that make an exception cover less, or nothing.
TWISTS: tuple[Callable[[DistrictMaker, ExceptionRow], dict[str, Any]], ...] = (
    lambda make, row: make.chance.choice(list(FAULTS.values())),
    lambda make, row: {"approved_by": make.chance.choice(["E4", row.employee_id])},
    lambda make, row: {"approved_minute": make.minute()},
    lambda make, row: {"approved_minute": make.minute(), "from_minute": make.minute()},
    lambda make, row: {"from_minute": make.minute()},
    lambda make, row: {"to_minute": make.minute()},
    lambda make, row: {"start_minute": make.time_of_day(), "end_minute": make.time_of_day()},
    lambda make, row: {make.chance.choice(["start_minute", "end_minute"]): make.time_of_day()},
    lambda make, row: {"weekdays": (make.chance.mostly(make.day, make.day - DAY).weekday(),)},
    lambda make, row: {
        "weekdays": ((make.day - DAY).weekday(),),
        "start_minute": 22 * 60,
        "end_minute": make.time_of_day(),
    },
    lambda make, row: {"device_id": "D0"},
    lambda make, row: {"device_id": make.chance.choice(["D0", "D1"])},
    _about_the_longest,
)
