"""The whole job on the sample district ends in the sample's truth, byte for byte."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from auditor.district import load_district
from auditor.pseudonym import client, load_key
from auditor.shipped import shipped

SAMPLE = shipped("sample_pcaps") / "district"
WEEK = ["--from", "2026-11-09", "--to", "2026-11-13"]


def auditor(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("auditor")), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample district, ingested and audited."""
    folder = tmp_path_factory.mktemp("sample") / "district"
    shutil.copytree(SAMPLE, folder)
    auditor("ingest", "-d", str(folder))
    auditor("audit", "-d", str(folder), *WEEK)
    return folder


def findings(district: Path) -> str:
    return auditor("findings", "-d", str(district), *WEEK, "--format", "csv")


def test_findings_are_the_truth(district: Path) -> None:
    """In the columns that the plan can know; the digest of the inputs stands behind them."""
    truth = list(csv.reader((SAMPLE / "truth" / "findings.csv").read_text(encoding="utf-8").splitlines()))
    found = list(csv.reader(findings(district).splitlines()))
    assert [row[: len(truth[0])] for row in found] == truth
    assert found[0][-1] == "inputs"
    assert {len(row[-1]) for row in found[1:]} == {16}


def test_a_second_ingest_and_audit_change_nothing(district: Path) -> None:
    before = findings(district)
    auditor("ingest", "-d", str(district))
    auditor("audit", "-d", str(district), *WEEK)
    assert findings(district) == before


def test_nothing_of_people_addresses_or_other_sites_is_stored(district: Path) -> None:
    stored = "".join(texts(district / "warehouse"))
    assert "www.instagram.com" in stored
    for secret in ("E1005", "Okafor", "00:00:5e:00:53", "10.20.1.", "prairiegazette", "lms.heronmarsh"):
        assert secret not in stored


def test_devices_of_students_and_guests_leave_no_activity(district: Path) -> None:
    stored = "".join(texts(district / "warehouse" / "activity"))
    key = load_key(district)
    devices = load_district(district).devices
    assert client(key, next(row.mac for row in devices if row.device_id == "HS-PH-03")) in stored
    for row in devices:
        if row.assigned_to in ("student", "guest") and row.device_id != "EL-TAB-01":
            assert client(key, row.mac) not in stored


def texts(folder: Path) -> Iterator[str]:
    """All that the files of a folder say."""
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            yield str(parquet.ParquetFile(path).read().to_pydict())
        elif path.is_file():
            yield path.read_text(encoding="utf-8")


def test_the_district_loads_with_the_planned_warnings_alone() -> None:
    about = [warning.where for warning in load_district(SAMPLE).warnings]
    assert about == ["devices.csv:54", *(f"exceptions.csv:{line}" for line in (3, 4, 7, 8, 9, 17))]


def test_the_plans_hosts_are_what_the_catalogue_says() -> None:
    with (SAMPLE / "maker" / "hosts.csv").open(encoding="utf-8", newline="") as file:
        planned = {row["host"]: (row["platform"], row["evidence"]) for row in csv.DictReader(file)}
    lines = auditor("signatures", "which", *planned, "--format", "csv").splitlines()
    known = {row["host"]: (row["platform"], row["evidence"]) for row in csv.DictReader(lines)}
    assert {host: known.get(host, ("", "")) for host in planned} == planned


def test_the_truth_shows_every_disposition_prong_and_confidence() -> None:
    with (SAMPLE / "truth" / "findings.csv").open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))
    assert len(truth) >= 45
    assert set(Counter(row["disposition"] for row in truth)) == {
        "unapproved",
        "excepted",
        "approved_tool",
        "unattributed",
    }
    assert {row["confidence"] for row in truth} == {"high", "medium", "low"}
    assert {row["prongs"] for row in truth} == {
        "wifi",
        "equipment wifi",
        "work_time wifi",
        "work_time equipment wifi",
    }
