"""A district folder as parameter tables for the policy's SQL: what held on one local day, in UTC minutes.

People and devices appear by their pseudonyms only, as in the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from auditor.district.rows import ApprovedToolRow, District
from auditor.policy import clock
from auditor.policy.lasting import Holding, Lasting

_SETTINGS = (
    "day start_minute:i end_minute:i idle_minutes:i active_bytes:i skew_minutes:i "
    "enforce_work_time:b enforce_equipment:b enforce_wifi:b school_hours_decide:b enforced"
)
_DUTY = "person start_minute:i end_minute:i schedule_line:i calendar_file calendar_line:i"
_SCHOOL_TIME = "site start_minute:i end_minute:i schedule_line:i"
_DEVICES = (
    "client_key device_id ownership holder person randomised:b holding:i from_minute:i to_minute:i line:i"
)
_APPROVALS = (
    "exception_id person scope platform category device_id fault "
    "approved_minute:i start_minute:i end_minute:i"
)
_WORDS = (
    "no_client student_client guest_client unknown_ownership unknown_holder student guest nobody no_role",
    [("", "student", "guest", "unknown", "unknown", "student", "guest", "", "")],
)
_TYPES = {"": pa.string(), "i": pa.int64(), "b": pa.bool_()}


def parameters(lasting: Lasting, day: date, activity: pa.Table, leases: pa.Table) -> dict[str, pa.Table]:
    """The `given_...` tables that the views read, for a local day; `activity` gives the hosts to look up."""
    district = lasting.district
    start, end = clock.day_bounds(day, district.timezone)
    policy = district.settings.policy
    usage = district.settings.usage
    setting = (
        day.isoformat(),
        start,
        end,
        usage.idle_minutes,
        usage.active_bytes,
        district.settings.leases.skew_minutes,
        *(prong in policy.enforce for prong in ("work_time", "equipment", "wifi")),
        policy.time_prong == "school_hours",
        " ".join(policy.reading),
    )
    devices = list(_devices(lasting, start, end))
    times = ((minute, clock.local_iso(minute, district.timezone)) for minute in range(start, end + 1))
    return {
        "given_settings": _table(_SETTINGS, [setting]),
        "given_local_times": _table("minute:i local_time", times),
        "given_staff": _table("person role line:i", _staff(lasting, day)),
        "given_devices": _table(_DEVICES, devices),
        "given_unknown_devices": _table(
            "client_key device_id", _unknown(devices, start, end, activity, leases)
        ),
        "given_words": _table(*_WORDS),
        "given_duty": _table(_DUTY, _duty(lasting, day)),
        "given_school_sites": _table("site", ((site.name,) for site in district.settings.sites)),
        "given_school_time": _table(_SCHOOL_TIME, _school_time(district, day)),
        "given_approvals": _table(_APPROVALS, _approvals(lasting, day)),
        "given_approved_hosts": _table(
            "platform host line:i", _approved_hosts(district.approved_tools, day, activity)
        ),
    }


def _staff(lasting: Lasting, day: date) -> Iterator[tuple[Any, ...]]:
    for row in lasting.district.staff:
        if row.covers(day):
            yield lasting.person(row.employee_id), row.role, row.line


def _devices(lasting: Lasting, start: int, end: int) -> Iterator[Holding]:
    for row in lasting.holdings:
        if row.from_minute < end and start < row.to_minute:
            begins, ends = max(row.from_minute, start), min(row.to_minute, end)
            yield Holding(*row[:7], begins, ends, row.line)  # _replace takes ten times as long


def _unknown(
    devices: Sequence[Holding], start: int, end: int, activity: pa.Table, leases: pa.Table
) -> Iterator[tuple[str, str]]:
    """The names of devices that may turn out to be unknown: all MACs but those that somebody has all day, and all
    addresses that were seen without a MAC."""
    had = {
        row.client_key
        for row in devices
        if row.from_minute <= start and end <= row.to_minute and not row.randomised
    }
    hidden = activity.filter(pc.equal(activity["client_key"], ""))["address_key"]
    seen = {
        key for column in (activity["client_key"], leases["client_key"], hidden) for key in _distinct(column)
    }
    for key in seen - had - {""}:
        yield key, f"unknown-{key[:12]}"


def _distinct(texts: pa.ChunkedArray) -> list[str]:
    found: list[str] = texts.unify_dictionaries().unique().to_pylist()
    return found


def _duty(lasting: Lasting, day: date) -> Iterator[tuple[Any, ...]]:
    for duty in clock.duty(lasting.district, day):
        person = lasting.person(duty.employee_id)
        calendar = duty.calendar_file, duty.calendar_line
        yield person, duty.start_minute, duty.end_minute, duty.schedule_line, *calendar


def _school_time(district: District, day: date) -> Iterator[tuple[Any, ...]]:
    for hours in clock.school_time(district, day):
        yield hours.site, hours.start_minute, hours.end_minute, hours.schedule_line


def _approvals(lasting: Lasting, day: date) -> Iterator[tuple[Any, ...]]:
    rows = {row.line: row for row in lasting.district.exceptions}
    for window in clock.exception_windows(lasting.district, day):
        row = rows[window.line]
        scope = exception_scope(row.platform)  # scope, platform, category
        person, fault = lasting.person(row.employee_id), lasting.faults[row.line]
        # One without a time of approval has a fault and excuses nothing, whatever number stands here.
        approved = window.end_minute if row.approved_minute is None else row.approved_minute
        times = approved, window.start_minute, window.end_minute
        yield row.exception_id, person, *scope, row.device_id, fault, *times


def exception_scope(platform: str) -> tuple[str, str, str]:
    """What an exception covers: (`any` | `category` | `platform`, platform id, category id)."""
    if platform == "*":
        return "any", "", ""
    if platform.startswith("category:"):
        return "category", "", platform.removeprefix("category:")
    return "platform", platform, ""


def _approved_hosts(
    tools: Sequence[ApprovedToolRow], day: date, activity: pa.Table
) -> Iterator[tuple[Any, ...]]:
    listed = [
        tool for tool in tools if tool.valid_from <= day and (tool.valid_to is None or day <= tool.valid_to)
    ]
    lines = {tool.platform.lower().strip("."): tool.line for tool in reversed(listed)}  # the first row speaks
    seen = (
        activity.select(["platform", "host"])
        .unify_dictionaries()
        .group_by(["platform", "host"])
        .aggregate([])
    )
    for platform, host in zip(seen["platform"].to_pylist(), seen["host"].to_pylist(), strict=True):
        for name in (platform, *_suffixes(host)):
            if name in lines:
                yield platform, host, lines[name]


def _suffixes(host: str) -> Iterator[str]:
    """The host and the names above it, by whole labels: `a.b.com`, `b.com`. One label is no host suffix."""
    while "." in host:
        yield host
        host = host.partition(".")[2]


def _table(columns: str, rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Rows as an Arrow table; `columns` as `name` (text), `name:i` (64-bit integer) or `name:b` (boolean)."""
    named = [column.partition(":") for column in columns.split()]
    schema = pa.schema([(name, _TYPES[kind]) for name, _, kind in named])
    values = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(values, schema, strict=True)], schema
    )
