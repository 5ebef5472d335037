"""Why use is nobody's, and how far the clocks of lease files are from the sensors': figures for the reports."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.district import District
from auditor.policy import clock
from auditor.warehouse import Warehouse

Row = dict[str, Any]

_MINUTES = pa.schema(
    [(name, pa.string()) for name in ("finding_id", "device_id", "person", "unattributed_reason")]
)
LIKELY_S = 86_400  # a lease in a log and one in a capture that lie farther apart are not the same grant


def nobodys(warehouse: Warehouse, first: date, last: date) -> list[Row]:
    """`device_id, reason, sessions, minutes` of use that is laid to nobody, for each reason."""
    table = warehouse.minutes(first, last, _MINUTES)
    table = table.filter(pc.equal(table["person"], ""))
    keys = ["device_id", "unattributed_reason"]
    sums = table.group_by(keys).aggregate([("finding_id", "count_distinct"), ("finding_id", "count")])
    rows = sums.sort_by([(key, "ascending") for key in keys]).to_pylist()
    return [
        {
            "device_id": row["device_id"],
            "reason": row["unattributed_reason"]
            or "not_told",  # decided by an earlier version of the program
            "sessions": row["finding_id_count_distinct"],
            "minutes": row["finding_id_count"],
        }
        for row in rows
    ]


def clocks(district: District, warehouse: Warehouse, first: date, last: date) -> list[Row]:
    """Of each lease file that tells of these days, by how much its clock runs ahead of the sensors', where captures
    hold the same grants; None where none do.

    `file, format, times, holds, compared, ahead_seconds, tolerated_seconds`
    """
    start, end = clock.day_bounds(first, district.timezone)[0], clock.day_bounds(last, district.timezone)[1]
    columns = ("client_key", "address_key", "since_minute", "second", "logged", "source", "kind")
    held = warehouse.leases(start, end).select(columns)
    logged = held["logged"].to_numpy(zero_copy_only=False)
    is_grant = pc.is_in(held["kind"], pa.array(["dhcp", "dhcpv6"])).to_numpy(zero_copy_only=False)
    captured, told = held.filter(pa.array(~logged & is_grant)), held.filter(pa.array(logged & is_grant))
    grants: dict[tuple[str, str], list[int]] = {}
    for row in captured.to_pylist():
        grants.setdefault((row["client_key"], row["address_key"]), []).append(_began(row))
    found = []
    for mark in warehouse.lease_files():
        if mark.first_minute >= end or mark.last_minute <= start:
            continue
        own = pc.is_in(told["source"], pa.array([mark.sha256, *mark.earlier]))
        apart = [
            min((_began(row) - at for at in grants[key]), key=abs)
            for row in told.filter(own).to_pylist()
            if (key := (row["client_key"], row["address_key"])) in grants
        ]
        near = [seconds for seconds in apart if abs(seconds) <= LIKELY_S]
        found.append(
            {
                "file": mark.path,
                "format": mark.format,
                "times": mark.time_base,
                "holds": mark.entries,
                "compared": len(near),
                "ahead_seconds": round(float(np.median(near))) if near else None,
                "tolerated_seconds": district.settings.leases.clock_skew_seconds,
            }
        )
    return found


def _began(row: Row) -> int:
    """UTC seconds."""
    return int(row["since_minute"]) * 60 + int(row["second"])
