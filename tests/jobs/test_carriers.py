"""Access points and tunnel ends: which are named, and how many are counted apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import numpy as np
import pytest

from auditor.jobs.carriers import MOST_CARRIERS, Carriers
from auditor.kernel.dtypes import SLICE
from auditor.records import RecordArray, address_halves

MAC = 0x00_00_5E_00_53_07
MIDNIGHT = 29_737_440  # 2026-07-17 00:00 in UTC, 19:00 of the day before in Chicago


def slices(*outer: str, mac: int = MAC, minute: int = MIDNIGHT) -> RecordArray:
    rows = np.zeros(len(outer), SLICE)
    for row, address in zip(rows, outer, strict=True):
        if address:
            row["outer_hi"], row["outer_lo"] = address_halves(address)
        row["client_mac"], row["minute"], row["begins"] = mac, minute, 1
        row["bytes_up"], row["bytes_down"] = 10, 100
    return rows


def counted(carriers: Carriers, *parts: RecordArray) -> dict[date, dict[str, int]]:
    coverage: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for rows in parts:
        carriers.count(rows, coverage)
    return {day: dict(counts) for day, counts in coverage.items()}


@pytest.mark.parametrize(
    ("address", "mac", "name"),
    [
        ("10.9.0.2", MAC, "10.9.0.2"),
        ("2001:db8:9::2", MAC, "2001:db8:9::2"),
        ("", MAC, ""),
        ("10.9.0.2", 0, ""),  # bare IP inside: the end may be the client's machine
        ("10.30.0.2", MAC, ""),  # of the clients' networks
        ("2001:db8:30::2", MAC, ""),
    ],
)
def test_which_is_named(address: str, mac: int, name: str) -> None:
    carriers = Carriers(["10.30.0.0/16", "2001:db8:30::/48"], "UTC")
    assert carriers.name(slices(address, mac=mac)[0]) == name


def test_each_day_and_carrier_is_counted() -> None:
    carriers = Carriers([], "America/Chicago")
    later = slices("10.9.0.2", minute=MIDNIGHT + 5 * 60)
    found = counted(
        carriers, slices("10.9.0.2", "", "10.9.0.2", "10.9.0.3"), slices("10.9.0.2", mac=0), later
    )
    assert found == {
        date(2026, 7, 16): {
            "flows_through 10.9.0.2": 2, "bytes_through 10.9.0.2": 220,
            "flows_through 10.9.0.3": 1, "bytes_through 10.9.0.3": 110,
            "flows_through others": 1, "bytes_through others": 110,
        },
        date(2026, 7, 17): {"flows_through 10.9.0.2": 1, "bytes_through 10.9.0.2": 110},
    }  # fmt: skip


def test_nothing_is_counted_without_a_tunnel() -> None:
    assert counted(Carriers([], "UTC"), slices("", "")) == {}


def test_very_many_are_counted_together() -> None:
    addresses = [f"10.9.{number >> 8}.{number & 255}" for number in range(MOST_CARRIERS + 40)]
    (counts,) = counted(Carriers([], "UTC"), slices(*addresses)).values()
    assert counts["flows_through others"] == 40
    assert len(counts) == 2 * (MOST_CARRIERS + 1)
