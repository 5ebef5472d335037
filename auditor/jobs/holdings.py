"""What one capture says of who has which address: leases as they are granted, claims joined to spells.

A spell goes from the first to the last claim of one device that no other device interrupted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from auditor.jobs.holds import MOST_ADDRESSES, Lease
from auditor.jobs.leases import CLAIM_HOLDS_MINUTES, LeaseBook

MOST_HOLDINGS = 1 << 17  # of one capture
MOST_A_MINUTE = 8  # that begin in one minute on one address: it is in dispute by then


class Evidence(NamedTuple):
    """Where it stands."""

    source: str  # SHA-256 of the capture
    frame: int
    kind: str  # dhcp dhcpv6 arp nd
    second: int = 30  # within the minute
    randomised: bool = False  # the client's MAC


_ByAddress = defaultdict[str, list[Lease]]


class Holdings:
    """Leases and claims of one capture; each is put into the book at once. Too many are counted and passed over."""

    def __init__(self, book: LeaseBook) -> None:
        book.begin_capture()
        self.passed_over = 0
        self._book = book
        self._granted: _ByAddress = defaultdict(list)
        self._claimed: _ByAddress = defaultdict(list)
        self._addresses: defaultdict[str, set[str]] = defaultdict(set)  # claimed, by device
        self._count = 0

    def grant(self, minute: int, lease_s: int, client_key: str, address_key: str, evidence: Evidence) -> None:
        """Takes a lease of so many seconds."""
        until = minute + lease_s // 60 + 1
        lease = _hold(minute, until, client_key, address_key, evidence)
        known = self._granted[address_key][-MOST_A_MINUTE:]
        if not any(
            lease._replace(frame=old.frame, second=old.second) == old for old in known
        ):  # seen on the relay's other side
            self._put(self._granted[address_key], lease)

    def claim(self, minute: int, client_key: str, address_key: str, evidence: Evidence) -> None:
        """Takes what a device said of itself."""
        spells = self._claimed[address_key]
        last = spells[-1] if spells else None
        until = minute + CLAIM_HOLDS_MINUTES + 1
        if last is None or last.client_key != client_key or not last.from_minute <= minute < last.to_minute:
            spell = _hold(minute, until, client_key, address_key, evidence)
            if self._put(spells, spell):
                self._addresses[client_key].add(address_key)
        elif until > last.to_minute:
            spells[-1] = last._replace(to_minute=until, seen_minute=minute)
            self._book.add(spells[-1])

    def _put(self, known: list[Lease], lease: Lease) -> bool:
        crowd = len(known) >= MOST_A_MINUTE and known[-MOST_A_MINUTE].from_minute == lease.from_minute
        if crowd or self._count == MOST_HOLDINGS:
            self.passed_over += 1
            return False
        self._count += 1
        known.append(lease)
        self._book.add(lease)
        return True

    @property
    def stand_ins(self) -> int:
        """How many devices claimed more addresses than one has: they speak for others."""
        return sum(len(addresses) > MOST_ADDRESSES for addresses in self._addresses.values())

    def leases(self, wanted: Callable[[str], bool]) -> list[Lease]:
        """All leases, and the spells on the addresses that are wanted; none of devices that speak for others."""
        spells = (
            spell
            for address_key, claimed in self._claimed.items()
            if wanted(address_key)
            for spell in claimed
            if len(self._addresses[spell.client_key]) <= MOST_ADDRESSES
        )
        return [*(lease for granted in self._granted.values() for lease in granted), *spells]


def _hold(minute: int, until: int, client_key: str, address_key: str, evidence: Evidence) -> Lease:
    source, frame, kind, second, randomised = evidence
    return Lease(
        minute, until, client_key, address_key, source, frame, kind, minute, None, second, False, randomised
    )
