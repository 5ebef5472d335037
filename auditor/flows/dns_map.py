"""What each client was told by DNS: which name led it to which address, and until when."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import numpy as np

from auditor.kernel.answers import ANSWER, MOST_CANDIDATES, Answers, add_answers, find_answers
from auditor.records import IntArray, Ledger, RecordArray

MOST_ENTRIES = 1 << 17  # answers of one generation, and clients of the other tables
MOST_ECH_NAMES = 64  # of one client
MOST_ADDRESSES = 8  # of one MAC: with more it is a router's and says nothing of a client

WHO = ("client_mac", "client_hi", "client_lo")

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


class Generation:
    """Answers that came one after the other, and the hosts that they name."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self._numbers: dict[str, int] = {}
        self._rows = np.zeros(MOST_ENTRIES, ANSWER)
        self.table = Answers(
            rows=self._rows.view(np.recarray),
            buckets=np.zeros(2 * MOST_ENTRIES, np.int64),
            count=np.zeros(1, np.int64),
            key=np.frombuffer(secrets.token_bytes(16), np.uint64).copy(),
        )

    def numbers(self, names: list[str], ids: IntArray) -> IntArray:
        """The numbers of hosts in this generation, of ids in a name table."""
        distinct, place = np.unique(ids, return_inverse=True)
        known = self._numbers
        for host in (names[number] for number in distinct.tolist()):
            if host not in known:
                known[host] = len(self.hosts)
                self.hosts.append(host)
        return np.array([known[names[number]] for number in distinct.tolist()], np.int64)[place]

    def answer(self, place: int) -> tuple[int, Answer]:
        """When a row was last told, and what it says."""
        seen_ns, told_ns, until_ns, frame, capture, host, _ = self._rows[place].tolist()[4:]
        return told_ns, Answer(self.hosts[host], seen_ns, until_ns, frame, capture)


class DnsMap:
    """Answers by client and server address. A client that is known by its MAC is known by its other addresses too:
    it may ask over IPv4 for the IPv6 address it then talks to."""

    def __init__(self, grace_s: int, ledger: Ledger) -> None:
        self._grace_ns = grace_s * 1_000_000_000
        self._ledger = ledger
        self._generations = [Generation()]  # the one that grows, and the one before it
        self._found = np.zeros(MOST_CANDIDATES, np.int64)
        self._ech: dict[Address, list[Answer]] = {}
        self._addresses: dict[int, list[Address]] = {}  # by MAC

    def add(self, sightings: RecordArray, names: list[str], capture: int) -> None:
        """Notes answers: sightings of kind DNS_ANSWER, with names in a name table."""
        rows = sightings.view(np.recarray)
        for mac, *client in {*zip(*(rows[field].tolist() for field in WHO), strict=True)}:
            self._note_address((client[0], client[1]), mac)
        start = 0
        while start < len(rows):
            newest = self._generations[0]
            rest = rows[start:]
            start += add_answers(
                newest.table, rest, newest.numbers(names, rest["name"]), capture, self._grace_ns, 0
            )
            if start < len(rows):
                self._begin_generation()

    def _begin_generation(self) -> None:
        """The table is full: an empty one takes over, and the one before it goes."""
        if len(self._generations) > 1:
            self._ledger.add("DNS answers forgotten early, the table being full", MOST_ENTRIES)
        self._generations = [Generation(), self._generations[0]]

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
        """Answers that led `client` to `server` and were good at that time, the last told one last."""
        for address in self._addresses_of(client, mac):
            found: dict[str, tuple[int, Answer]] = {}
            for generation in reversed(self._generations):
                count = find_answers(
                    generation.table, *_halves(address), *_halves(server), at_ns, self._grace_ns, self._found
                )
                for place in self._found[:count].tolist():
                    told_ns, answer = generation.answer(place)
                    if told_ns >= found.get(answer.host, (0, answer))[0]:
                        found[answer.host] = told_ns, answer
            if found:
                return [answer for _, answer in sorted(found.values(), key=lambda pair: pair[0])]
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


def _halves(address: Address) -> tuple[np.uint64, np.uint64]:
    return np.uint64(address[0]), np.uint64(address[1])
