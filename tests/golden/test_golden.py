"""`auditor extract` on each small capture of sample_pcaps/ prints what was worked out by hand.

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
CAPTURES = shipped("sample_pcaps")
NAMES = sorted(path.stem for path in HERE.glob("*.csv") if not path.stem.endswith(".flows"))
FLOWS = sorted(path.name.removesuffix(".flows.csv") for path in HERE.glob("*.flows.csv"))
Row = dict[str, str]


def capture(name: str) -> str:
    found = [path.name for path in CAPTURES.glob(f"{name}.pcap*")]
    assert len(found) == 1, found
    return found[0]


def extract(*options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("auditor")), "extract", *options, "--format", "csv"]
    return subprocess.run(command, cwd=CAPTURES, capture_output=True, text=True, check=False)


def rows(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_capture_has_its_expectation() -> None:
    assert sorted(path.stem for path in CAPTURES.glob("*.pcap*")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    run = extract(capture(name))
    assert run.returncode == 0, run.stderr
    assert run.stdout == (HERE / f"{name}.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FLOWS)
def test_flows(name: str) -> None:
    run = extract(capture(name), "--what", "flows")
    assert run.returncode == 0, run.stderr
    expected = rows((HERE / f"{name}.flows.csv").read_text(encoding="utf-8"))
    found = [{column: row[column] for column in expected[0]} for row in rows(run.stdout)]
    assert sorted(found, key=order) == sorted(expected, key=order)


def test_a_torn_capture_is_used_as_far_as_it_goes_and_says_so() -> None:
    run = extract(capture("truncated-in-mid-packet"))
    assert "truncated-in-mid-packet.pcap" in run.stderr
    assert "frame 8" in run.stderr


def order(row: Row) -> tuple[str, str]:
    return row["first"], row["client_port"]
