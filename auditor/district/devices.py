"""`devices.csv`: who has which device, as history: one row a MAC address and period."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Literal, cast

from auditor.district.csvfile import Columns, read_rows
from auditor.district.rows import NOT_EMPLOYEES, DeviceRow
from auditor.district.values import parse_end, parse_mac, parse_start
from auditor.errors import Problem

COLUMNS = Columns(
    "devices.csv",
    ("device_id", "mac", "ownership", "assigned_to"),
    ("kind", "valid_from", "valid_to"),
    free=("kind",),
)
_OWNERSHIPS = ("district", "personal")


def read_devices(folder: Path, zone: str, problems: list[Problem]) -> tuple[DeviceRow, ...]:
    start, end = cache(partial(parse_start, zone=zone)), cache(partial(parse_end, zone=zone))
    rows = []
    for row in read_rows(folder, COLUMNS, problems):
        assigned_to = row.text("assigned_to")
        device = DeviceRow(
            line=row.line,
            device_id=row.identifier("device_id"),
            mac=row.value("mac", parse_mac, "", required=True),
            ownership=cast(Literal["district", "personal"], row.choice("ownership", _OWNERSHIPS, "personal")),
            assigned_to=assigned_to.casefold() if assigned_to.casefold() in NOT_EMPLOYEES else assigned_to,
            kind=row.text("kind"),
            from_minute=row.value("valid_from", start, None),
            to_minute=row.value("valid_to", end, None),
            spelt=row.text("mac"),
        )
        first, last = device.from_minute, device.to_minute
        if first is not None and last is not None and last <= first:
            row.error("`valid_to` is not after `valid_from`", "are the two dates exchanged?")
        rows.append(device)
    return tuple(rows)
