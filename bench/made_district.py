"""A made-up district for the benchmark of decisions, as its IT department would keep it: staff, devices and their
history, schedules with lunch, a calendar, exceptions of every kind and approved tools."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from auditor.pseudonym import KEY_FILE

SITES = tuple(f"school-{number:02}" for number in range(10))
WITHOUT_MAC = SITES[8:]  # their sensors stand behind a router: addresses only
KEY = bytes(range(32))
SCHEDULES = {
    "teacher": ("07:40-11:30", "12:00-15:20"),
    "office": ("07:00-12:00", "12:30-16:00"),
    "night": ("16:00-01:00",),
    "early": ("07:40-11:30", "12:00-13:00"),
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True)
class Devices:
    """Who carries what: one entry a device, by number."""

    macs: list[str]
    sites: np.ndarray  # index into SITES


def write_district(folder: Path, staff: int, rng: np.random.Generator) -> Devices:
    """Writes the folder; returns the devices that will be seen."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KEY_FILE).write_text(KEY.hex() + "\n", encoding="ascii")
    (folder / "auditor.toml").write_text(_settings(), encoding="utf-8")
    people = [f"E{10_000 + number}" for number in range(staff)]
    sites = rng.integers(0, len(SITES), staff)
    chief_of = {site: people[int(np.flatnonzero(sites == site)[0])] for site in np.unique(sites).tolist()}
    _write(folder, "staff.csv", "employee_id,name,email,site,role,supervisor_id,schedule,valid_from,valid_to",
           _staff(people, sites, chief_of, rng))  # fmt: skip
    devices = _write_devices(folder, people, sites, rng)
    _write(folder, "schedules.csv", "schedule,weekday,start,end", (
        (name, weekday, *hours.split("-"))
        for name, ranges in SCHEDULES.items() for weekday in WEEKDAYS for hours in ranges
    ))  # fmt: skip
    _write(folder, "calendar.csv", "date,site,kind,schedule,note", [
        ("2026-10-28", SITES[0], "use_schedule", "early", "Conferences"),
        ("2026-11-04", "*", "use_schedule", "early", "Early release"),
        ("2026-11-26", "*", "no_work", "", "Thanksgiving"),
    ])  # fmt: skip
    _write(folder, "exceptions.csv",
           "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to,weekdays,start,end,device_id",
           _exceptions(people, sites, chief_of, rng))  # fmt: skip
    _write(folder, "approved_tools.csv", "platform,basis,approved_by,valid_from,valid_to", [
        ("vimeo", "IV.C", people[0], "2026-08-24", ""), ("edublogs", "III.B", people[0], "2026-08-24", ""),
        ("api.x.com", "IV.C", people[0], "2026-08-24", ""),
        ("pinterest", "IV.C", people[0], "2026-11-02", "2027-06-04"),
    ])  # fmt: skip
    return devices


def _settings() -> str:
    sensors = "".join(
        f'\n[[sensors]]\nname = "{site}"\nsite = "{site}"\ncaptures = "captures/{site}/*.pcap*"\n'
        f"sees_client_mac = {str(site not in WITHOUT_MAC).lower()}\n"
        for site in SITES
    )
    return f'[district]\nname = "Benchmark Area Schools"\ntimezone = "America/Chicago"\n{sensors}'


def _staff(
    people: list[str], sites: np.ndarray, chief_of: dict[int, str], rng: np.random.Generator
) -> Iterable[Sequence[str]]:
    """A tenth began in mid-year under another supervisor: two rows."""
    schedule = rng.choice(["teacher", "office", "night", ""], len(people), p=[0.7, 0.2, 0.06, 0.04])
    role = rng.choice(["teacher", "office", "custodian", "aide"], len(people))
    for number, person in enumerate(people):
        site = int(sites[number])
        chief = chief_of[site] if chief_of[site] != person else ("" if person == people[0] else people[0])
        row = (person, f"Name {number}", f"{person.lower()}@example.org", SITES[site], str(role[number]))
        if number % 10 == 3:
            yield *row, people[1], str(schedule[number]), "2026-08-01", "2026-10-31"
            yield *row, chief, str(schedule[number]), "2026-11-01", ""
        else:
            yield *row, chief, str(schedule[number]), "2025-08-18", ""


def _write_devices(folder: Path, people: list[str], sites: np.ndarray, rng: np.random.Generator) -> Devices:
    """A laptop and a phone each, one laptop in five handed over in the term, and shared carts."""
    rows: list[Sequence[str]] = []
    macs: list[str] = []
    places: list[int] = []
    for number in range(2 * len(people)):
        owner, laptop = people[number // 2], number % 2 == 0
        mac = f"00:00:5e:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
        device = (
            (f"LT-{number // 2:05}", mac, "district") if laptop else (f"PH-{number // 2:05}", mac, "personal")
        )
        kind = "laptop" if laptop else "phone"
        if laptop and number % 100 == 8:
            rows.append((*device, "shared", kind, "2025-08-18", ""))
        elif laptop and number % 10 == 4:
            rows.append((*device, people[(number // 2 + 7) % len(people)], kind, "2025-08-18", "2026-10-31"))
            rows.append((*device, owner, kind, "2026-11-01", ""))
        elif laptop and number % 10 == 6:
            rows.append((*device, owner, kind, "2025-08-18", "2026-10-21T09:30"))
            rows.append((*device, people[(number // 2 + 3) % len(people)], kind, "2026-10-21T12:00", ""))
        else:
            rows.append((*device, owner, kind, "2025-08-18", ""))
        macs.append(mac)
        places.append(int(sites[number // 2]))
    _write(folder, "devices.csv", "device_id,mac,ownership,assigned_to,kind,valid_from,valid_to", rows)
    return Devices(macs, np.array(places))


def _exceptions(
    people: list[str], sites: np.ndarray, chief_of: dict[int, str], rng: np.random.Generator
) -> Iterable[Sequence[str]]:
    """Two for each five employees, most of them valid; of forty, one each lacks something that the register asks."""
    platforms = ("facebook", "instagram", "youtube", "linkedin", "x", "category:video", "category:photo", "*")
    for number in range(len(people) * 2 // 5):
        whose = int(rng.integers(0, len(people)))
        person, chief = people[whose], chief_of[int(sites[whose])]
        fault = number % 40
        approver = (
            person if fault == 1 else people[-1] if fault == 2 else chief if chief != person else people[0]
        )
        hours = ("", "", "") if number % 3 else ("mon tue wed thu fri", "08:00", "14:00")
        device = f"LT-{whose:05}" if number % 7 == 0 else ""
        purpose = "" if fault == 3 else "Keeps the school's page"
        end = "" if fault == 4 else "2026-12-18"
        approved = "2026-11-03T09:00" if fault == 5 else "2026-09-01T09:00"
        platform, times = platforms[number % len(platforms)], ("2026-10-01", end)
        yield f"X-{number:05}", person, platform, purpose, approver, approved, *times, *hours, device


def _write(folder: Path, name: str, header: str, rows: Iterable[Sequence[str]]) -> None:
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split(","))
        out.writerows(rows)
