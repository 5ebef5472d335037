"""Which device had which address when, and whose it was: asked while captures are read, to drop students' traffic.

All by pseudonym, so that nothing else is kept. What is told apart here is told apart again at the audit.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from auditor import pseudonym
from auditor.district import District


class Lease(NamedTuple):
    """A device's hold on an address; the lease that began last holds."""

    from_minute: int
    to_minute: int  # exclusive
    client_key: str
    address_key: str
    source: str  # SHA-256 of the capture
    frame: int


class LeaseBook:
    """Leases seen so far, and the owners of devices."""

    def __init__(self, district: District, key: bytes, known: Iterable[Lease]) -> None:
        self._owners: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for device in district.devices:
            start = device.from_minute if device.from_minute is not None else -(1 << 62)
            end = device.to_minute if device.to_minute is not None else 1 << 62
            self._owners[pseudonym.client(key, device.mac)].append((start, end, device.assigned_to))
        self._leases: defaultdict[str, list[Lease]] = defaultdict(list)
        for lease in known:
            self.add(lease)

    def add(self, lease: Lease) -> None:
        """Takes in a lease."""
        insort(self._leases[lease.address_key], lease)

    def owner(self, client_key: str, address_key: str, minute: int) -> str:
        """Whom the device was assigned to at the minute: an employee_id, `student`, `guest`, `shared` or ''.

        The device is known by its MAC's pseudonym, or where that is '' through the lease of its address.
        """
        client_key = client_key or self._holder(address_key, minute)
        for start, end, assigned_to in self._owners.get(client_key, ()):
            if start <= minute < end:
                return assigned_to
        return ""

    def _holder(self, address_key: str, minute: int) -> str:
        for lease in reversed(self._leases.get(address_key, ())):
            if lease.from_minute <= minute < lease.to_minute:
                return lease.client_key
        return ""
