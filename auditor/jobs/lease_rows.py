"""What a lease file or log says, as rows of the warehouse: leases and log-ons, under pseudonyms.

User names end here: a log-on keeps the employee's pseudonym, or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from auditor import pseudonym
from auditor.district import District
from auditor.district.usernames import UserNames
from auditor.jobs.holds import Lease
from auditor.jobs.leases import LeaseBook
from auditor.records import LeaseEntry
from auditor.warehouse.tables import LOGON, NAMELESS

HOUR_S = 3600


class LeaseRows:
    """Turns entries into rows, for one district."""

    def __init__(self, district: District, key: bytes, book: LeaseBook) -> None:
        self._key, self._book = key, book
        self._lease_s = district.settings.leases.lease_hours * HOUR_S
        self._names = UserNames(district.staff, district.settings.leases.realms)
        self._owned = {
            device.mac for device in district.devices if device.assigned_to in ("student", "guest")
        }
        self.counts: Counter[str] = Counter()  # what was passed over

    def rows(self, entries: Iterable[LeaseEntry], source: str) -> Iterator[Lease]:
        """Leases as they may be stored, and log-ons."""
        for entry in entries:
            span = self._span(entry)
            if span is None:
                self.counts["entries of lease files without a time or without length"] += 1
                continue
            if entry.ip:
                yield from self._book.kept([self._lease(entry, source, span)])
            if entry.user:
                yield from self._logon(entry, source, span)

    def _span(self, entry: LeaseEntry) -> tuple[int, int, int] | None:
        """Start, end and last sign of a hold, in seconds. What a file doesn't say lasts as long as a lease does."""
        start, end, seen = entry.start_s, entry.end_s, entry.seen_s
        if start is None:
            start = end - self._lease_s if end is not None else seen
        if start is None:
            return None
        seen = start if seen is None else max(seen, start)
        if end is None:
            end = seen + self._lease_s
        return (start, end, min(seen, end)) if end > start else None

    def _lease(self, entry: LeaseEntry, source: str, span: tuple[int, int, int]) -> Lease:
        start, end, seen = span
        return Lease(
            from_minute=start // 60,
            to_minute=-(-end // 60),
            client_key=pseudonym.client(self._key, entry.mac) if entry.mac else NAMELESS,
            address_key=pseudonym.address(self._key, entry.ip),
            source=source,
            frame=entry.line,
            kind=entry.kind,
            seen_minute=seen // 60,
            second=start % 60,
            logged=True,
            randomised=is_randomised(entry.mac),
        )

    def _logon(self, entry: LeaseEntry, source: str, span: tuple[int, int, int]) -> Iterator[Lease]:
        """The log-on, where it can name somebody: not at students' and guests' devices, or at a made-up MAC."""
        if entry.mac in self._owned:
            return
        if not entry.mac or is_randomised(entry.mac):
            self.counts["log-ons at a randomised MAC address or without one, not used"] += 1
            return
        employee = self._names.employee(entry.user)
        if not employee:
            self.counts["log-ons whose user name is no employee's"] += 1
        lease = self._lease(entry, source, span)
        person = pseudonym.person(self._key, employee) if employee else ""
        yield lease._replace(address_key="", kind=LOGON, person=person)


def is_randomised(mac: str) -> bool:
    """Whether a MAC is locally administered, as randomised ones are (IEEE 802, 8.4.4)."""
    return bool(mac) and bool(int(mac[:2], 16) & 2)
