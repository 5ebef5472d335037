"""What can be read, and what the audit can go by, and what is likely to be a slip all the same: warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from auditor.district.localtime import midnight
from auditor.district.near import without_zeros
from auditor.district.rows import DeviceRow, District
from auditor.errors import Problem

_DAY = timedelta(days=1)
_SHORT = timedelta(
    days=61
)  # a longer gap is an absence, such as the summer of staff who are paid by the school year
_FAR_OFF = 2**62


def doubts(district: District) -> Iterator[Problem]:
    """Warnings on the staff, their devices and the spelling of names."""
    yield from _gaps(district)
    yield from _supervisors_who_left(district)
    yield from _devices_of_those_who_left(district)
    yield from _own_supervisors(district)
    yield from _spellings(district)
    yield from _mac_spellings(district.devices)


def _gaps(district: District) -> Iterator[Problem]:
    for employee_id, rows in district.staff_by_id.items():
        in_order = sorted(rows, key=lambda row: (row.valid_from or date.min, row.line))
        for earlier, later in pairwise(in_order):
            if not (earlier.valid_to and later.valid_from):
                continue
            if _DAY < later.valid_from - earlier.valid_to <= _SHORT:
                away = f"from {earlier.valid_to + _DAY} through {later.valid_from - _DAY}"
                what = f"employee {employee_id} is in no row {away}: what they used then is no finding"
                yield _warning(
                    "staff.csv", later.line, what, "let the rows follow each other, if it was no absence"
                )


def _supervisors_who_left(district: District) -> Iterator[Problem]:
    last_days = _last_days(district)
    for row in district.staff:
        last = last_days.get(row.supervisor_id, date.max)
        if last < (row.valid_to or date.max):
            what = f"supervisor {row.supervisor_id} is not in staff.csv after {last}"
            hint = "end this row on that day and add one with the next supervisor: only they can approve exceptions"
            yield _warning("staff.csv", row.line, what, hint)


def _devices_of_those_who_left(district: District) -> Iterator[Problem]:
    zone = district.timezone
    gone = {
        name: (last, midnight(last + _DAY, zone))
        for name, last in _last_days(district).items()
        if last < date.max
    }
    for row in district.devices:
        last, minute = gone.get(row.assigned_to, (date.max, _FAR_OFF))
        if minute < (_FAR_OFF if row.to_minute is None else row.to_minute):
            what = (
                f"{row.device_id} stays assigned to {row.assigned_to}, who is not in staff.csv after {last}"
            )
            hint = "end the row with `valid_to`: use of the device after that day is nobody's"
            yield _warning("devices.csv", row.line, what, hint)


def _own_supervisors(district: District) -> Iterator[Problem]:
    """Supervisors with the e-mail address of the one whom they supervise: one person under two ids."""
    for row in district.staff:
        address = row.email.casefold()
        for above in district.staff_by_id.get(row.supervisor_id, ()) if address else ():
            if above.email.casefold() == address and above.employee_id != row.employee_id:
                what = f"{row.employee_id} and the supervisor, {above.employee_id}, have one e-mail address"
                hint = "is it one person under two ids? Nobody can approve their own use"
                yield _warning("staff.csv", row.line, what, hint)
                break


def _spellings(district: District) -> Iterator[Problem]:
    """Ids and names that differ by capitals or leading zeros alone: two to the program, one to most people."""
    staff, devices = district.staff, district.devices
    yield from _alike("staff.csv", "employee_id", ((row.line, row.employee_id) for row in staff))
    yield from _alike("staff.csv", "site", ((row.line, row.site) for row in staff))
    yield from _alike("devices.csv", "device_id", ((row.line, row.device_id) for row in devices))
    yield from _alike("schedules.csv", "schedule", ((row.line, row.schedule) for row in district.schedules))
    exceptions = ((row.line, row.exception_id) for row in district.exceptions)
    yield from _alike("exceptions.csv", "exception_id", exceptions)


def _alike(file: str, column: str, names: Iterable[tuple[int, str]]) -> Iterator[Problem]:
    first: dict[str, tuple[int, str]] = {}
    told: set[str] = set()
    for line, name in names:
        like, other = first.setdefault(without_zeros(name), (line, name))
        if other != name and name not in told:
            told.add(name)
            differ = "capitals" if other.casefold() == name.casefold() else "leading zeros"
            what = f"`{column}` {name} differs from {other} on line {like} by {differ} alone"
            yield _warning(file, line, what, "if both mean the same, write both the same way")


def _mac_spellings(devices: Iterable[DeviceRow]) -> Iterator[Problem]:
    first: dict[str, DeviceRow] = {}
    for row in devices:
        other = first.setdefault(row.mac, row) if row.mac else row
        if other.spelt != row.spelt:
            what = f"{row.spelt} is spelt {other.spelt} on line {other.line}"
            hint = "both are read; with one spelling a search finds all rows of an address"
            yield _warning("devices.csv", row.line, what, hint)


def _last_days(district: District) -> dict[str, date]:
    """The last day on which each employee is in staff.csv; date.max where it is open."""
    return {
        employee_id: max(row.valid_to or date.max for row in rows)
        for employee_id, rows in district.staff_by_id.items()
    }


def _warning(file: str, line: int, what: str, hint: str) -> Problem:
    return Problem(f"{file}:{line}", what, hint, "warning")
