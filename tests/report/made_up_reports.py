"""A made-up district of some size: persons, devices and hosts with names that no aggregate may hold."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from auditor.errors import Problem
from auditor.report.inputs import COVERAGE_SCHEMA, FINDINGS_SCHEMA, ReportInputs

PLATFORMS = {
    "facebook": "social_network",
    "instagram": "photo",
    "youtube": "video",
    "tiktok": "video",
    "reddit": "forum",
    "pinterest": "photo",
    "wikipedia": "wiki",
    "vsco": "photo",
    "discord": "messaging",
}
NAMES = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "youtube": "YouTube",
    "vsco": "VSCO",
    "tiktok": "TikTok",
}
ROLES = ("teacher", "aide", "office", "administrator", "custodian")
SITES = ("high-school", "middle-school", "district-office")
FIRST = date(2026, 11, 16)


def finding(number: int, **changes: Any) -> dict[str, Any]:
    """One row of findings, changed as told."""
    day = changes.get("day", FIRST.isoformat())
    row: dict[str, Any] = {
        "finding_id": f"f-{number:012x}",
        "day": day,
        "person": "p-000000000001",
        "device_id": "dev-secret-1",
        "ownership": "district",
        "site": "high-school",
        "role": "teacher",
        "platform": "facebook",
        "category": "social_network",
        "started_at": f"{day}T09:10-06:00",
        "ended_at": f"{day}T09:24-06:00",
        "minutes": 9,
        "span_minutes": 14,
        "work_minutes": 9,
        "prohibited_minutes": 9,
        "excepted_minutes": 0,
        "unapproved_minutes": 9,
        "prongs": "work_time equipment wifi",
        "disposition": "unapproved",
        "exception_id": "",
        "confidence": "high",
        "bytes_up": 20_000,
        "bytes_down": 4_000_000,
        "hosts": "www.secret-host.example",
    }
    return {**row, **changes}


def random_findings(seed: int, staff: int, sessions: int, days: int) -> list[dict[str, Any]]:
    """Sessions of a district; every person has one site, one role and one device."""
    dice = random.Random(seed)
    rows = []
    for number in range(sessions):
        person = int(staff * dice.random() ** 1.4)
        platform = dice.choices(list(PLATFORMS), weights=[30, 22, 25, 8, 5, 5, 12, 1, 1])[0]
        minutes = dice.randint(1, 24)
        span = minutes + dice.randint(0, 12)
        day = (FIRST + timedelta(days=dice.choice([d for d in range(days) if d % 7 < 5]))).isoformat()
        minute = 13 * 60 + dice.randint(0, 600)
        kind = dice.choices(
            ["unapproved", "excepted", "approved_tool", "permitted", "unattributed"], [60, 9, 9, 8, 8]
        )[0]
        known = kind != "unattributed"
        counted = minutes if kind in {"unapproved", "excepted"} else 0
        rows.append(
            finding(
                number,
                day=day,
                person=f"p-{person:012x}" if known else "",
                device_id=f"dev-secret-{person}" if known else f"unknown-{number % 7:012x}",
                ownership="district" if known else "unknown",
                site=SITES[(0, 0, 0, 1, 1, 1, 2)[person % 7]],
                role=ROLES[(0, 0, 0, 0, 1, 1, 2, 2, 3, 4)[person % 10]] if known else "",
                platform=platform,
                category=PLATFORMS[platform],
                started_at=f"{day}T{minute // 60 - 6:02}:{minute % 60:02}-06:00",
                ended_at=f"{day}T{(minute + span) // 60 - 6:02}:{(minute + span) % 60:02}-06:00",
                minutes=minutes,
                span_minutes=span,
                work_minutes=minutes if known else 0,
                prohibited_minutes=counted,
                excepted_minutes=minutes if kind == "excepted" else 0,
                unapproved_minutes=minutes if kind == "unapproved" else 0,
                disposition=kind,
                exception_id="ex-04" if kind == "excepted" else "",
                confidence=dice.choice(["high", "high", "medium", "low"]),
                hosts=f"www.{platform}.com cdn.{platform}.net",
            )
        )
    return sorted(rows, key=lambda row: (row["day"], row["started_at"], row["device_id"], row["platform"]))


def make_inputs(findings: list[dict[str, Any]], days: int = 5, **changes: Any) -> ReportInputs:
    """Report inputs around these findings; the other tables are small and fixed."""
    coverage = []
    for offset in (d for d in range(days) if d % 7 < 5):
        for sensor, size in (("hs-gateway", 9_000_000_000), ("ms-gateway", 4_000_000_000)):
            day = (FIRST + timedelta(days=offset)).isoformat()
            for measure, value in {
                "frames": size // 800,
                "flows": size // 40_000,
                "flows_unnamed": size // 900_000,
                "bytes": size,
                "bytes_unnamed": size // 14,
                "bytes_tunnel": size // 90,
                "student_flows": size // 90_000,
                "student_bytes": size // 3,
            }.items():
                coverage.append({"day": day, "sensor": sensor, "measure": measure, "value": value})
    values: dict[str, Any] = {
        "district_name": "Prairie Lakes Public Schools",
        "first_day": FIRST,
        "last_day": FIRST + timedelta(days=days - 1),
        "enforce": ("work_time", "equipment", "wifi"),
        "minimum_cell": 10,
        "findings": pa.Table.from_pylist(findings, schema=FINDINGS_SCHEMA),
        "coverage": pa.Table.from_pylist(coverage, schema=COVERAGE_SCHEMA),
        "captures": [_capture(0, "hs-gateway", "high-school"), _capture(1, "ms-gateway", "middle-school")],
        "exceptions": [
            _exception(2, "ex-04", True, "", 41, 0),
            _exception(3, "ex-05", False, "the approver is not the employee's supervisor", 0, 27),
        ],
        "problems": [Problem("devices.csv:17", "MAC is randomised", "register the real one", "warning")],
        "ledger": {"truncated frame": 3, "not Ethernet": 12},
        "provenance": {"program_version": "0.1.0", "catalogue_version": "2026.11", "inputs": ["ab" * 32]},
        "generated_at": "2026-11-21T02:10-06:00",
        "view_comments": {
            "prohibited_minute": "A minute in which at least one enforced part of IV.B applies."
        },
        "reference_platforms": frozenset({"wikipedia"}),
        "platform_names": NAMES,
        "staff_count": 160,
        "device_count": 210,
    }
    return ReportInputs(**{**values, **changes})


def _capture(number: int, sensor: str, site: str) -> dict[str, Any]:
    return {
        "sha256": f"{number:064x}",
        "path": f"captures/{sensor}/2026-11-16.pcap",
        "sensor": sensor,
        "site": site,
        "size_bytes": 51_000_000,
        "first_ns": 1_794_837_600_000_000_000,
        "last_ns": 1_794_870_000_000_000_000,
        "frames": 61_000,
        "status": "truncated" if number else "whole",
        "notes": ["the capture ends in mid-packet after frame 61000"] if number else [],
        "ledger": {"truncated frame": 3} if number else {},
    }


def _exception(line: int, name: str, valid: bool, fault: str, excused: int, would: int) -> dict[str, Any]:
    return {
        "exception_id": name,
        "line": line,
        "employee": f"p-{line:012x}",
        "platform": "youtube",
        "purpose": "lesson on news and <b>media</b>",
        "valid": valid,
        "fault": fault,
        "state": "valid" if valid else "faulty",
        "excused_minutes": excused,
        "would_have_excused_minutes": would,
    }
