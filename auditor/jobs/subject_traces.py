"""What of an employee's devices stands in the warehouse: activity, leases, the captures behind them, day by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from auditor import pseudonym
from auditor.district import DeviceRow, District
from auditor.policy import clock
from auditor.policy.person_day import own_devices, own_traffic, possibly_own
from auditor.policy.reasons import COUNTING
from auditor.warehouse import Warehouse
from auditor.warehouse.tables import LOGON

Row = dict[str, Any]
_SEEN = ("device_id", "platform", "host", "evidence", "name_source", "bytes_up", "bytes_down", "flows")
SECOND_NS = 1_000_000_000


class Traces:
    """Of one employee, over all days."""

    def __init__(
        self, district: District, warehouse: Warehouse, key: bytes, employee_id: str, minutes: Sequence[Row]
    ) -> None:
        self._district, self._warehouse, self._key = district, warehouse, key
        self._employee_id = employee_id
        self._person = pseudonym.person(key, employee_id)
        self._finding_of = {
            (row["device_id"], row["platform"], row["minute"]): row["finding_id"] for row in minutes
        }
        self._marks = {mark.sha256: mark for mark in warehouse.captures()}
        self._paths = {
            sha256: mark.path for mark in warehouse.lease_files() for sha256 in (mark.sha256, *mark.earlier)
        }
        self._paths |= {mark.sha256: mark.path for mark in self._marks.values()}

    def activity(self) -> Iterator[Row]:
        """What is stored of their devices while they were theirs, also what gave no finding; by time."""
        zone = self._district.timezone
        for day in self._warehouse.days():
            stored = self._warehouse.activity(day, day)
            possible = possibly_own(stored, self._district, self._employee_id, self._key)
            if not possible.num_rows:
                continue
            leases = self._warehouse.leases(*clock.day_bounds(day, zone))
            rows = own_traffic(self._district, day, possible, leases, self._key, self._employee_id)
            for row in rows:
                use = row["device_id"], row["platform"], row["minute"]
                counts = row["person"] == self._person and row["evidence"] in COUNTING
                yield {
                    "at": clock.local_iso(row["minute"], zone),
                    **{name: row[name] for name in _SEEN},
                    "registered_as": row["registered_as"] or None,
                    "laid_to_you": row["person"] == self._person,
                    "finding_id": self._finding_of.get(use) if counts else None,
                    "known_by_lease": bool(row["by_lease"]),
                    **self._place(row["capture"], row["frame"]),
                }

    def leases(self) -> list[Row]:
        """Their log-ons; leases and claims of addresses by their devices while they were theirs. The addresses are
        pseudonyms."""
        own = [
            (pseudonym.client(self._key, row.mac), row)
            for row in own_devices(self._district, self._employee_id)
        ]
        everything = self._warehouse.leases(-(1 << 62), 1 << 62)
        keys = pa.array(sorted({client for client, _ in own}), pa.string())
        named = pc.equal(everything["person"].cast(pa.string()), self._person)
        of_own = pc.is_in(everything["client_key"].cast(pa.string()), keys)
        found = everything.filter(pc.or_(named, of_own)).to_pylist()
        zone = self._district.timezone
        logons = [
            {
                "device_id": None,
                "kind": row["kind"],
                "from": clock.local_iso(row["from_minute"], zone),
                "until": clock.local_iso(row["to_minute"], zone),
                **self._place(row["source"], row["frame"]),
            }
            for row in found
            if row["person"] == self._person
        ]
        return logons + [
            {
                "device_id": device.device_id,
                "kind": row["kind"],
                "from": clock.local_iso(row["from_minute"], zone),
                "until": clock.local_iso(row["to_minute"], zone),
                **self._place(row["source"], row["frame"]),
            }
            for row in sorted(found, key=lambda one: (one["from_minute"], one["to_minute"], one["frame"]))
            for client, device in own
            if client == row["client_key"]
            and row["kind"] != LOGON
            and _meet(device, row["from_minute"], row["to_minute"])
        ]

    def captures(self, activity: Sequence[Row]) -> list[Row]:
        """The captures whose frames the activity names, whether their files are still there, and till when they
        are to be kept."""
        days = timedelta(days=self._district.settings.retention.captures_days)
        zone = self._district.timezone
        used = {row["sha256"] for row in activity}
        return [
            {
                "path": mark.path,
                "sha256": mark.sha256,
                "sensor": mark.sensor,
                "from": clock.local_iso(mark.first_ns // SECOND_NS // 60, zone),
                "until": clock.local_iso(mark.last_ns // SECOND_NS // 60, zone),
                "file_is_there": (self._district.folder / mark.path).is_file(),
                "to_be_kept_through": str(clock.local_day(mark.last_ns // SECOND_NS // 60, zone) + days),
            }
            for mark in self._marks.values()
            if mark.sha256 in used
        ]

    def days(self) -> list[Row]:
        """Each captured day: whether it was decided, and how much of its traffic had no name."""
        decided = set(self._warehouse.audited_days())
        dark: dict[str, list[int]] = {}
        for row in self._warehouse.coverage(date.min, date.max).to_pylist():
            of_day = dark.setdefault(row["day"], [0, 0])
            if row["measure"] == "bytes":
                of_day[1] += row["value"]
            elif row["measure"] in ("bytes_unnamed", "bytes_tunnel"):
                of_day[0] += row["value"]
        return [
            {
                "day": day.isoformat(),
                "decided": day in decided,
                "percent_without_a_name": _percent(*dark.get(day.isoformat(), (0, 0))),
            }
            for day in self._warehouse.days()
        ]

    def _place(self, sha256: str, number: int) -> Row:
        return {"capture": self._paths.get(sha256), "sha256": sha256, "frame": number}


def _meet(device: DeviceRow, start: int, end: int) -> bool:
    begins = device.from_minute is None or device.from_minute < end
    return begins and (device.to_minute is None or start < device.to_minute)


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
