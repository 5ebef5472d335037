"""What each client was told by DNS: which name led it to which address, and until when."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from auditor.records import Ledger

MOST_ENTRIES = 1 << 18  # pairs of client and address remembered
MOST_CANDIDATES = 8  # names of one pair
MOST_ECH_NAMES = 64  # of one client
MOST_ADDRESSES = 8  # of one MAC: with more it is a router's and says nothing of a client

Address = tuple[int, int]  # halves of a 128-bit number
Client = Address | int  # an address, or a MAC number


class Answer(NamedTuple):
    """A name that led to an address."""

    host: str
    seen_ns: int
    until_ns: int  # when its TTL ends
    frame: int
    capture: int


class DnsMap:
    """Answers by client and server address. Clients are known by address, and by MAC across IP versions."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._answers: OrderedDict[tuple[Client, Address], list[Answer]] = OrderedDict()
        self._ech: OrderedDict[Client, list[Answer]] = OrderedDict()
        self._addresses: OrderedDict[int, set[Address]] = OrderedDict()

    def add(self, client: Address, mac: int, server: Address, answer: Answer) -> None:
        """Notes that `client` was told that `answer.host` is at `server`."""
        for key in self._keys(client, mac, note=True):
            known = self._answers.setdefault((key, server), [])
            self._answers.move_to_end((key, server))
            known[:] = [old for old in known if old.host != answer.host][1 - MOST_CANDIDATES :] + [answer]
        if len(self._answers) > MOST_ENTRIES:
            self._answers.popitem(last=False)
            self._ledger.add("DNS answers forgotten early, the table being full")

    def add_ech(self, client: Address, mac: int, answer: Answer) -> None:
        """Notes that `client` got keys for Encrypted ClientHello (an HTTPS record with `ech`) for a name."""
        for key in self._keys(client, mac, note=True):
            known = self._ech.setdefault(key, [])
            known[:] = [old for old in known if old.host != answer.host][1 - MOST_ECH_NAMES :] + [answer]
            self._ech.move_to_end(key)
        if len(self._ech) > MOST_ENTRIES:
            self._ech.popitem(last=False)
            self._ledger.add("DNS answers forgotten early, the table being full")

    def candidates(self, client: Address, mac: int, server: Address, at_ns: int, grace_ns: int) -> list[Answer]:
        """Answers that led `client` to `server` and were good at that time, oldest first."""
        for key in self._keys(client, mac, note=False):
            known = self._answers.get((key, server), ())
            good = [a for a in known if a.seen_ns <= at_ns <= a.until_ns + grace_ns]
            if good:
                return good
        return []

    def ech_names(self, client: Address, mac: int, at_ns: int, grace_ns: int) -> list[Answer]:
        """Names for which `client` held keys of Encrypted ClientHello at that time, oldest first."""
        for key in self._keys(client, mac, note=False):
            good = [a for a in self._ech.get(key, ()) if a.seen_ns <= at_ns <= a.until_ns + grace_ns]
            if good:
                return good
        return []

    def _keys(self, client: Address, mac: int, note: bool) -> tuple[Client, ...]:
        if not mac:
            return (client,)
        addresses = self._addresses.get(mac)
        if note:
            if addresses is None:
                addresses = self._addresses[mac] = set()
                if len(self._addresses) > MOST_ENTRIES:
                    self._addresses.popitem(last=False)
            if len(addresses) <= MOST_ADDRESSES:
                addresses.add(client)
        return (client, mac) if addresses and len(addresses) <= MOST_ADDRESSES else (client,)
