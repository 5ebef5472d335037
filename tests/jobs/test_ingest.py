"""`auditor ingest` on a copy of the sample district: once, again, and with bad captures among good ones."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from auditor.shipped import shipped

PROGRAM = str(Path(sys.executable).with_name("auditor"))
SAMPLE = shipped("sample_pcaps") / "district"
DAYS = (
    "elementary/2026-11-12.pcapng",
    "high/2026-11-12-a.pcap",
    "high/2026-11-12-b.pcapng",
    "high/2026-11-13.pcap",
)


def ingest(district: Path, *sources: str | Path) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, "ingest", "-d", str(district), *map(str, sources)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
    return run


def district_with(folder: Path, captures: tuple[str, ...]) -> Path:
    """The sample district with some of its captures."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("captures", "maker", "truth", "warehouse"))
    for name in captures:
        target = folder / "captures" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLE / "captures" / name, target)
    return folder


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district whose captures have been taken in; not to be changed."""
    district = district_with(tmp_path_factory.mktemp("ingested") / "district", DAYS)
    run = ingest(district)
    assert run.returncode == 0, run.stderr
    return district


def problems(run: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines of stderr but the district's warnings."""
    return [line for line in run.stderr.splitlines() if ": warning: " not in line]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cells(folder: Path) -> set[str]:
    """Every value in every Parquet file, as text."""
    found: set[str] = set()
    for path in folder.rglob("*.parquet"):
        for column in pq.read_table(path).columns:
            found.update(str(value) for value in column.unique().to_pylist())
    return found


def test_ingesting_again_changes_nothing(ingested: Path) -> None:
    before = tree(ingested)
    times = {path: path.stat().st_mtime_ns for path in ingested.rglob("*.parquet")}
    run = ingest(ingested)
    assert run.returncode == 0
    assert "0 new" in run.stderr
    assert f"{len(DAYS)} known already" in run.stderr
    assert tree(ingested) == before
    assert {path: path.stat().st_mtime_ns for path in ingested.rglob("*.parquet")} == times


def test_one_by_one_gives_the_same_rows_as_all_at_once(ingested: Path, tmp_path: Path) -> None:
    district = district_with(tmp_path / "district", DAYS[:1])
    assert ingest(district, district / "captures" / DAYS[0]).returncode == 0
    mine = {name: data for name, data in tree(district / "warehouse").items() if "elementary" in name}
    theirs = {name: data for name, data in tree(ingested / "warehouse").items() if "elementary" in name}
    assert mine
    assert mine == theirs


def test_nobodys_address_or_name_is_in_the_warehouse(ingested: Path) -> None:
    """Not as text, with or without separators, not as bytes, not in a column."""
    warehouse = ingested / "warehouse"
    values = cells(warehouse)
    text = "\n".join(values).lower()
    raw = b"".join(data for name, data in tree(warehouse).items())
    with (SAMPLE / "devices.csv").open(encoding="utf-8-sig", newline="") as file:
        macs = [row["mac"].lower().replace(":", "").replace("-", "") for row in csv.DictReader(file)]
    assert len(macs) > 50
    for mac in macs:
        spelt = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
        for spelling in (mac, spelt, spelt.replace(":", "-")):
            assert spelling not in text
            assert spelling.encode() not in raw.lower()
        assert bytes.fromhex(mac) not in raw
    with (SAMPLE / "staff.csv").open(encoding="utf-8-sig", newline="") as file:
        people = list(csv.DictReader(file))
    for row in people:
        for name in (row["employee_id"], row["name"], row["email"]):
            assert name.lower() not in text
            assert name.encode() not in raw
    assert "10.20." not in text
    assert "10.30." not in text
    assert "2001:db8:30:" not in text
    assert b"10.20." not in raw
    assert b"10.30." not in raw


def test_students_and_guests_are_counted_and_not_stored(ingested: Path) -> None:
    from auditor import pseudonym
    from auditor.district import load_district

    district = load_district(ingested)
    key = pseudonym.load_key(ingested)
    owners = [
        (pseudonym.client(key, device.mac), device.from_minute or 0, device.to_minute or 1 << 62)
        for device in district.devices
        if device.assigned_to in ("student", "guest")
    ]
    stored = [
        (row["client_key"], row["minute"])
        for path in (ingested / "warehouse" / "activity").rglob("*.parquet")
        for row in pq.read_table(path).to_pylist()
    ]
    assert len({client for client, _ in stored}) > 3
    for client, start, end in owners:
        assert not [minute for of, minute in stored if of == client and start <= minute < end]
    counted: dict[str, int] = {}
    for path in (ingested / "warehouse" / "coverage").rglob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            counted[row["measure"]] = counted.get(row["measure"], 0) + row["value"]
    assert counted["flows_student"] > 0
    assert counted["bytes_student"] > 0


def test_only_hosts_of_the_catalogue_are_stored(ingested: Path) -> None:
    from auditor.identify.catalogue import load_catalogue

    catalogue = load_catalogue()
    hosts = {
        value
        for path in (ingested / "warehouse" / "activity").rglob("*.parquet")
        for value in pq.read_table(path)["host"].to_pylist()
    }
    assert hosts
    assert all(catalogue.match(host) for host in hosts)


def test_bad_captures_among_good_ones(ingested: Path, tmp_path: Path) -> None:
    district = district_with(tmp_path / "district", DAYS)
    bad = {
        "high/empty.pcap": b"",
        "high/text.pcap": b"no capture",
        "elementary/x.pcapng": b"\x1f\x8b\x08broken",
    }
    for name, data in bad.items():
        (district / "captures" / name).write_bytes(data)
    run = ingest(district)
    assert run.returncode == 2
    assert f"{len(DAYS)} new" in run.stderr
    for name in bad:
        assert sum(name in line for line in run.stderr.splitlines()) == 1
    mine, theirs = tree(district / "warehouse" / "activity"), tree(ingested / "warehouse" / "activity")
    assert mine == theirs, "the good ones are taken in as ever"


def test_a_truncated_capture_is_used_and_its_mark_says_so(tmp_path: Path) -> None:
    district = district_with(tmp_path / "district", DAYS[3:])
    path = district / "captures" / DAYS[3]
    path.write_bytes(path.read_bytes()[:-7])
    run = ingest(district)
    assert run.returncode == 0
    assert "in the middle of a packet" in run.stderr
    (mark,) = (district / "warehouse" / "captures").glob("*.json")
    assert '"truncated"' in mark.read_text(encoding="utf-8")


def test_sources_that_can_not_be_taken(tmp_path: Path) -> None:
    district = district_with(tmp_path / "district", ())
    stray = tmp_path / "stray.pcap"
    shutil.copy(SAMPLE / "captures" / DAYS[3], stray)
    run = ingest(district, stray, tmp_path / "none.pcap", tmp_path)
    assert run.returncode == 2
    assert "stray.pcap: belongs to no sensor" in run.stderr
    assert "none.pcap: there is no such file" in run.stderr
    assert len(problems(run)) == 3
    assert not (district / "warehouse").exists(), "nothing is made for nothing"


def test_no_captures_at_all(tmp_path: Path) -> None:
    run = ingest(district_with(tmp_path / "district", ()))
    assert run.returncode == 0
    assert "0 new" in run.stderr


@pytest.mark.parametrize("kind", ["a file", "a folder of others", "below a file"])
def test_a_warehouse_that_can_not_be_one(tmp_path: Path, kind: str) -> None:
    district = district_with(tmp_path / "district", DAYS[:1])
    place = district / "warehouse"
    if kind == "a folder of others":
        place.mkdir()
        (place / "letter.txt").write_text("dear", encoding="utf-8")
    else:
        place.write_text("a file", encoding="utf-8")
    if kind == "below a file":
        settings = district / "auditor.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(
            text.replace('warehouse = "warehouse"', 'warehouse = "warehouse/inside"'), encoding="utf-8"
        )
    before = tree(district)
    run = ingest(district)
    assert run.returncode == 2
    assert len(problems(run)) == 1
    assert "warehouse" in run.stderr
    assert tree(district) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="everything may be written by root")
def test_a_warehouse_that_may_not_be_written(tmp_path: Path) -> None:
    district = district_with(tmp_path / "district", DAYS[:1])
    (district / "warehouse").mkdir(mode=0o500)
    run = ingest(district)
    assert run.returncode == 2
    assert len(problems(run)) == 1
