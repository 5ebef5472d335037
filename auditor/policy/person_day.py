"""All that is stored of one employee's devices on a day, what counts for nothing included."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from auditor import pseudonym
from auditor.district.rows import DeviceRow, District
from auditor.policy.decide import day_evaluated


def own_devices(district: District, employee_id: str, minute: int | None = None) -> list[DeviceRow]:
    """The rows of devices.csv that say a device is the employee's: at a minute, or ever."""
    return [
        row
        for row in district.devices
        if row.assigned_to == employee_id and (minute is None or holds(row, minute))
    ]


def holds(row: DeviceRow, minute: int) -> bool:
    starts = row.from_minute is None or row.from_minute <= minute
    return starts and (row.to_minute is None or minute < row.to_minute)


def possibly_own(activity: pa.Table, district: District, employee_id: str, key: bytes) -> pa.Table:
    """The rows of activity that may be the employee's: without those of devices that only others ever had."""
    own = {row.mac for row in own_devices(district, employee_id)}
    others = {pseudonym.client(key, row.mac) for row in district.devices if row.mac not in own}
    return activity.filter(pc.invert(pc.is_in(activity["client_key"], pa.array(sorted(others), pa.string()))))


def own_traffic(
    district: District, day: date, activity: pa.Table, leases: pa.Table, key: bytes, employee_id: str
) -> list[dict[str, Any]]:
    """What is stored of a local day of devices while they were the employee's: rows of activity with `device_id`,
    `standing` (whether it is laid to the employee, and if not what became of it), `by_lease`, `registered_as` (the
    device's id in devices.csv, also where a randomised MAC lets nobody say that it was this one) and `evidence` of
    any class. `activity` and `leases` are those of the day."""
    possible = possibly_own(activity, district, employee_id, key)
    evidence_of = {
        (row["host"], row["capture"]): row["evidence"]
        for row in possible.select(["host", "capture", "evidence"]).group_by(["host", "capture", "evidence"])
        .aggregate([]).to_pylist()
    }  # fmt: skip
    person = pseudonym.person(key, employee_id)
    devices = [(pseudonym.client(key, row.mac), row) for row in own_devices(district, employee_id)]
    found = []
    for row in laid_rows(district, day, possible, leases, key):
        holding = (one for known, one in devices if known == row["client_key"] and holds(one, row["minute"]))
        registered = next((device.device_id for device in holding), "")
        if registered or person in (row["person"], row["holder_person"]):
            evidence = evidence_of[row["host"], row["capture"]]
            found.append({**row, "evidence": evidence, "registered_as": registered})
    return found


def laid_rows(
    district: District, day: date, activity: pa.Table, leases: pa.Table, key: bytes
) -> list[dict[str, Any]]:
    """Rows of activity of every evidence with the device and the person that the policy lays them to, by time.

    The policy looks only at what counts; here all rows are shown to it as if they counted.
    """
    place = activity.schema.get_field_index("evidence")
    counting = activity.set_column(place, "evidence", pa.array(["visit"] * activity.num_rows, pa.string()))
    with day_evaluated(district, day, counting, leases, key) as views:
        rows = fetched(views, "SELECT * FROM seen_host")
    return sorted(
        rows, key=lambda row: (row["minute"], row["device_id"], row["platform"], row["host"], row["frame"])
    )


def fetched(views: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    """The rows that a query gives, by column."""
    found = views.execute(query, list(parameters))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
