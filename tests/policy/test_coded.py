"""Texts as numbers: nothing but speed changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from policy_given import HERE, KEY, days_of, make_activity, make_district, make_leases, rows_of

from auditor.policy import coded as coding
from auditor.policy import decide
from auditor.policy.coded import coded, numbered
from auditor.policy.decide import decide_day
from auditor.policy.lasting import Lasting

CASES = ("exceptions_together_cover_a_session", "device_known_by_its_lease", "unknown_device")


def as_texts(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    return dict(tables)


@pytest.mark.parametrize("name", CASES)
def test_the_same_rows_with_and_without(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    district = make_district(HERE / "cases" / name, tmp_path / "district")
    activity = make_activity(district, rows_of(district.folder / "activity.csv"))
    leases = make_leases(district, rows_of(district.folder / "leases.csv"))
    day = days_of(activity)[0]
    as_numbers = decide_day(district, day, activity, leases, KEY)
    monkeypatch.setattr(decide, "coded", as_texts)
    assert decide_day(district, day, activity, leases, KEY) == as_numbers
    assert as_numbers.findings.num_rows


def test_columns_of_one_name_share_a_dictionary_in_the_order_of_its_texts() -> None:
    first = pa.table({"host": pa.array(["b", "ä", "a"]), "minute": [3, 1, 2]})
    second = pa.table({"host": pa.chunked_array([["z"], ["a"]]).dictionary_encode(), "open": [True, False]})
    told = coded({"first": first, "second": second})
    assert list(told["first"]["host"].cat.categories) == ["", "a", "b", "z", "ä"]
    assert told["first"]["host"].dtype == told["second"]["host"].dtype
    assert list(told["first"]["host"]) == ["b", "ä", "a"]
    assert list(told["second"]["host"]) == ["z", "a"]
    assert list(told["second"]["open"]) == [True, False]


def test_addresses_and_clients_can_be_compared() -> None:
    told = coded(
        {
            "one": pa.table({"client_key": ["a"], "address_key": ["b"]}),
            "none": pa.table({"host": pa.array([], pa.string())}),
        }
    )
    assert told["one"]["client_key"].dtype == told["one"]["address_key"].dtype
    assert len(told["none"]) == 0


def test_numbers_tell_rows_apart_by_these_columns_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pa.table(
        {
            "minute": [29_000_000, 29_000_001, 29_000_000, 29_000_000, 29_000_000],
            "host": ["a", "a", "b", "a", "a"],
            "randomised": [False, False, False, True, False],
            "bytes": [1, 2, 3, 4, 5],
        }
    )
    columns = ("minute", "host", "randomised")
    assert numbered(rows, columns).to_pylist() == [0, 1, 2, 3, 0]
    monkeypatch.setattr(coding, "_MOST", 1)  # as if the columns had too many values for one number
    assert numbered(rows, columns).to_pylist() == [0, 1, 2, 3, 0]
    assert numbered(rows.slice(0, 0), columns).to_pylist() == []


def test_tables_go_when_nobody_asks_for_them(tmp_path: Path) -> None:
    district = make_district(HERE / "cases" / CASES[0], tmp_path / "district")
    activity = make_activity(district, rows_of(district.folder / "activity.csv"))
    leases = make_leases(district, rows_of(district.folder / "leases.csv"))
    given = (Lasting(district, KEY), days_of(activity)[0], activity, leases)
    with decide._evaluated(*given) as views, decide._evaluated(*given, None, frozenset({"finding"})) as few:
        assert few.sql("SELECT * FROM finding").fetchall() == views.sql("SELECT * FROM finding").fetchall()
        left = {name for (name,) in few.sql("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert {"finding"} <= left <= {"finding", "set_aside", "school_site"}
