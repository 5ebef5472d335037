"""What a report is made of: plain tables and numbers, handed in by the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from auditor.errors import Problem

FINDINGS_SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in ("finding_id", "day", "person", "device_id", "ownership", "site", "role")
    ]
    + [(name, pa.string()) for name in ("platform", "category", "started_at", "ended_at")]
    + [(name, pa.int64()) for name in ("minutes", "span_minutes", "work_minutes", "prohibited_minutes")]
    + [(name, pa.int64()) for name in ("excepted_minutes", "unapproved_minutes")]
    + [(name, pa.string()) for name in ("prongs", "disposition", "exception_id", "confidence")]
    + [(name, pa.int64()) for name in ("bytes_up", "bytes_down")]
    + [("hosts", pa.string()), ("school_minutes", pa.int64()), ("enforced", pa.string())]
    + [("inputs", pa.string())]
)
COVERAGE_SCHEMA = pa.schema(
    [("day", pa.string()), ("sensor", pa.string()), ("measure", pa.string()), ("value", pa.int64())]
)


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Everything a report may use. Days are local days; `last_day` is part of the period."""

    district_name: str
    first_day: date
    last_day: date
    enforce: tuple[str, ...]  # the prongs in force, in this order: work_time equipment wifi
    minimum_cell: int  # lines of the aggregate on fewer persons are withheld
    findings: pa.Table  # columns of FINDINGS_SCHEMA; persons and devices by pseudonym
    coverage: pa.Table  # columns of COVERAGE_SCHEMA
    captures: list[dict[str, Any]] = field(default_factory=list)  # the warehouse's marks, one a capture
    # exception_id, line, place ("FILE:LINE"), employee (pseudonym), platform, purpose, valid, fault, state,
    # excused_minutes = alone_minutes + shared_minutes, excused_sessions, would_have_excused_minutes,
    # before_approval_minutes
    exceptions: list[dict[str, Any]] = field(default_factory=list)
    # sensor, started_at, ended_at (local ISO), minutes, inside (one capture), in_work_time (anybody's)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    # device_id, reason, sessions, minutes: why use is laid to nobody
    nobodys: list[dict[str, Any]] = field(default_factory=list)
    # file, format, times, holds, compared, ahead_seconds (of the sensors' clocks, or None), tolerated_seconds
    clocks: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)  # warnings of `check`
    # day, decided_on, why: each time that it was decided once more, since what it rests on had changed
    decided_anew: list[dict[str, Any]] = field(default_factory=list)
    time_prong: str = "work_time"  # what decides the first prong, or school_hours
    # enforced, days: those decided under another reading than the one in force
    other_readings: list[dict[str, Any]] = field(default_factory=list)
    school_hours_unknown: tuple[
        str, ...
    ] = ()  # sites with a sensor of which nobody has told the school hours
    ledger: Mapping[str, int] = field(default_factory=dict)  # verdict -> how often
    provenance: Mapping[str, Any] = field(default_factory=dict)  # what made these findings
    generated_at: str = ""  # local ISO time
    view_comments: Mapping[str, str] = field(default_factory=dict)  # policy view -> what it means
    reference_platforms: frozenset[str] = frozenset()  # III.A works of reference, shown apart
    platform_names: Mapping[str, str] = field(default_factory=dict)  # "vsco" -> "VSCO"
    staff_count: int = 0  # employees in staff.csv during the period; 0 = not told
    device_count: int = 0  # devices in devices.csv; 0 = not told

    @property
    def reading(self) -> tuple[str, ...]:
        """The prongs in force, the first by what decides it: as in the findings' column `enforced`."""
        return tuple(self.time_prong if prong == "work_time" else prong for prong in self.enforce)
