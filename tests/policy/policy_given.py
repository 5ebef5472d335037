"""Readable cases: a district folder and traffic as someone would tell it, turned into the policy's inputs.

`activity.csv` has `start` (local date-time), `minutes` (how many in a row, default 1), `device` (a device_id
of devices.csv, a MAC, or an IP address where no MAC was seen), `host` (of hosts.csv), and if need be `bytes`
(a minute, default 5000), `source` (tls), `flows` (2) and `site` (high). `leases.csv` has
`device, ip, from, to`, and if need be `kind` (dhcp), `seen` (as `from`) and `log` (yes: from a lease file, not from
a capture). `logons.csv` has `device, employee, from, to`, and if need be `seen`.
"""

from __future__ import annotations

import csv
import shutil
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from auditor import pseudonym
from auditor.district import District, load_district
from auditor.district.localtime import first_minute, local_day
from auditor.policy.decide import Decision, decide_day
from auditor.warehouse import CaptureMark, Warehouse, tables

HERE = Path(__file__).parent
USUAL = HERE / "cases" / "_usual"
KEY = bytes(range(32))
SHA = "5" * 64
LOG = "6" * 64


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


HOSTS = {row["host"]: row for row in rows_of(HERE / "hosts.csv")}


def make_district(case: Path, folder: Path) -> District:
    """The usual district with what the case gives of its own."""
    shutil.copytree(USUAL, folder)
    for path in case.joinpath("given").iterdir():
        shutil.copy(path, folder / path.name)
    return load_district(folder)


def make_activity(district: District, rows: list[dict[str, str]]) -> pa.Table:
    """The warehouse's activity table from rows as in `activity.csv`."""
    macs = {device.device_id: device.mac for device in district.devices}
    made = []
    for number, row in enumerate(rows, start=1):
        device = row["device"]
        mac = macs.get(device, device if len(device) == 17 else "")
        host = HOSTS[row["host"]]
        start = to_minute(row["start"], district.timezone)
        for minute in range(start, start + int(row.get("minutes") or 1)):
            octets = int(row.get("bytes") or 5000)
            made.append(
                host
                | {
                    "minute": minute, "site": row.get("site") or "high",
                    "day": local_day(minute, district.timezone).isoformat(), "sensor": "high",
                    "client_key": pseudonym.client(KEY, mac) if mac else "",
                    "address_key": pseudonym.address(KEY, "10.0.0.9" if mac else device),
                    "randomised": bool(mac and int(mac[:2], 16) & 2),
                    "name_source": row.get("source") or "tls", "bytes_up": octets // 10,
                    "bytes_down": octets - octets // 10, "packets": 10, "flows": int(row.get("flows") or 2),
                    "capture": SHA, "frame": number, "reference": False,
                    "seen_through": row.get("through") or "",
                }
            )  # fmt: skip
    return pa.Table.from_pylist(made, schema=tables.partitioned(tables.ACTIVITY))


def make_leases(district: District, rows: list[dict[str, str]]) -> pa.Table:
    """The warehouse's leases table from rows as in `leases.csv`."""
    macs = {device.device_id: device.mac for device in district.devices}
    made = [
        {
            "address_key": pseudonym.address(KEY, row["ip"]),
            "client_key": client_of(row["device"], macs),
            "from_minute": to_minute(row["from"], district.timezone),
            "to_minute": to_minute(row["to"], district.timezone),
            "source": LOG if row.get("log") else SHA,
            "frame": number,
            "kind": row.get("kind") or "dhcp",
            "second": 0,
            "logged": bool(row.get("log")),
            "randomised": False,
            "person": "",
            "seen_minute": to_minute(row.get("seen") or row["from"], district.timezone),
        }
        for number, row in enumerate(rows, start=1)
    ]
    for row in made:
        row["since_minute"] = row["from_minute"]
    return pa.Table.from_pylist(made, schema=tables.LEASES)


def make_logons(district: District, rows: list[dict[str, str]]) -> pa.Table:
    """Log-ons as they stand in that table, from rows as in `logons.csv`."""
    held = [row | {"ip": "0.0.0.0", "kind": tables.LOGON, "log": "yes"} for row in rows]
    made = [
        lease
        | {"address_key": "", "person": pseudonym.person(KEY, row["employee"]) if row["employee"] else ""}
        for lease, row in zip(make_leases(district, held).to_pylist(), rows, strict=True)
    ]
    return pa.Table.from_pylist(made, schema=tables.LEASES)


def client_of(device: str, macs: dict[str, str]) -> str:
    """The client_key of a device_id, a MAC, or one of the words that stand for many clients."""
    words = (tables.STUDENT, tables.GUEST, tables.NAMELESS)
    return device if device in words else pseudonym.client(KEY, macs.get(device, device))


def days_of(activity: pa.Table) -> list[date]:
    return sorted(date.fromisoformat(day) for day in set(activity["day"].to_pylist()))


def decide_all(district: District, activity: pa.Table, leases: pa.Table) -> list[Decision]:
    """Every day of the activity, each decided by itself from that day's rows as the warehouse gives them."""
    decisions = []
    for day in days_of(activity):
        of_day = activity.filter(pa.array([text == day.isoformat() for text in activity["day"].to_pylist()]))
        decisions.append(decide_day(district, day, of_day, leases, KEY))
    return decisions


def to_minute(text: str, zone: str) -> int:
    """A local date-time, or one with an offset (for times that come twice), as UTC epoch minute."""
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) // 60 if moment.tzinfo else first_minute(moment, zone)


def make_warehouse(district: District, activity: pa.Table, leases: pa.Table) -> Warehouse:
    """A warehouse in the district folder, under KEY, into which one capture brought all this."""
    (district.folder / pseudonym.KEY_FILE).write_text(KEY.hex(), encoding="ascii")
    warehouse = Warehouse.open(district.warehouse, create=True)
    mark = CaptureMark(SHA, "captures/one.pcap", "high", "high", 1, 1, 2, 3, "whole", catalogue_version="c1")
    coverage = {day: {"frames": 1} for day in days_of(activity)}
    warehouse.write_capture(mark, activity, coverage, leases)
    return warehouse
