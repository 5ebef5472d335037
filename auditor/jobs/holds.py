"""Which device had which address, and when: single holds, and those of a day to look up by address and minute.

All by pseudonym, so that nothing else is kept.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from auditor.warehouse.tables import GUEST, STUDENT

CLAIMS = ("arp", "nd")  # kinds by which a device says of itself that an address is its own
MOST_ADDRESSES = 16  # that one device claims in a day; one with more stands for others, as a router may

Origin = tuple[int, str, str, str, int]


class Lease(NamedTuple):
    """A device's hold on an address: leased by DHCP, or claimed by itself."""

    from_minute: int
    to_minute: int  # exclusive
    client_key: str
    address_key: str
    source: str  # SHA-256 of the capture or lease file
    frame: int
    kind: str = "dhcp"  # dhcp dhcpv6 radius arp nd
    seen_minute: int = 0  # when it was last seen to hold: the grant, or the last claim
    since_minute: int | None = None  # when it began, where that is not `from_minute`
    second: int = 30  # within the minute in which it began
    logged: bool = False  # from a lease file or log
    randomised: bool = False  # the client's MAC
    person: str = ""  # of a log-on

    @property
    def since(self) -> int:
        """When the device got the address; this row may be a later part of its hold."""
        return self.from_minute if self.since_minute is None else self.since_minute

    def row(self) -> dict[str, Any]:
        """In the columns of the warehouse."""
        return self._asdict() | {"since_minute": self.since}


def origin(lease: Lease) -> Origin:
    """What stays the same while a claim grows."""
    return lease.from_minute, lease.client_key, lease.address_key, lease.source, lease.frame


class _Timeline:
    """The holds on one address, by their beginning; those from logs so many minutes wider."""

    def __init__(self, skew: int) -> None:
        self._skew = skew
        self._leases: list[Lease] = []
        self._reach: list[int] = []  # the latest end of it and of those before it

    def put(self, lease: Lease) -> None:
        """Adds a hold, or what one has grown to: the same device's from the same frame."""
        place = bisect_right(self._leases, self._beginning(lease), key=self._beginning)
        last = self._leases[place - 1] if place else None
        if last and lease.frame and origin(last) == origin(lease):  # students' have no frame, and don't grow
            place -= 1  # only the last one can have grown
            self._leases[place] = lease
        else:
            self._leases.insert(place, lease)
            self._reach.insert(place, 0)
        for number in range(place, len(self._leases)):
            end = self._end(self._leases[number])
            self._reach[number] = max(self._reach[number - 1], end) if number else end

    def at(self, minute: int) -> Iterator[Lease]:
        """Those that hold, or may hold, at the minute, the youngest first."""
        place = bisect_right(self._leases, minute, key=self._beginning) - 1
        while place >= 0 and self._reach[place] > minute:
            if self._end(self._leases[place]) > minute:
                yield self._leases[place]
            place -= 1

    def began(self, first: int, last: int) -> Iterator[Lease]:
        """Those that began, or may have begun, from `first` through `last`, the oldest first."""
        place = bisect_left(self._leases, first, key=self._beginning)
        while place < len(self._leases) and self._beginning(self._leases[place]) <= last:
            yield self._leases[place]
            place += 1

    def _beginning(self, lease: Lease) -> int:
        return lease.from_minute - self._skew if lease.logged else lease.from_minute

    def _end(self, lease: Lease) -> int:
        return lease.to_minute + self._skew if lease.logged else lease.to_minute


class Day:
    """Holds that touch one UTC day, leases and claims apart: leases last long, and claims are many."""

    def __init__(self, skew: int) -> None:
        self._leases: defaultdict[str, _Timeline] = defaultdict(lambda: _Timeline(skew))
        self._claims: defaultdict[str, _Timeline] = defaultdict(lambda: _Timeline(skew))
        self._claimed: defaultdict[str, set[str]] = defaultdict(set)  # addresses by device

    def put(self, lease: Lease) -> None:
        if lease.kind in CLAIMS:
            self._claims[lease.address_key].put(lease)
            if lease.client_key in (STUDENT, GUEST):  # many devices
                return
            if len(self._claimed[lease.client_key]) <= MOST_ADDRESSES:
                self._claimed[lease.client_key].add(lease.address_key)
        else:
            self._leases[lease.address_key].put(lease)

    def at(self, address_key: str, minute: int) -> Iterator[Lease]:
        """What holds, or may hold, at the minute: claims of devices that stand for many addresses are left out."""
        if address_key in self._leases:
            yield from self._leases[address_key].at(minute)
        if address_key in self._claims:
            for claim in self._claims[address_key].at(minute):
                if len(self._claimed[claim.client_key]) <= MOST_ADDRESSES:
                    yield claim

    def began(self, address_key: str, first: int, last: int) -> Iterator[Lease]:
        """Leases that began, or may have begun, in these minutes, whether they have ended or not."""
        if address_key in self._leases:
            yield from self._leases[address_key].began(first, last)
