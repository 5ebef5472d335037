"""Which device had which address when, and whose it was: asked while captures are read, to drop students' traffic.

All by pseudonym, so that nothing else is kept. What is told apart here is told apart again at the audit, by
`policy/facts/leased_client.sql`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pyarrow as pa

from auditor import pseudonym
from auditor.district import District

CLAIMS = ("arp", "nd")  # kinds by which a device says of itself that an address is its own
# How long a claim holds after the minute in which it was made. Hosts that talk renew theirs every half minute to
# every minute (RFC 4861, 10: REACHABLE_TIME; RFC 1122, 2.3.2.1), and no server passes an address on so soon.
CLAIM_HOLDS_MINUTES = 5
MOST_ADDRESSES = 16  # that one device claims in a day; one with more stands for others, as a router may
DAY_MINUTES = 1440
MOST_DAYS = 4  # held at once; captures are read in the order of their time


_Origin = tuple[int, str, str, str, int]


class Lease(NamedTuple):
    """A device's hold on an address: leased by DHCP, or claimed by itself."""

    from_minute: int
    to_minute: int  # exclusive
    client_key: str
    address_key: str
    source: str  # SHA-256 of the capture
    frame: int
    kind: str = "dhcp"  # dhcp dhcpv6 arp nd
    seen_minute: int = 0  # when it was last seen to hold: the grant, or the last claim


class _Timeline:
    """The holds on one address, by their beginning."""

    def __init__(self) -> None:
        self._leases: list[Lease] = []
        self._reach: list[int] = []  # the latest end of it and of those before it

    def put(self, lease: Lease) -> None:
        """Adds a hold, or what one has grown to: the same device's from the same frame."""
        place = bisect_right(self._leases, lease.from_minute, key=_beginning)
        if place and _origin(self._leases[place - 1]) == _origin(lease):
            place -= 1  # only the last one can have grown
            self._leases[place] = lease
        else:
            self._leases.insert(place, lease)
            self._reach.insert(place, 0)
        for number in range(place, len(self._leases)):
            before = self._reach[number - 1] if number else lease.to_minute
            self._reach[number] = max(before, self._leases[number].to_minute)

    def at(self, minute: int) -> Iterator[Lease]:
        """Those that hold at the minute, the youngest first."""
        place = bisect_right(self._leases, minute, key=_beginning) - 1
        while place >= 0 and self._reach[place] > minute:
            if self._leases[place].to_minute > minute:
                yield self._leases[place]
            place -= 1


class _Day:
    """Holds that touch one UTC day, leases and claims apart: leases last long, and claims are many."""

    def __init__(self) -> None:
        self._leases: defaultdict[str, _Timeline] = defaultdict(_Timeline)
        self._claims: defaultdict[str, _Timeline] = defaultdict(_Timeline)
        self._claimed: defaultdict[str, set[str]] = defaultdict(set)  # addresses by device

    def put(self, lease: Lease) -> None:
        if lease.kind in CLAIMS:
            self._claims[lease.address_key].put(lease)
            if len(self._claimed[lease.client_key]) <= MOST_ADDRESSES:
                self._claimed[lease.client_key].add(lease.address_key)
        else:
            self._leases[lease.address_key].put(lease)

    def at(self, address_key: str, minute: int) -> Iterator[Lease]:
        """What counts at the minute: claims of devices that stand for many addresses are left out."""
        if address_key in self._leases:
            yield from self._leases[address_key].at(minute)
        if address_key in self._claims:
            for claim in self._claims[address_key].at(minute):
                if len(self._claimed[claim.client_key]) <= MOST_ADDRESSES:
                    yield claim


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
        self._stored = stored
        self._days: OrderedDict[int, _Day] = OrderedDict()
        self._fresh: dict[_Origin, Lease] = {}  # of the capture that is being read

    def begin_capture(self) -> None:
        """The capture before is in the warehouse by now, or has been given up."""
        self._fresh.clear()

    def add(self, lease: Lease) -> None:
        """Takes in a lease, or what a claim has grown to."""
        self._fresh[_origin(lease)] = lease
        for number, day in self._days.items():
            if _touches(lease, number):
                day.put(lease)

    def owner(self, client_key: str, address_key: str, minute: int) -> str:
        """Whom the device was assigned to at the minute: an employee_id, `student`, `guest`, `shared` or ''.

        The device is known by its MAC's pseudonym, or where that is '' by who held its address. Where that is
        in dispute it is '', but a student's or guest's if it may be theirs: what may be a minor's isn't stored.
        """
        if client_key:
            return self._owner(client_key, minute)
        holders = self._holders(address_key, minute)
        owners = {self._owner(holder, minute) for holder in holders}
        if len(holders) == 1:
            return owners.pop()
        return "student" if "student" in owners else "guest" if "guest" in owners else ""

    def _owner(self, client_key: str, minute: int) -> str:
        for start, end, assigned_to in self._owners.get(client_key, ()):
            if start <= minute < end:
                return assigned_to
        return ""

    def _holders(self, address_key: str, minute: int) -> set[str]:
        """The device that held the address, or all that may have."""
        held = list(self._day(minute // DAY_MINUTES).at(address_key, minute))
        if not held:
            return set()
        client = max(held).client_key
        others = [lease for lease in held if lease.client_key != client]
        seen = max((lease.seen_minute for lease in others), default=-(1 << 62))
        leased = any(lease.kind not in CLAIMS for lease in others)
        stands = any(
            lease.from_minute > seen and not (leased and lease.kind in CLAIMS)
            for lease in held
            if lease.client_key == client
        )
        return {client} if stands else {lease.client_key for lease in held}

    def _day(self, number: int) -> _Day:
        day = self._days.get(number)
        if day is None:
            day = _Day()
            start = number * DAY_MINUTES
            for row in self._stored(start, start + DAY_MINUTES).to_pylist():
                day.put(Lease(**row))
            for lease in self._fresh.values():
                if _touches(lease, number):
                    day.put(lease)
            self._days[number] = day
        self._days.move_to_end(number)
        if len(self._days) > MOST_DAYS:
            self._days.popitem(last=False)
        return day


def _beginning(lease: Lease) -> int:
    return lease.from_minute


def _origin(lease: Lease) -> _Origin:
    """What stays the same while a claim grows."""
    return lease.from_minute, lease.client_key, lease.address_key, lease.source, lease.frame


def _touches(lease: Lease, day: int) -> bool:
    return lease.from_minute < (day + 1) * DAY_MINUTES and lease.to_minute > day * DAY_MINUTES
