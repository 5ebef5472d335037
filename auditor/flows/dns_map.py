"""What each client was told by DNS: which name led it to which address, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from auditor.records import Ledger

MOST_ENTRIES = 1 << 18  # pairs of client and address remembered
MOST_CANDIDATES = 8  # names of one pair
MOST_ECH_NAMES = 64  # of one client
MOST_ADDRESSES = 8  # of one MAC: with more it is a router's and says nothing of a client

Address = tuple[int, int]  # halves of a 128-bit number
Key = TypeVar("Key")
Held = TypeVar("Held")


class Answer(NamedTuple):
    """A name that led to an address."""

    host: str
    seen_ns: int
    until_ns: int  # when its TTL ends
    frame: int
    capture: int


class DnsMap:
    """Answers by client and server address. A client that is known by its MAC is known by its other addresses too:
    it may ask over IPv4 for the IPv6 address it then talks to."""

    def __init__(self, grace_s: int, ledger: Ledger) -> None:
        self._grace_ns = grace_s * 1_000_000_000
        self._ledger = ledger
        self._answers: dict[tuple[Address, Address], list[Answer]] = {}
        self._ech: dict[Address, list[Answer]] = {}
        self._addresses: dict[int, list[Address]] = {}  # by MAC

    def add(self, client: Address, mac: int, server: Address, answer: Answer) -> None:
        """Notes that `client` was told that `answer.host` is at `server`."""
        self._note_address(client, mac)
        known = self._answers.get((client, server))
        if known is None:
            self._bound(self._answers)
            self._answers[client, server] = [answer]
        else:
            self._renew(known, answer, MOST_CANDIDATES)

    def add_ech(self, client: Address, mac: int, answer: Answer) -> None:
        """Notes that `client` got keys for Encrypted ClientHello (an HTTPS record with `ech`) for a name."""
        self._note_address(client, mac)
        known = self._ech.get(client)
        if known is None:
            self._bound(self._ech)
            self._ech[client] = [answer]
        else:
            self._renew(known, answer, MOST_ECH_NAMES)

    def candidates(self, client: Address, mac: int, server: Address, at_ns: int) -> list[Answer]:
        """Answers that led `client` to `server` and were good at that time, oldest first."""
        for address in self._addresses_of(client, mac):
            good = self._good(self._answers.get((address, server), ()), at_ns)
            if good:
                return good
        return []

    def ech_names(self, client: Address, mac: int, at_ns: int) -> list[Answer]:
        """Names for which `client` held keys of Encrypted ClientHello at that time, oldest first."""
        for address in self._addresses_of(client, mac):
            good = self._good(self._ech.get(address, ()), at_ns)
            if good:
                return good
        return []

    def _good(self, known: Iterable[Answer], at_ns: int) -> list[Answer]:
        return [answer for answer in known if self._is_good(answer, at_ns)]

    def _is_good(self, answer: Answer, at_ns: int) -> bool:
        return answer.seen_ns <= at_ns <= answer.until_ns + self._grace_ns

    def _renew(self, known: list[Answer], answer: Answer, most: int) -> None:
        """Puts an answer at the end. One that is still good and is given again goes on from its first time: a
        flow that began before the second time may be looked up later."""
        for number, old in enumerate(known):
            if old.host == answer.host and self._is_good(old, answer.seen_ns):
                answer = old._replace(until_ns=max(old.until_ns, answer.until_ns))
                del known[number]
                break
        known.append(answer)
        if len(known) > most:
            del known[0]

    def _note_address(self, client: Address, mac: int) -> None:
        if not mac:
            return
        addresses = self._addresses.get(mac)
        if addresses is None:
            self._bound(self._addresses)
            self._addresses[mac] = [client]
        elif client not in addresses and len(addresses) <= MOST_ADDRESSES:
            addresses.append(client)

    def _addresses_of(self, client: Address, mac: int) -> list[Address]:
        """The client's address, then the others of its MAC; those of a router's MAC are of many clients."""
        addresses = self._addresses.get(mac, ())
        others = addresses if len(addresses) <= MOST_ADDRESSES else ()
        return [client, *(address for address in others if address != client)]

    def _bound(self, table: dict[Key, Held]) -> None:
        if len(table) >= MOST_ENTRIES:
            del table[next(iter(table))]
            self._ledger.add("DNS answers forgotten early, the table being full")
