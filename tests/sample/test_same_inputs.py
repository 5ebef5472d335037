"""The same inputs give byte-identical findings and minutes, however they came: in any order, at once or one by one,
on however many cores."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from auditor.district import District, load_district
from auditor.jobs.audit import audit
from auditor.jobs.ingest import ingest
from auditor.jobs.inputs import digest
from auditor.policy.findings import STORED_FINDINGS
from auditor.shipped import shipped
from auditor.warehouse import Warehouse

SAMPLE = shipped("sample_pcaps") / "district"
FIRST, LAST = date(2026, 11, 9), date(2026, 11, 13)
Decided = dict[str, bytes]


def taken_in(folder: Path, parts: Callable[[list[Path]], Iterable[list[Path]]]) -> District:
    """The sample district with its captures taken in so, part by part."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("maker", "truth", "*.py"))
    district = load_district(folder)
    for sources in parts(sorted(path for path in folder.glob("captures/*/*") if path.is_file())):
        assert not ingest(district, sources).problems
    return district


def decided(district: District) -> Decided:
    """The files of findings and minutes of all days, decided once more."""
    audit(district, FIRST, LAST)
    paths = [
        path for kind in ("findings", "minutes") for path in district.warehouse.glob(f"{kind}/*/*.parquet")
    ]
    return {str(path.relative_to(district.warehouse)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[District, Decided]:
    district = taken_in(tmp_path_factory.mktemp("at_once") / "district", lambda _: [[]])
    return district, decided(district)


ORDERS: dict[str, Callable[[list[Path]], Iterable[list[Path]]]] = {
    "one by one": lambda paths: [[path] for path in paths],
    "the last first": lambda paths: [[path] for path in reversed(paths)],
    "a late one in the middle": lambda paths: [paths[:2] + paths[4:], paths[2:4]],
    "the other sensor first": lambda paths: [
        [path for path in paths if path.parent.name == site] for site in ("high", "elementary")
    ],
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_captures_changes_no_byte(
    order: str, at_once: tuple[District, Decided], tmp_path: Path
) -> None:
    district = taken_in(tmp_path / "district", ORDERS[order])
    assert decided(district) == at_once[1]


def test_where_captures_lie_changes_no_byte(at_once: tuple[District, Decided], tmp_path: Path) -> None:
    def renamed(paths: list[Path]) -> list[list[Path]]:
        return [[path.rename(path.with_name(f"moved-{number}.pcap"))] for number, path in enumerate(paths)]

    assert decided(taken_in(tmp_path / "elsewhere", renamed)) == at_once[1]


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_the_number_of_workers_changes_no_byte(threads: int, at_once: tuple[District, Decided]) -> None:
    connect = duckdb.connect

    def with_threads(*arguments: str, config: dict[str, object]) -> duckdb.DuckDBPyConnection:
        return connect(*arguments, config=config | {"threads": threads})

    with mock.patch.object(duckdb, "connect", with_threads):
        assert decided(at_once[0]) == at_once[1]


def test_each_finding_names_the_list_of_its_inputs(at_once: tuple[District, Decided]) -> None:
    """The digest is of what stands in the day's audit.json, paths apart."""
    district, _ = at_once
    warehouse = Warehouse.open(district.warehouse)
    audits = warehouse.audits(FIRST, LAST)
    for row in warehouse.findings(FIRST, LAST, STORED_FINDINGS).to_pylist():
        assert row["inputs"] == audits[date.fromisoformat(row["day"])]["inputs"]
    for audited in audits.values():
        beside = ("day", "inputs", "captures", "coverage", "findings")
        assert (
            digest({name: value for name, value in audited.items() if name not in beside})
            == audited["inputs"]
        )
        assert set(audited["captures"]) == set(audited["rows"])


NOBODY = "E9999,New Person,new@example.test,high,teacher,,office,2030-01-01,\n"


@pytest.mark.parametrize(
    ("name", "old", "new", "same"),
    [
        ("staff.csv", "", "\n" + NOBODY, False),
        ("auditor.toml", "dns_grace_seconds = 300", "dns_grace_seconds = 301", False),
        ("auditor.toml", "captures_days = 30", "captures_days = 7", True),
    ],
)
def test_other_inputs_give_another_digest(
    name: str, old: str, new: str, same: bool, at_once: tuple[District, Decided], tmp_path: Path
) -> None:
    shutil.copytree(at_once[0].folder, tmp_path / "district")
    path = tmp_path / "district" / name
    text = path.read_text()
    path.write_text(text.replace(old, new) if old else text + new)
    district = load_district(tmp_path / "district")
    audit(district, FIRST, LAST)
    before, after = (
        Warehouse.open(where.warehouse).findings(FIRST, LAST, STORED_FINDINGS)
        for where in (at_once[0], district)
    )
    assert before.drop_columns("inputs").equals(after.drop_columns("inputs"))
    assert before["inputs"].equals(after["inputs"]) is same
