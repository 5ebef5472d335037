"""Lease files and accounting logs taken in: what is stored of them, once, and what stays when they change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_ingest import KEY

from auditor import pseudonym
from auditor.district import District, load_district
from auditor.jobs.ingest import ingest
from auditor.jobs.sweep import Ingested
from auditor.warehouse import Warehouse

RAW = bytes.fromhex(KEY)
TEACHER, STUDENT, OTHER = "00:00:5e:00:53:01", "00:00:5e:00:53:02", "00:00:5e:00:53:99"
HOUR = 3600
NOON = 1794247200  # 2026-11-09 18:00 UTC, noon in Chicago
STAFF = """employee_id,name,email,site,role,supervisor_id,schedule,username
E1,Terry Teacher,terry@district.example,high,teacher,,,
E2,Sam Aide,sam@district.example,high,aide,E1,,HM\\samuel
"""
DEVICES = f"""device_id,mac,ownership,assigned_to,valid_from,valid_to
LAPTOP,{TEACHER},district,E1,,
CHROMEBOOK,{STUDENT},district,student,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "district"
    (path / "leases").mkdir(parents=True)
    (path / "captures").mkdir()
    (path / "auditor.toml").write_text('[[sensors]]\nname = "high"\ncaptures = "captures/*.pcap"\n')
    (path / "staff.csv").write_text(STAFF)
    (path / "devices.csv").write_text(DEVICES)
    (path / "schedules.csv").write_text("schedule,weekday,start,end\n")
    for name, header in (
        ("calendar.csv", "date,site,kind"),
        (
            "exceptions.csv",
            "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to",
        ),
        ("approved_tools.csv", "platform,basis,approved_by,valid_from"),
    ):
        (path / name).write_text(header + "\n")
    (path / "pseudonym.key").write_text(KEY)
    return path


def take_in(folder: Path, *sources: Path) -> Ingested:
    return ingest(load_district(folder), sources)


def district(folder: Path) -> District:
    return load_district(folder)


def stored(folder: Path) -> list[tuple[str, int, int, str, str]]:
    """(whose device, from and to in minutes after noon, kind, person)."""
    names = {pseudonym.client(RAW, mac): name for name, mac in (("LAPTOP", TEACHER), ("OTHER", OTHER))}
    persons = {pseudonym.person(RAW, name): name for name in ("E1", "E2")}
    rows = Warehouse.open(folder / "warehouse").leases(0, 1 << 40).to_pylist()
    start = NOON // 60
    return sorted(
        (
            names.get(row["client_key"], row["client_key"]),
            row["from_minute"] - start,
            row["to_minute"] - start,
            row["kind"],
            persons.get(row["person"], row["person"]),
        )
        for row in rows
    )


def dnsmasq(*leases: tuple[int, str, str]) -> str:
    """Expiry in seconds after noon, MAC, address."""
    return "".join(f"{NOON + after} {mac} {ip} secret-host-name *\n" for after, mac, ip in leases)


def detail(kind: str, at: int, user: str, mac: str, ip: str = "10.1.0.7", session: str = "s1") -> str:
    """A FreeRADIUS accounting record, `at` seconds after noon."""
    return (
        "Mon Nov  9 12:00:00 2026\n"
        f'\tAcct-Status-Type = {kind}\n\tUser-Name = "{user}"\n\tAcct-Session-Id = "{session}"\n'
        f'\tNAS-IP-Address = 10.0.0.2\n\tCalling-Station-Id = "{mac}"\n\tFramed-IP-Address = {ip}\n'
        f"\tTimestamp = {NOON + at}\n\n"
    )


def test_a_snapshot_that_changes_adds_and_loses_nothing(folder: Path) -> None:
    path = folder / "leases" / "dnsmasq.leases"
    path.write_text(dnsmasq((4 * HOUR, TEACHER, "10.1.0.5"), (4 * HOUR, STUDENT, "10.1.0.6")))
    done = take_in(folder)
    assert [mark.path for mark in done.lease_files] == ["leases/dnsmasq.leases"]
    first = [("LAPTOP", -240, 240, "dhcp", ""), ("student", -240, 240, "dhcp", "")]
    assert stored(folder) == first
    before = sorted((folder / "warehouse").rglob("*"))
    assert not take_in(folder).lease_files, "known by path, size and time"
    path.touch()
    assert not take_in(folder).lease_files, "known by content"
    assert sorted((folder / "warehouse").rglob("*")) == before
    path.write_text(dnsmasq((6 * HOUR, TEACHER, "10.1.0.5"), (5 * HOUR, OTHER, "10.1.0.6")))
    take_in(folder)
    assert stored(folder) == sorted(
        [*first, ("LAPTOP", -120, 360, "dhcp", ""), ("OTHER", -180, 300, "dhcp", "")]
    )
    assert len(list((folder / "warehouse" / "leases").iterdir())) == 1


def test_a_log_that_grows_replaces_what_has_grown(folder: Path) -> None:
    path = folder / "leases" / "detail"
    start = detail("Start", 0, "terry@district.example", OTHER)
    path.write_text(start)
    take_in(folder)
    first = Warehouse.open(folder / "warehouse").leases(0, 1 << 40)["source"].to_pylist()
    assert stored(folder) == [("OTHER", 0, 480, "logon", "E1"), ("OTHER", 0, 480, "radius", "")]
    path.write_text(start + detail("Interim-Update", HOUR, "terry@district.example", OTHER))
    take_in(folder)
    assert stored(folder) == [("OTHER", 0, 540, "logon", "E1"), ("OTHER", 0, 540, "radius", "")]
    now = Warehouse.open(folder / "warehouse").leases(0, 1 << 40)["source"].to_pylist()
    assert not set(first) & set(now), "another source, so that the day is decided anew"
    path.write_text(path.read_text() + detail("Stop", 2 * HOUR, "terry@district.example", OTHER))
    take_in(folder)
    assert stored(folder) == [("OTHER", 0, 120, "logon", "E1"), ("OTHER", 0, 120, "radius", "")]
    once = Warehouse.open(folder / "warehouse").leases(0, 1 << 40)["source"].to_pylist()
    path.write_text(path.read_text() + detail("Start", 9 * HOUR, "HM\\\\samuel", TEACHER, "10.1.0.8", "s2"))
    take_in(folder)
    assert ("LAPTOP", 540, 1020, "logon", "E2") in stored(folder)
    assert set(once) < set(Warehouse.open(folder / "warehouse").leases(0, 1 << 40)["source"].to_pylist()), (
        "what has not changed keeps its source: days of the past are not decided anew for it"
    )


def test_a_log_that_was_rotated_is_not_taken_in_twice(folder: Path) -> None:
    path = folder / "leases" / "detail"
    path.write_text(detail("Start", 0, "terry", OTHER))
    take_in(folder)
    before = stored(folder)
    path.rename(folder / "leases" / "detail.1")
    path.write_text(detail("Start", 9 * HOUR, "terry", OTHER, session="s9"))
    done = take_in(folder)
    assert [mark.path for mark in done.lease_files] == ["leases/detail"]
    assert [row for row in stored(folder) if row[1] == 0] == before
    assert len(stored(folder)) == 4


def test_user_names_are_looked_up_again_when_staff_has_changed(folder: Path) -> None:
    (folder / "leases" / "detail").write_text(
        detail("Start", 0, "jo", OTHER) + detail("Start", 9, "jo", STUDENT, "10.1.0.9", "s2")
    )
    done = take_in(folder)
    assert done.lease_files[0].ledger["log-ons whose user name is no employee's"] == 1
    assert ("OTHER", 0, 480, "logon", "") in stored(folder)
    assert not [row for row in stored(folder) if row[0] == "student" and row[3] == "logon"]
    (folder / "staff.csv").write_text(STAFF + "E3,Jo,jo@district.example,high,aide,E1,,\n")
    take_in(folder)
    assert [row[3:] for row in stored(folder) if row[3] == "logon"] == [
        ("logon", pseudonym.person(RAW, "E3"))
    ]


def test_a_randomised_mac_names_nobody(folder: Path) -> None:
    (folder / "leases" / "detail").write_text(detail("Start", 0, "terry", "02:00:5e:00:53:01"))
    done = take_in(folder)
    (row,) = Warehouse.open(folder / "warehouse").leases(0, 1 << 40).to_pylist()
    assert row["kind"] == "radius"
    assert row["randomised"]
    assert done.lease_files[0].ledger["log-ons at a randomised MAC address or without one, not used"] == 1


def test_unreadable_files_are_named_and_the_others_taken_in(folder: Path) -> None:
    (folder / "leases" / "a.txt").write_text("no leases here\n" * 5)
    (folder / "leases" / "b.leases").write_text(dnsmasq((4 * HOUR, TEACHER, "10.1.0.5")))
    (folder / "leases" / ".hidden").write_text("editor's own")
    done = take_in(folder)
    assert len(done.lease_files) == 1
    (problem,) = done.problems
    assert problem.where.endswith("a.txt")
    assert "dnsmasq" in problem.hint


def test_a_lease_file_given_by_name(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "from-the-server"
    path.write_text(dnsmasq((4 * HOUR, TEACHER, "10.1.0.5")))
    done = take_in(folder, path)
    assert [mark.format for mark in done.lease_files] == ["dnsmasq.leases"]
    assert not done.problems
    assert not done.marks


def test_two_copies_of_a_file_are_one(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / "leases" / name).write_text(dnsmasq((4 * HOUR, TEACHER, "10.1.0.5")))
    take_in(folder)
    assert len(stored(folder)) == 1
    shutil.rmtree(folder / "leases")
    assert not take_in(folder).problems
    assert len(stored(folder)) == 1, "what was learned stays"
