"""What the reports say of who had an address: why users are not known, clocks of lease files, routers."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from auditor.report.inputs import COVERAGE_SCHEMA, ReportInputs
from auditor.report.render import render
from tests.report.made_up_reports import FIRST, make_inputs

NOBODYS = [
    {"device_id": f"unknown-{number}", "reason": reason, "sessions": 1, "minutes": 10 + number}
    for number, reason in enumerate(["unknown_device"] * 12 + ["disputed"] * 4 + ["shared"] * 3)
] + [{"device_id": "unknown-0", "reason": "randomised", "sessions": 1, "minutes": 2}]


def inputs(**changes: Any) -> ReportInputs:
    return make_inputs([], days=1, captures=[], **changes)


def clock(ahead: int | None, file: str = "leases/a") -> dict[str, Any]:
    told = {"file": file, "format": "dnsmasq.leases", "times": "UTC", "holds": 20, "tolerated_seconds": 120}
    return told | {"compared": 12 if ahead is not None else 0, "ahead_seconds": ahead}


def tables(name: str, given: ReportInputs) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(name, "json", given))["tables"]
    return found


@pytest.mark.parametrize("name", ["nightly", "coverage"])
def test_how_far_a_clock_is_off_is_stated(name: str) -> None:
    page = render(name, "html", inputs(clocks=[clock(37), clock(None, "leases/b")]))
    assert "37 s ahead" in page
    assert "not known" in page
    assert "beyond the tolerance" not in page


def test_a_clock_beyond_the_tolerance_asks_for_a_hand() -> None:
    page = render("nightly", "html", inputs(clocks=[clock(-3600)]))
    assert "runs 3,600 s behind the captures (12 leases compared)" in " ".join(page.split())
    assert "clock_skew_seconds" in page
    assert "clock_skew_seconds" not in render("nightly", "html", inputs(clocks=[clock(120)]))


def test_a_router_before_the_clients_asks_for_a_hand() -> None:
    rows = [
        {"day": FIRST.isoformat(), "sensor": "hs-gateway", "measure": measure, "value": value}
        for measure, value in (("bytes", 1000), ("bytes_by_routers", 920))
    ]
    coverage = pa.Table.from_pylist(rows, schema=COVERAGE_SCHEMA)
    page = render("nightly", "html", inputs(coverage=coverage))
    assert "sees_client_mac = false" in page
    assert "92" in page
    assert "sees_client_mac = false" not in render("nightly", "html", inputs())


def test_why_users_are_not_known() -> None:
    given = inputs(nobodys=NOBODYS)
    found = {row["reason"]: (row["devices"], row["sessions"]) for row in tables("nightly", given)["reasons"]}
    assert found == {"unknown_device": (12, 12), "disputed": (4, 4), "shared": (3, 3), "randomised": (1, 1)}


def test_for_administrators_small_reasons_stand_together() -> None:
    """Each device at one reason; what stands together is as many devices as any line."""
    more = [{"device_id": f"cart-{n}", "reason": "shared", "sessions": 1, "minutes": 1} for n in range(20)]
    found = tables("aggregate", inputs(nobodys=[*NOBODYS, *more], minimum_cell=10))["reasons"]
    assert [(row["reason"], row["devices"]) for row in found] == [("shared", 23), ("other", 16)]
    assert tables("aggregate", inputs(nobodys=NOBODYS, minimum_cell=10))["reasons"] == []
    whole = tables("aggregate", inputs(nobodys=more, minimum_cell=10))["reasons"]
    assert [(row["reason"], row["devices"]) for row in whole] == [("shared", 20)]
