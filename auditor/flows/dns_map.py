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

    def __init__(self, grace_s: int, ledger: Ledger) -> None:
        self._grace_ns = grace_s * 1_000_000_000
        self._ledger = ledger
        self._answers: OrderedDict[tuple[Client, Address], list[Answer]] = OrderedDict()
        self._ech: OrderedDict[Client, list[Answer]] = OrderedDict()
        self._addresses: OrderedDict[int, set[Address]] = OrderedDict()

    def add(self, client: Address, mac: int, server: Address, answer: Answer) -> None:
        """Notes that `client` was told that `answer.host` is at `server`."""
        for key in self._keys(client, mac, note=True):
            known = self._answers.setdefault((key, server), [])
            self._answers.move_to_end((key, server))
            known[:] = self._with(known, answer)[-MOST_CANDIDATES:]
        if len(self._answers) > MOST_ENTRIES:
            self._answers.popitem(last=False)
            self._ledger.add("DNS answers forgotten early, the table being full")

    def add_ech(self, client: Address, mac: int, answer: Answer) -> None:
        """Notes that `client` got keys for Encrypted ClientHello (an HTTPS record with `ech`) for a name."""
        for key in self._keys(client, mac, note=True):
            known = self._ech.setdefault(key, [])
            known[:] = self._with(known, answer)[-MOST_ECH_NAMES:]
            self._ech.move_to_end(key)
        if len(self._ech) > MOST_ENTRIES:
            self._ech.popitem(last=False)
            self._ledger.add("DNS answers forgotten early, the table being full")

    def candidates(self, client: Address, mac: int, server: Address, at_ns: int) -> list[Answer]:
        """Answers that led `client` to `server` and were good at that time, oldest first."""
        for key in self._keys(client, mac, note=False):
            known = self._answers.get((key, server), ())
            good = [answer for answer in known if self._is_good(answer, at_ns)]
            if good:
                return good
        return []

    def ech_names(self, client: Address, mac: int, at_ns: int) -> list[Answer]:
        """Names for which `client` held keys of Encrypted ClientHello at that time, oldest first."""
        for key in self._keys(client, mac, note=False):
            good = [answer for answer in self._ech.get(key, ()) if self._is_good(answer, at_ns)]
            if good:
                return good
        return []

    def _is_good(self, answer: Answer, at_ns: int) -> bool:
        return answer.seen_ns <= at_ns <= answer.until_ns + self._grace_ns

    def _with(self, known: list[Answer], answer: Answer) -> list[Answer]:
        """The answers with a new one at the end. One that is still good and is given again goes on: a flow
        that began before the second time is looked up later."""
        others = []
        for old in known:
            if old.host == answer.host and self._is_good(old, answer.seen_ns):
                answer = old._replace(until_ns=max(old.until_ns, answer.until_ns))
            else:
                others.append(old)
        return [*others, answer]

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
