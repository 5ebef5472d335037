"""Circles of supervisors: A approves for B, B for A. Allowed, and worth a warning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from auditor.district.rows import District, StaffRow
from auditor.errors import Problem


def supervisor_circles(district: District) -> Iterator[Problem]:
    """A warning for each circle, at the row of its first member in the file."""
    seen: set[frozenset[str]] = set()
    for row in district.staff:
        circle = _circle(row, district)
        if circle and frozenset(circle) not in seen:
            seen.add(frozenset(circle))
            path = " -> ".join((*circle, row.employee_id))
            what = (
                f"supervisors go in a circle: {path}"
                if len(circle) > 1
                else f"{path}: is their own supervisor"
            )
            hint = "leave `supervisor_id` empty at the top"
            yield Problem(f"staff.csv:{row.line}", what, hint, "warning")


def _circle(start: StaffRow, district: District) -> list[str]:
    """The chain of supervisors from `start` back to the same employee at one time; [] where there is none."""
    path = [start.employee_id]
    row: StaffRow = start
    begin, end = start.valid_from or date.min, start.valid_to or date.max
    while row.supervisor_id:
        if row.supervisor_id == start.employee_id:
            return path
        above = [
            one
            for one in district.staff_by_id.get(row.supervisor_id, ())
            if (one.valid_from or date.min) <= end and begin <= (one.valid_to or date.max)
        ]
        if row.supervisor_id in path or not above:
            return []
        row = above[0]
        begin, end = max(begin, row.valid_from or date.min), min(end, row.valid_to or date.max)
        path.append(row.employee_id)
    return []
