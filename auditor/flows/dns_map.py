"""What each client was told by DNS: which name led it to which address, and until when."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from auditor.flows.hosts import Hosts
from auditor.kernel.answers import (
    ANSWER,
    KEYS,
    MOST_ADDRESSES,
    MOST_CANDIDATES,
    MOST_KEYS,
    NAMING,
    NOBODY,
    Answers,
    Book,
    Clients,
    candidates,
)
from auditor.records import IntArray, Ledger, RecordArray

MOST_ENTRIES = 1 << 17  # answers of one table
MOST_MACS = 1 << 15
MOST_FLOWS = 1 << 18  # whose naming is remembered

Address = tuple[int, int]  # halves of a 128-bit number


class Answer(NamedTuple):
    """A name that led to an address, or whose keys of Encrypted ClientHello were told."""

    host: int  # hosts are numbers of the map's
    alias: (
        int  # the first name it led to that a platform has, if it has none itself; of keys: their public name
    )
    told_ns: int  # when it was last told
    client: Address  # that was told
    frame: int
    capture: int


class DnsMap:
    """Answers by client and server address. A client that is known by its MAC is known by its other addresses too:
    it may ask over IPv4 for the IPv6 address it then talks to."""

    def __init__(self, is_listed: Callable[[str], bool], grace_s: int, ledger: Ledger) -> None:
        self.grace_ns = grace_s * 1_000_000_000
        self.hosts = Hosts(is_listed)
        self._ledger = ledger
        self._newest, self._older = _new_answers(MOST_ENTRIES), _new_answers(1)
        self._clients = _new_clients()
        self._namings = np.zeros(MOST_FLOWS, NAMING)
        self._namings["host"] = NOBODY
        self._found = np.zeros(2 * MOST_KEYS, np.int64)
        self.book = self._bind()

    def number(self, names: list[str]) -> None:
        """Gives each host of a name table a number."""
        if self.hosts.is_current(names):
            return
        if self.hosts.is_replaced(names):
            self.hosts.drop_unused(self._host_columns())
        if self.hosts.catch_up(names):
            self.book = self._bind()

    def make_room(self) -> None:
        """A table is full. An empty one takes over from the answers, and the one before it goes."""
        if self._newest.count[0] == MOST_ENTRIES:
            self._ledger.add("DNS answers forgotten early, the table being full", int(self._older.count[0]))
            self._newest, self._older = _new_answers(MOST_ENTRIES), self._newest
        else:
            self._ledger.add("clients' other addresses forgotten, the table being full", MOST_MACS)
            self._clients = _new_clients()
        self.book = self._bind()

    def candidates(self, client: Address, mac: int, server: Address, at_ns: int) -> list[Answer]:
        """Answers that led `client` to `server` and were good at that time, the last told one last."""
        return self._look_up(client, mac, server, at_ns, MOST_CANDIDATES)

    def keys(self, client: Address, mac: int, at_ns: int) -> list[Answer]:
        """Names for which `client` held keys of Encrypted ClientHello at that time, the last told one last."""
        return self._look_up(client, mac, (KEYS, KEYS), at_ns, MOST_KEYS)

    def _look_up(self, client: Address, mac: int, server: Address, at_ns: int, depth: int) -> list[Answer]:
        numbers = map(np.uint64, (*client, mac, *server))
        count = candidates(self.book, *numbers, at_ns, self.grace_ns, depth)
        found: dict[int, Answer] = {}
        for place in self._found[:count].tolist():
            answer = _answer(self._newest.rows[place] if place >= 0 else self._older.rows[-1 - place])
            if answer.host not in found or answer.told_ns > found[answer.host].told_ns:
                found[answer.host] = answer
        return sorted(found.values(), key=lambda answer: answer.told_ns)

    def leads_anywhere(self, key: Answer, at_ns: int) -> bool:
        """Whether the client that was told of keys was told of any address for the same name."""
        for answers in (self._newest, self._older):
            rows: RecordArray = answers.rows[: answers.count[0]]
            good = (rows["host"] == key.host) & (rows["server_hi"] != KEYS)
            good &= (rows["client_hi"] == key.client[0]) & (rows["client_lo"] == key.client[1])
            good &= (rows["seen_ns"] <= at_ns) & (at_ns <= rows["until_ns"] + self.grace_ns)
            if good.any():
                return True
        return False

    def _bind(self) -> Book:
        return Book(
            self._newest,
            self._older,
            self._clients,
            self._namings.view(np.recarray),
            self.hosts.number_of,
            self.hosts.listed,
            self.hosts.cover,
            self._found,
        )

    def _host_columns(self) -> list[IntArray]:
        """All places that hold numbers of hosts."""
        columns: list[IntArray] = [self._namings["host"]]
        for answers in (self._newest, self._older):
            rows: RecordArray = answers.rows[: answers.count[0]]
            columns += [rows["host"], rows["alias"]]
        return columns


def _answer(row: np.record) -> Answer:
    return Answer(
        host=int(row["host"]),
        alias=int(row["alias"]),
        told_ns=int(row["told_ns"]),
        client=(int(row["client_hi"]), int(row["client_lo"])),
        frame=int(row["frame"]),
        capture=int(row["capture"]),
    )


def _new_answers(size: int) -> Answers:
    return Answers(
        rows=np.zeros(size, ANSWER).view(np.recarray),
        buckets=np.zeros(2 * size, np.int64),
        count=np.zeros(1, np.int64),
        key=np.frombuffer(secrets.token_bytes(16), np.uint64).copy(),
    )


def _new_clients() -> Clients:
    size = 2 * MOST_MACS
    return Clients(
        macs=np.zeros(size, np.uint64),
        used=np.zeros(size, np.int64),
        hi=np.zeros(size * MOST_ADDRESSES, np.uint64),
        lo=np.zeros(size * MOST_ADDRESSES, np.uint64),
        count=np.zeros(1, np.int64),
        key=np.frombuffer(secrets.token_bytes(8), np.uint64).copy(),
    )
