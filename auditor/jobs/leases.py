"""Which device had which address when, and whose it was: asked while captures are read, to drop students' traffic.

All by pseudonym, so that nothing else is kept. What is told apart here is told apart again at the audit, by
`policy/facts/leased_client.sql`.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from auditor import pseudonym
from auditor.district import District
from auditor.jobs.former import told_of
from auditor.jobs.holds import CLAIMS, Day, Lease, Origin, origin
from auditor.warehouse.tables import GUEST, LOGON, STUDENT

# How long a claim holds after the minute in which it was made. Hosts that talk renew theirs every half minute to
# every minute (RFC 4861, 10: REACHABLE_TIME; RFC 1122, 2.3.2.1), and no server passes an address on so soon.
CLAIM_HOLDS_MINUTES = 5
DAY_MINUTES = 1440
MOST_DAYS = 4  # held at once; captures are read in the order of their time


class LeaseBook:
    """Who held which address, and the owners of devices.

    `stored` gives the warehouse's leases that hold at some minute of [from, to); a day's are read when the first
    question of that day comes.
    """

    def __init__(self, district: District, key: bytes, stored: Callable[[int, int], pa.Table]) -> None:
        self._owners: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for device in district.devices:
            start = device.from_minute if device.from_minute is not None else -(1 << 62)
            end = device.to_minute if device.to_minute is not None else 1 << 62
            self._owners[pseudonym.client(key, device.mac)].append((start, end, device.assigned_to))
        self._skew = district.settings.leases.skew_minutes
        self._stored = stored
        self._days: OrderedDict[int, Day] = OrderedDict()
        self._fresh: dict[Origin, Lease] = {}  # of the capture that is being read

    def begin_capture(self) -> None:
        """The capture before is in the warehouse by now, or has been given up."""
        self._fresh.clear()

    def add(self, lease: Lease) -> None:
        """Takes in a lease, or what a claim has grown to."""
        self._fresh[origin(lease)] = lease
        for number, day in self._days.items():
            if self._touches(lease, number):
                day.put(lease)

    def kept(self, leases: Iterable[Lease]) -> list[Lease]:
        """Leases as they may be stored: of students' and guests' devices it is not told which device it was. One is
        cut where its device became a student's, or no longer was one."""
        return list(dict.fromkeys(part for lease in leases for part in self._parts(lease)))

    def _parts(self, lease: Lease) -> Iterator[Lease]:
        begin = lease.from_minute
        for start, end, assigned_to in sorted(self._owners.get(lease.client_key, ())):
            if assigned_to not in (STUDENT, GUEST) or end <= begin or start >= lease.to_minute:
                continue
            if start > begin:
                yield lease._replace(from_minute=begin, to_minute=start, since_minute=lease.since)
            first, begin = max(start, begin), min(end, lease.to_minute)
            yield lease._replace(
                from_minute=first, to_minute=begin, since_minute=lease.since,
                client_key=assigned_to, frame=0, randomised=False,
            )  # fmt: skip
        if begin == lease.from_minute:
            yield lease
        elif begin < lease.to_minute:
            yield lease._replace(from_minute=begin, since_minute=lease.since)

    def owner(self, client_key: str, address_key: str, minute: int) -> str:
        """Whom the device was assigned to at the minute: an employee_id, `student`, `guest`, `shared` or ''.

        The device is known by its MAC's pseudonym, or where that is '' by who held its address. Where that is
        in dispute it is '', but a student's or guest's if it may be theirs: what may be a minor's isn't stored.
        Log-ons are not asked: they name no students.
        """
        if client_key:
            return self._owner(client_key, minute)
        day = self._day(minute // DAY_MINUTES)
        held = [
            lease
            for lease in day.at(address_key, minute)
            if not self._followed(lease, day, minute, surely=True)
        ]
        stands = next(
            (
                lease
                for lease in held
                if self._stands(lease, held, minute) and not self._followed(lease, day, minute)
            ),
            None,
        )
        if stands:
            return self._owner(stands.client_key, minute)
        owners = {self._owner(lease.client_key, minute) for lease in held}
        return STUDENT if STUDENT in owners else GUEST if GUEST in owners else ""

    def _owner(self, client_key: str, minute: int) -> str:
        if client_key in (STUDENT, GUEST):
            return client_key
        for start, end, assigned_to in self._owners.get(client_key, ()):
            if start <= minute < end:
                return assigned_to
        return ""

    def _followed(self, lease: Lease, day: Day, minute: int, surely: bool = False) -> bool:
        """Whether another device may have been given the address after the lease was last seen to hold. `surely`: it
        was, and the minute is beyond what the clocks may be off."""
        first = lease.seen_minute - 2 * self._skew
        return any(
            self._told_as(other, minute) != self._told_as(lease, minute)
            and other.to_minute > lease.since
            and self._is_after(lease, other, minute, surely)
            for other in day.began(lease.address_key, first - self._skew, minute)
        )

    def _is_after(self, lease: Lease, other: Lease, minute: int, surely: bool) -> bool:
        apart = self._apart(lease, other)
        if not surely:
            return minute >= other.since and other.since + apart >= lease.seen_minute
        over = other.since + self._skew_of(other) + self._skew_of(lease)
        return minute >= over and other.since > lease.seen_minute + apart

    def _stands(self, lease: Lease, held: Iterable[Lease], minute: int) -> bool:
        """Whether the hold is sure at the minute, and no other device's speaks against it."""
        if not lease.from_minute <= minute < lease.to_minute:
            return False
        return not any(
            minute < lease.since + self._skew_of(lease)
            or other.seen_minute + self._apart(lease, other) >= lease.since
            or (lease.kind in CLAIMS and other.kind not in CLAIMS)
            for other in held
            if self._told_as(other, minute) != self._told_as(lease, minute)
        )

    def _told_as(self, lease: Lease, minute: int) -> str:
        """The client as it is stored: students' devices are not told apart, nor are guests'."""
        owner = self._owner(lease.client_key, max(lease.from_minute, min(minute, lease.to_minute - 1)))
        return owner if owner in (STUDENT, GUEST) else lease.client_key

    def _skew_of(self, lease: Lease) -> int:
        return self._skew if lease.logged else 0

    def _apart(self, one: Lease, other: Lease) -> int:
        """By how many minutes the clocks of two may differ."""
        return 0 if one.source == other.source else self._skew_of(one) + self._skew_of(other)

    def _day(self, number: int) -> Day:
        day = self._days.get(number)
        if day is None:
            day = Day(self._skew)
            start = number * DAY_MINUTES
            told = told_of(self._stored, start - self._skew, start + DAY_MINUTES + self._skew, self._skew)
            for row in told.leases.to_pylist():
                if row["kind"] != LOGON:
                    day.put(Lease(**row))
            for lease in self._fresh.values():
                if self._touches(lease, number):
                    day.put(lease)
            self._days[number] = day
        self._days.move_to_end(number)
        if len(self._days) > MOST_DAYS:
            self._days.popitem(last=False)
        return day

    def _touches(self, lease: Lease, day: int) -> bool:
        start, end = day * DAY_MINUTES - self._skew, (day + 1) * DAY_MINUTES + self._skew
        return lease.from_minute < end and lease.to_minute > start
