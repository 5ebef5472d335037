"""The SQL against a slow second implementation, on small districts and traffic made up by hypothesis."""

from __future__ import annotations

import random
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import policy_slow as slow
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_given import HOSTS, KEY

from auditor import pseudonym
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
from auditor.district.localtime import local_day
from auditor.policy import clock
from auditor.policy.decide import FINDINGS, MINUTES, decide_day
from auditor.warehouse import files, tables

ZONE = "America/Chicago"
DAYS = (date(2026, 11, 9), date(2026, 11, 1), date(2026, 3, 8))  # a Monday; the clocks go back; forward
MACS = ("00:00:5e:00:53:01", "00:00:5e:00:53:02", "00:00:5e:00:53:03", "02:00:5e:00:53:04")
ADDRESSES = ("10.0.0.1", "10.0.0.2")
EMPLOYEES = ("E1", "E2", "E3")
PLATFORMS = sorted({row["platform"] for row in HOSTS.values()})
BEFORE, AFTER = 8, 32  # minutes around the anchor in which things happen


def maybe(strategy: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(otherwise), strategy)


@st.composite
def districts(draw: st.DrawFn, day: date, anchor: int) -> District:
    around = st.integers(anchor - BEFORE, anchor + AFTER)
    wall = anchor_wall(day, anchor)
    times = st.integers(wall - BEFORE, wall + AFTER).map(lambda minute: minute % 1440)
    weekday = st.sampled_from([day.weekday(), (day.weekday() - 1) % 7])
    enforce = draw(st.sets(st.sampled_from(["work_time", "equipment", "wifi"])))
    usage = {
        "idle_minutes": draw(st.sampled_from([5, 0, 1, 3])),
        "active_bytes": draw(st.sampled_from([2000, 0])),
    }
    staff = [
        StaffRow(
            line, employee, "", "", draw(st.sampled_from(["high", "low"])), "teacher", "E1", "s",
            None, draw(st.sampled_from([None, None, date(2025, 1, 1)])),
        )
        for line, employee in enumerate(EMPLOYEES, start=2)
    ]  # fmt: skip
    schedules = [
        ScheduleRow(line, draw(st.sampled_from(["s", "s", "bell"])), draw(weekday), draw(times), draw(times))
        for line in range(2, 2 + draw(st.integers(0, 3)))
    ]
    calendar = draw(
        st.sampled_from(
            [
                (),
                (CalendarRow(2, day, "*", "no_work", "", ""),),
                (CalendarRow(2, day, "low", "use_schedule", "s", ""),),
                (CalendarRow(2, day, "*", "no_school", "", ""),),
                (
                    CalendarRow(2, day, "*", "no_work", "", "", applies_to="staff"),
                    CalendarRow(7, day, "*", "use_schedule", "s", "", "calendar.ics", "teacher"),
                    CalendarRow(4, day, "low", "use_schedule", "s", "", applies_to="school"),
                ),
            ]
        )
    )
    exceptions = [
        ExceptionRow(
            line, f"X{line % 3}{line}", draw(st.sampled_from(EMPLOYEES)),
            draw(st.sampled_from(["*", "category:photo", "category:video", *PLATFORMS])),
            draw(st.sampled_from(["work", "work", ""])), draw(st.sampled_from(["E1", "E1", "E2"])),
            draw(around), day, draw(around), draw(maybe(around)),
            draw(st.sampled_from([(), (day.weekday(),), ((day.weekday() + 1) % 7,)])),
            draw(maybe(times)), draw(maybe(times)), draw(st.sampled_from(["", "", "D1"])),
        )
        for line in range(2, 2 + draw(st.integers(0, 4)))
    ]  # fmt: skip
    tools = [
        ApprovedToolRow(
            line, draw(st.sampled_from([*PLATFORMS, *HOSTS, "youtube.com"])), "IV.C", "E1", day, None
        )
        for line in range(2, 2 + draw(st.integers(0, 2)))
    ]
    made = Settings.model_validate(
        {
            "district": {"timezone": ZONE},
            "policy": {
                "enforce": sorted(enforce),
                "time_prong": draw(st.sampled_from(["work_time", "school_hours"])),
            },
            "usage": usage,
            "sites": draw(st.sampled_from([[], [{"name": "low", "school_hours": "bell"}]])),
        }
    )
    devices = draw(device_rows(around))
    return District(
        Path(), made, tuple(staff), devices, tuple(schedules), calendar, tuple(exceptions), tuple(tools)
    )


@st.composite
def device_rows(draw: st.DrawFn, around: st.SearchStrategy[int]) -> tuple[DeviceRow, ...]:
    """Each MAC belongs to one device and passes from owner to owner, with or without a time between."""
    rows: list[DeviceRow] = []
    for number, mac in enumerate(MACS):
        device = f"D{number // 2 if draw(st.booleans()) else number}"
        cuts = sorted(draw(st.sets(around, max_size=3)))
        if device in {row.device_id for row in rows}:
            # a second adapter of a device has the owners of the first
            first = [row for row in rows if row.device_id == device]
            rows += [
                DeviceRow(
                    len(rows) + 2 + i,
                    device,
                    mac,
                    row.ownership,
                    row.assigned_to,
                    "",
                    row.from_minute,
                    row.to_minute,
                )
                for i, row in enumerate(first)
            ]
            continue
        for begin, end in zip([None, *cuts], [*cuts, None], strict=True):
            owner = draw(
                st.sampled_from([*EMPLOYEES, *EMPLOYEES, "E9", "student", "guest", "shared", "", None])
            )
            if owner is None:
                continue  # nobody has it
            ownership = draw(st.sampled_from(["district", "personal"]))
            rows.append(DeviceRow(len(rows) + 2, device, mac, ownership, owner, "", begin, end))
    return tuple(rows)


@st.composite
def traffic(draw: st.DrawFn, anchor: int) -> list[dict[str, Any]]:
    minutes = st.integers(anchor - BEFORE, anchor + AFTER)
    clients = [MACS[0], *MACS, *MACS[:2], "00:00:5e:00:53:ff", "", ""]
    some_clients = draw(st.lists(st.sampled_from(clients), min_size=1, max_size=3))  # few, so that they meet
    some_hosts = draw(st.lists(st.sampled_from(sorted(HOSTS)), min_size=1, max_size=4))
    rows = []
    for number in range(draw(st.integers(3, 25))):
        mac = draw(st.sampled_from(some_clients))
        host = draw(st.sampled_from(some_hosts))
        start = draw(minutes)
        row = HOSTS[host] | {
            "site": draw(st.sampled_from(["high", "low"])),
            "client_key": pseudonym.client(KEY, mac) if mac else "",
            "address_key": pseudonym.address(KEY, draw(st.sampled_from(ADDRESSES))),
            "randomised": mac.startswith("02"), "name_source": draw(st.sampled_from(["tls", "dns", "quic"])),
            "bytes_up": draw(st.sampled_from([0, 300])), "bytes_down": draw(st.sampled_from([700, 1700])),
            "packets": 4, "flows": draw(st.sampled_from([1, 1, 2])), "capture": "5" * 64, "frame": number,
            "reference": False, "seen_through": "",
        }  # fmt: skip
        rows += [
            row | {"minute": minute, "day": local_day(minute, ZONE).isoformat(), "sensor": "s"}
            for minute in range(start, start + draw(st.sampled_from([1, 1, 2, 5, 9])))
        ]
    return rows


@st.composite
def leases(draw: st.DrawFn, anchor: int) -> list[dict[str, Any]]:
    rows = []
    for number in range(draw(st.integers(0, 5))):
        begin = draw(st.integers(anchor - BEFORE, anchor + AFTER))
        lasts = draw(st.sampled_from([1, 2, 5, AFTER]))
        kind = draw(st.sampled_from(["dhcp", "dhcp", "dhcpv6", "arp", "arp", "nd"]))
        rows.append(
            {
                "address_key": pseudonym.address(KEY, draw(st.sampled_from(ADDRESSES))),
                "client_key": pseudonym.client(
                    KEY, draw(st.sampled_from([*MACS, *MACS[:2], "00:00:5e:00:53:ff"]))
                ),
                "from_minute": begin,
                "to_minute": begin + lasts,
                "source": "5" * 64,
                "frame": number,
                "kind": kind,
                "seen_minute": begin + (draw(st.integers(0, lasts - 1)) if kind in ("arp", "nd") else 0),
            }
        )
    if rows and draw(st.booleans()):  # a device that claims many addresses
        others = [pseudonym.address(KEY, f"10.9.0.{number}") for number in range(draw(st.integers(14, 17)))]
        claim = rows[0] | {"kind": "arp"}
        rows += [claim | {"address_key": other, "frame": 9} for other in others]
    return rows


@st.composite
def worlds(draw: st.DrawFn) -> tuple[District, date, list[dict[str, Any]], list[dict[str, Any]]]:
    day = draw(st.sampled_from(DAYS))
    start, end = clock.day_bounds(day, ZONE)
    anchor = draw(st.sampled_from([start, start + 60, start + 120, start + 690, end - BEFORE]))
    return draw(districts(day, anchor)), day, draw(traffic(anchor)), draw(leases(anchor))


def anchor_wall(day: date, anchor: int) -> int:
    """Minutes after midnight that the clock shows at the anchor."""
    hours, minutes = clock.local_iso(anchor, ZONE)[11:16].split(":")
    return int(hours) * 60 + int(minutes)


def arrow(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_both_say_the_same_of_every_minute(world: tuple[Any, ...]) -> None:
    district, day, activity, held = world
    decision = decide_day(
        district, day, arrow(activity, tables.partitioned(tables.ACTIVITY)), arrow(held, tables.LEASES), KEY
    )
    findings, minutes = slow.decide(district, day, activity, held, KEY)
    same(decision.minutes, minutes, MINUTES)
    same(decision.findings, findings, FINDINGS)
    for row in findings:
        assert row["prohibited_minutes"] == row["excepted_minutes"] + row["unapproved_minutes"]
        assert 0 < row["minutes"] <= row["span_minutes"]


@settings(max_examples=25, deadline=None)
@given(worlds(), st.integers())
def test_the_order_of_rows_changes_no_byte(world: tuple[Any, ...], seed: int) -> None:
    district, day, activity, held = world
    contents = []
    for shuffled in (False, True):
        if shuffled:
            chance = random.Random(seed)
            chance.shuffle(activity)
            chance.shuffle(held)
        decision = decide_day(
            district,
            day,
            arrow(activity, tables.partitioned(tables.ACTIVITY)),
            arrow(held, tables.LEASES),
            KEY,
        )
        contents.append([parquet(decision.findings), parquet(decision.minutes), decision.coverage])
    assert contents[0] == contents[1]


def same(table: pa.Table, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    """Compares row by row, so that a failure shows the one that differs."""
    for found, expected in zip(table.to_pylist(), rows, strict=False):
        assert found == {name: expected[name] for name in schema.names}
    assert table.num_rows == len(rows)


def parquet(table: pa.Table) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return files.write_parquet(Path(folder) / "table.parquet", table).read_bytes()
