"""Districts with captures of `made_traffic`, taken in, and what is then stored."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from made_traffic import made_district

from auditor.district import load_district
from auditor.jobs.ingest import ingest
from auditor.warehouse import Warehouse

KEYS = (
    "minute",
    "site",
    "client_key",
    "address_key",
    "randomised",
    "platform",
    "evidence",
    "host",
    "name_source",
)
SUMS = ("bytes_up", "bytes_down", "packets", "flows")
ALWAYS = date(2026, 1, 1), date(2026, 12, 31)
KEY = "11" * 32

Rows = dict[tuple[object, ...], Counter[str]]


def new_district(folder: Path) -> Path:
    made_district(folder)
    (folder / "pseudonym.key").write_text(KEY)
    return folder


def rows(folder: Path) -> Rows:
    """The activity: what was exchanged, whatever capture holds it."""
    found: Rows = {}
    for row in Warehouse.open(folder / "warehouse").activity(*ALWAYS).to_pylist():
        counts = found.setdefault(tuple(row[name] for name in KEYS), Counter())
        counts.update({name: row[name] for name in SUMS})
    return found


def counted(folder: Path) -> dict[str, int]:
    """The coverage, summed."""
    table = Warehouse.open(folder / "warehouse").coverage(*ALWAYS)
    return {row["measure"]: row["value"] for row in table.to_pylist()}


def put(folder: Path, number: int, capture: bytes) -> Path:
    path = folder / "captures" / f"{number:03}.pcap"
    path.write_bytes(capture)
    return path


def take_in(folder: Path) -> None:
    done = ingest(load_district(folder))
    assert not done.problems
