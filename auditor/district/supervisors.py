"""Circles of supervisors: A approves for B, B for A. Allowed, and worth a warning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from auditor.district.rows import District, StaffRow
from auditor.errors import Problem

_SHOWN = 8  # employees of a circle that are named


def supervisor_circles(district: District) -> Iterator[Problem]:
    """A warning for each circle, at the row of its first member in the file."""
    seen: set[frozenset[str]] = set()
    found = []
    # A circle is closed when the last of its rows begins to hold: only from rows that begin need a walk be made.
    begun: dict[date, list[StaffRow]] = {}
    for row in district.staff:
        begun.setdefault(row.valid_from or date.min, []).append(row)
    for day, rows in sorted(begun.items()):
        for circle in _circles_on(day, rows, district):
            members = frozenset(row.employee_id for row in circle)
            if members not in seen:
                seen.add(members)
                found.append(circle)
    for circle in sorted(found, key=lambda rows: rows[0].line):
        path = [row.employee_id for row in circle]
        shown = [*path[:_SHOWN], f"... ({len(path) - _SHOWN} more)"] if len(path) > _SHOWN else path
        told = " -> ".join((*shown, path[0]))
        what = f"supervisors go in a circle: {told}" if len(path) > 1 else f"{told}: is their own supervisor"
        hint = "leave `supervisor_id` empty at the top"
        yield Problem(f"staff.csv:{circle[0].line}", what, hint, "warning")


def _circles_on(day: date, begun: Sequence[StaffRow], district: District) -> Iterator[list[StaffRow]]:
    """The circles of a day to which the rows that begin on it lead, each from its first row in the file on."""
    walked: set[int] = set()  # lines that an earlier walk of the day has come by
    for start in begun:
        path: dict[int, int] = {}  # line -> its place in `walk`
        walk: list[StaffRow] = []
        row: StaffRow | None = start
        while row and row.line not in walked and row.line not in path:
            path[row.line] = len(walk)
            walk.append(row)
            row = district.staff_on(row.supervisor_id, day) if row.supervisor_id else None
        if row and row.line in path:
            circle = walk[path[row.line] :]
            first = min(range(len(circle)), key=lambda place: circle[place].line)
            yield circle[first:] + circle[:first]
        walked.update(path)
