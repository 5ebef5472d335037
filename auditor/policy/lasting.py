"""What of a district folder stays the same from day to day, each thing worked out once for all days of a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from auditor import pseudonym
from auditor.district.rows import DeviceRow, District
from auditor.district.validity import exception_fault

OPEN_START, OPEN_END = -(2**62), 2**62  # of a row of devices.csv without beginning or end


class Holding(NamedTuple):
    """A row of devices.csv by its pseudonyms."""

    client_key: str
    device_id: str
    ownership: str
    holder: str  # employee student guest shared nobody
    person: str  # "" where the holder is no employee
    randomised: bool
    holding: int  # of `holding_numbers`
    from_minute: int
    to_minute: int  # exclusive
    line: int


class Lasting:
    """A district under the key of its pseudonyms."""

    def __init__(self, district: District, key: bytes) -> None:
        self.district = district
        self._key = key
        self._persons: dict[str, str] = {}

    def person(self, employee_id: str) -> str:
        """The pseudonym of an employee."""
        known = self._persons.get(employee_id)
        if known is None:
            known = self._persons[employee_id] = pseudonym.person(self._key, employee_id)
        return known

    @cached_property
    def faults(self) -> dict[int, str]:
        """Why each exception excuses nothing, by its line; "" for a valid one."""
        return {row.line: exception_fault(row, self.district) for row in self.district.exceptions}

    @cached_property
    def holdings(self) -> tuple[Holding, ...]:
        """All rows of devices.csv."""
        numbers = holding_numbers(self.district.devices)
        return tuple(self._holding(row, numbers[row.line]) for row in self.district.devices)

    def _holding(self, row: DeviceRow, number: int) -> Holding:
        holder = holder_kind(row)
        return Holding(
            client_key=pseudonym.client(self._key, row.mac),
            device_id=row.device_id,
            ownership=row.ownership,
            holder=holder,
            person=self.person(row.assigned_to) if holder == "employee" else "",
            randomised=bool(int(row.mac[:2], 16) & 2),  # IEEE 802, 8.2.2: the U/L bit
            holding=number,
            from_minute=OPEN_START if row.from_minute is None else row.from_minute,
            to_minute=OPEN_END if row.to_minute is None else row.to_minute,
            line=row.line,
        )


def holder_kind(row: DeviceRow) -> str:
    """Who has the device: `employee`, `student`, `guest`, `shared` or `nobody`."""
    if row.assigned_to in ("student", "guest", "shared"):
        return row.assigned_to
    return "employee" if row.assigned_to else "nobody"


def holding_numbers(devices: Sequence[DeviceRow]) -> dict[int, int]:
    """Numbers each line's holding: an unbroken time in which one device had one owner, over all its MACs."""
    spans = sorted(
        (
            (row.device_id, row.ownership, row.assigned_to),
            OPEN_START if row.from_minute is None else row.from_minute,
            OPEN_END if row.to_minute is None else row.to_minute,
            row.line,
        )
        for row in devices
    )
    numbers: dict[int, int] = {}
    holding, owner, reach = 0, ("", "", ""), OPEN_START
    for of, begins, ends, line in spans:
        if of != owner or begins > reach:
            holding, owner, reach = holding + 1, of, ends
        reach = max(reach, ends)
        numbers[line] = holding
    return numbers
