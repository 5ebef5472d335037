"""What an exception means for a minute: it excuses it, or why it does not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

from auditor.district.rows import District, ExceptionRow
from auditor.district.validity import exception_fault
from auditor.policy import clock
from auditor.policy.explain import Row
from auditor.policy.tables import exception_scope

# What the verdict on an exception hangs on: with another one of them, it may have been another verdict.
FILES = ("exceptions.csv", "staff.csv", "auditor.toml")


class Considered:
    """The exceptions of an employee, held against minutes of one local day."""

    def __init__(self, district: District, employee_id: str, day: date) -> None:
        self.rows = (
            [row for row in district.exceptions if row.employee_id == employee_id] if employee_id else []
        )
        self._faults = {row.line: exception_fault(row, district) for row in self.rows}
        self._windows: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        own = replace(district, exceptions=tuple(self.rows))
        for window in clock.exception_windows(own, day):
            self._windows[window.line].append((window.start_minute, window.end_minute))

    def why_not(self, row: ExceptionRow, minute: Row) -> str:
        """Why an exception does not excuse a minute; "" where it does. `minute` has the columns `minute, platform,
        category, device_id` and `prohibited`."""
        scope, platform, category = exception_scope(row.platform)
        wanted = {"platform": platform, "category": category}.get(scope)
        if fault := self._faults[row.line]:
            return f"excuses nothing: {fault}"
        if wanted is not None and wanted != minute["platform" if scope == "platform" else "category"]:
            return "is for another platform"
        if row.device_id not in ("", minute["device_id"]):
            return f"is for another device, {row.device_id}"
        if not self.is_inside(row, minute["minute"]):
            return f"does not cover the time of the use{self._when(row, minute['minute'])}"
        if row.approved_minute is not None and row.approved_minute > minute["minute"]:
            return "was approved only after the use"
        if not minute["prohibited"]:
            return "is valid, and not needed here"
        return ""

    def is_inside(self, row: ExceptionRow, minute: int) -> bool:
        return any(start <= minute < end for start, end in self._windows[row.line])

    def _when(self, row: ExceptionRow, minute: int) -> str:
        if row.from_minute is not None and minute < row.from_minute:
            return ", it begins later"
        if row.to_minute is not None and minute >= row.to_minute:
            return ", it had ended"
        return ", which is outside its days and hours"
