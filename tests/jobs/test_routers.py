"""Which MACs carry more addresses than one device has."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from auditor.jobs.routers import MOST_MACS, MOST_V4, MOST_V6, MOST_V6_NETWORKS, Routers
from auditor.kernel.dtypes import SLICE
from auditor.records import RecordArray, address_halves

ZONE = "America/Chicago"
MINUTE = 29_904_120  # 2026-11-09 12:00 in Chicago
DAY = date(2026, 11, 9)


def slices(*clients: tuple[int, str], minute: int = MINUTE) -> RecordArray:
    rows = np.zeros(len(clients), SLICE)
    for row, (mac, ip) in zip(rows, clients, strict=True):
        row["client_mac"], row["minute"], row["bytes_up"], row["bytes_down"] = mac, minute, 30, 70
        row["client_hi"], row["client_lo"] = address_halves(ip)
    return rows


def found(*clients: tuple[int, str], networks: tuple[str, ...] = ()) -> dict[date, int]:
    routers = Routers(networks, ZONE)
    routers.count(slices(*clients))
    return dict(routers.bytes_by_day())


def test_many_addresses_of_ipv4_are_a_routers() -> None:
    clients = [(7, f"10.1.0.{host}") for host in range(1, MOST_V4 + 1)]
    assert found(*clients) == {}
    assert found(*clients, (7, "10.2.0.1"), (8, "10.2.0.1")) == {DAY: 100 * (MOST_V4 + 1)}


def test_a_phone_with_privacy_addresses_is_none() -> None:
    """Ten addresses of IPv6 in each of two networks, and one of IPv4."""
    clients = [(7, f"fd00:0:0:{net}::{host:x}") for net in (1, 2) for host in range(1, 11)]
    assert found(*clients, (7, "10.1.0.1")) == {}


@pytest.mark.parametrize(
    "clients",
    [
        [(7, f"fd00:0:0:{net:x}::1") for net in range(MOST_V6_NETWORKS + 1)],
        [(7, f"fd00::{host:x}") for host in range(1, MOST_V6 + 2)],
    ],
)
def test_a_router_of_ipv6(clients: list[tuple[int, str]]) -> None:
    assert found(*clients) == {DAY: 100 * len(clients)}


def test_hosts_outside_who_call_in_come_by_the_gateways_mac() -> None:
    clients = [(7, f"198.51.100.{host}") for host in range(40)]
    assert found(*clients) == {}
    assert found(*clients, networks=("198.51.100.0/24",)) == {DAY: 4000}
    assert found(*clients, networks=("10.0.0.0/8",)) == {}


def test_it_is_counted_by_local_day_and_over_all_of_a_capture() -> None:
    routers = Routers((), ZONE)
    for number in range(MOST_V4 + 1):
        routers.count(slices((7, f"10.1.0.{number + 1}"), minute=MINUTE + 60 * number))
    assert routers.bytes_by_day() == {DAY: 1200, date(2026, 11, 10): 500}


def test_so_many_macs_are_looked_at() -> None:
    routers = Routers((), ZONE)
    routers.count(slices(*((mac + 1, "10.1.0.1") for mac in range(MOST_MACS + 5))))
    assert len(routers._addresses) == MOST_MACS
