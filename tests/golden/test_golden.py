"""`auditor extract` on the small captures of sample_pcaps/ prints what was worked out by hand.

`NAME.csv` holds the names, all columns; `NAME.flows.csv` the minute slices without `minute`, told by `first`.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.shipped import shipped

HERE = Path(__file__).resolve().parent
FOLDER = shipped("sample_pcaps")
CAPTURES = sorted(path.name for path in FOLDER.glob("*.pcap*"))
NAMES = sorted(path.stem for path in HERE.glob("*.csv") if not path.stem.endswith(".flows"))
FLOWS = sorted(path.name.removesuffix(".flows.csv") for path in HERE.glob("*.flows.csv"))
Row = dict[str, str]


def extract(what: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("auditor"))
    command = [program, "extract", *CAPTURES, "--what", what, "--format", "csv"]
    run = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run


@pytest.fixture(scope="module")
def names() -> subprocess.CompletedProcess[str]:
    return extract("names")


@pytest.fixture(scope="module")
def flows() -> list[Row]:
    return rows(extract("flows").stdout)


def rows(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_capture_has_its_expectation() -> None:
    assert [Path(name).stem for name in CAPTURES] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str, names: subprocess.CompletedProcess[str]) -> None:
    header, *lines = names.stdout.splitlines()
    found = [header, *(line for line in lines if line.startswith(f"{name}.pcap"))]
    assert found == (HERE / f"{name}.csv").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", FLOWS)
def test_flows(name: str, flows: list[Row]) -> None:
    expected = rows((HERE / f"{name}.flows.csv").read_text(encoding="utf-8"))
    mine = [row for row in flows if row["file"].startswith(f"{name}.pcap")]
    found = [{column: row[column] for column in expected[0]} for row in mine]
    assert sorted(found, key=order) == sorted(expected, key=order)


def test_a_torn_capture_is_used_as_far_as_it_goes_and_says_so(
    names: subprocess.CompletedProcess[str],
) -> None:
    assert "truncated-in-mid-packet.pcap" in names.stderr
    assert "frame 8" in names.stderr


def order(row: Row) -> tuple[str, str]:
    return row["first"], row["client_port"]
