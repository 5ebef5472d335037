"""What could not be seen, in the coverage report and the nightly one."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa

from auditor.report.inputs import COVERAGE_SCHEMA, ReportInputs
from auditor.report.render import render
from tests.report.made_up_reports import FIRST, make_inputs

GAP = {
    "sensor": "hs-gateway", "started_at": "2026-11-16T10:05-06:00", "ended_at": "2026-11-16T10:35-06:00",
    "minutes": 30, "inside": True, "in_work_time": True,
}  # fmt: skip


def inputs(gaps: list[dict[str, Any]] | None = None, **measures: int) -> ReportInputs:
    """One sensor, one day, with these measures besides some traffic."""
    rows = [
        {"day": FIRST.isoformat(), "sensor": "hs-gateway", "measure": measure, "value": value}
        for measure, value in {"frames": 1000, "flows": 10, "bytes": 1_000_000, **measures}.items()
    ]
    coverage = pa.Table.from_pylist(rows, schema=COVERAGE_SCHEMA)
    return make_inputs([], days=1, coverage=coverage, captures=[], gaps=gaps or [])


def tables(given: ReportInputs) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render("coverage", "json", given))["tables"]
    return found


def text(name: str, given: ReportInputs) -> str:
    page = re.sub(r"<[^>]+>", " ", render(name, "html", given).partition("</style>")[2])
    return re.sub(r"\s+", " ", page)


def test_tunnels_by_kind() -> None:
    given = inputs(
        bytes_tunnel_wireguard=250_000, flows_tunnel_wireguard=2, bytes_tunnel_doh=10, bytes_tunnel=9
    )
    assert tables(given)["tunnels"] == [
        {"day": "2026-11-16", "sensor": "hs-gateway", "kind": "wireguard", "flows": 2, "bytes": 250_000},
        {"day": "2026-11-16", "sensor": "hs-gateway", "kind": "doh", "flows": 0, "bytes": 10},
    ]
    page = text("coverage", given)
    assert "hs-gateway WireGuard 1 2 25 %" in page
    assert "DNS over HTTPS 1 0 under 0.1 %" in page


def test_canaries() -> None:
    asked = {"canary_private_relay_asked": 4, "canary_firefox_doh_asked": 1}
    for answers, told, said in (
        ({}, "unknown", "not known"),
        ({"canary_private_relay_denied": 3}, "yes", "yes 4 3 0"),
        ({"canary_private_relay_allowed": 3}, "no", "no: it was answered with an address 4 0 3"),
        ({"canary_private_relay_denied": 1, "canary_private_relay_allowed": 2}, "both", "sometimes"),
    ):
        given = inputs(**asked, **answers)
        rows = {row["service"]: row["told_not_to"] for row in tables(given)["canaries"]}
        assert rows == {"private_relay": told, "firefox_doh": "unknown"}
        assert tables(given)["sensor_days"][0]["told_not_to_use_private_relay"] == told
        assert f"iCloud Private Relay {said}" in text("coverage", given)
        assert ("lets devices use iCloud Private Relay" in text("nightly", given)) == (told in ("no", "both"))


def test_losses() -> None:
    given = inputs(
        frames_dropped=1234, frames_filtered=5, frames_cut=6, frames_twice=7, bytes_unseen=250_000,
        bytes_unseen_one_sided=1,
    )  # fmt: skip
    row = tables(given)["losses"][0]
    assert [row[name] for name in ("frames_dropped", "frames_filtered", "frames_cut", "frames_twice")] == [
        1234,
        5,
        6,
        7,
    ]
    assert "hs-gateway 1,234 5 6 20 % under 0.1 % 7" in text("coverage", given)
    night = text("nightly", given)
    assert "hs-gateway dropped 1,234 frames by its own count" in night
    assert "hs-gateway has no trace of 20 %" in night
    assert "The mirror port or the sensor loses frames" in night
    one_sided = text("nightly", inputs(bytes_unseen=250_000, bytes_unseen_one_sided=240_000))
    assert "mirror both directions" in one_sided


def test_little_loss_is_no_work_for_anybody() -> None:
    given = make_inputs([], days=1, problems=[], exceptions=[], gaps=[{**GAP, "in_work_time": False}])
    assert "has no trace" not in text("nightly", inputs(bytes_unseen=900))
    assert "into work time" not in text("nightly", given)


def test_gaps() -> None:
    given = inputs(
        [GAP, {**GAP, "inside": False, "in_work_time": False, "ended_at": "2026-11-17T07:00-06:00"}]
    )
    page = text("coverage", given)
    assert "hs-gateway Mon 16 Nov, 10:05 Mon 16 Nov, 10:35 30 min inside a capture yes" in page
    assert "Tue 17 Nov, 07:00 30 min between captures, or behind the last no" in page
    assert "1 gap falls into work time, the first on Mon 16 Nov, 10:05 (30 min, hs-gateway )" in text(
        "nightly", given
    )


def test_a_large_blind_share_is_said() -> None:
    assert "26 % of the traffic could not be named. auditor report coverage says" in text(
        "nightly", inputs(bytes_unnamed=200_000, bytes_tunnel=60_000)
    )
    assert "auditor report coverage says" not in text("nightly", inputs(bytes_unnamed=200_000))
