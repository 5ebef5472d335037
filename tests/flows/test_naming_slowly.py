"""The names that flows get are those of a slow version in plain Python that keeps every answer in a list."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.flows.naming import AMBIGUITY, Namer
from auditor.kernel.dtypes import DNS_ALIAS, DNS_ANSWER, NO_NAME, SIGHTING, SLICE, SOURCE_NAMES, SOURCE_NONE
from auditor.records import Ledger, Observed

SECOND = 1_000_000_000
GRACE_S, ROUTERS = 20, 8
PLATFORMS = {"a.example": "a", "a2.example": "a", "b.example": "b"}
NAMES = [*PLATFORMS, "none.example", "other.example"]


@dataclass(frozen=True)
class Telling:
    at_s: int
    client: int
    mac: int
    server: int
    host: str
    through: tuple[str, ...]
    ttl_s: int


@dataclass(frozen=True)
class Ask:
    flow: int
    at_s: int
    client: int
    mac: int
    server: int


@dataclass
class Held:
    """What is known of a client, a server and a host."""

    telling: Telling
    first_s: int
    last_s: int
    until_s: int


@dataclass
class Slow:
    held: list[Held] = field(default_factory=list)
    addresses: dict[int, list[int]] = field(default_factory=dict)
    named: dict[int, str | None] = field(default_factory=dict)
    doubtful: int = 0

    def learn(self, told: Telling) -> None:
        if told.mac and told.client not in self.addresses.setdefault(told.mac, []):
            self.addresses[told.mac].append(told.client)
        for known in self.held:
            old = known.telling
            same = (old.client, old.server, old.host) == (told.client, told.server, told.host)
            if same and known.first_s <= told.at_s <= known.until_s + GRACE_S:
                known.until_s = max(known.until_s, told.at_s + told.ttl_s)
                known.last_s, known.telling = told.at_s, told
                return
        self.held.append(Held(told, told.at_s, told.at_s, told.at_s + told.ttl_s))

    def name(self, ask: Ask) -> str:
        if ask.flow not in self.named:
            self.named[ask.flow] = self.decide(ask)
            self.doubtful += self.named[ask.flow] is None
        return self.named[ask.flow] or ""

    def decide(self, ask: Ask) -> str | None:
        """A host, "" for none, None where it is doubtful."""
        others = self.addresses.get(ask.mac, []) if ask.mac else []
        for client in [ask.client, *(others if len(others) <= ROUTERS else [])]:
            good = [
                known
                for known in self.held
                if (known.telling.client, known.telling.server) == (client, ask.server)
                and known.first_s <= ask.at_s <= known.until_s + GRACE_S
            ]
            if good:
                asked = {PLATFORMS.get(known.telling.host, "") for known in good}
                if asked == {""}:
                    asked = {PLATFORMS.get(shown(known.telling), "") for known in good}
                return shown(max(good, key=lambda known: known.last_s).telling) if len(asked) == 1 else None
        return ""


def shown(told: Telling) -> str:
    listed = [name for name in told.through if name in PLATFORMS]
    return told.host if told.host in PLATFORMS or not listed else listed[0]


def sightings(tellings: list[Telling]) -> np.ndarray:
    rows = np.zeros(sum(1 + len(told.through) for told in tellings), SIGHTING)
    at = 0
    for told in tellings:
        for place, name in enumerate((*told.through, "")):
            row = rows[at]
            row["frame"] = row["time_ns"] = told.at_s * SECOND
            row["client_lo"], row["client_mac"], row["ip_lo"] = told.client, told.mac, told.server
            row["name"], row["ttl_s"] = NAMES.index(told.host), told.ttl_s
            row["kind"] = DNS_ALIAS if place < len(told.through) else DNS_ANSWER
            row["other"] = NAMES.index(name) if name else NO_NAME
            at += 1
    return rows


def slices(asks: list[Ask]) -> np.ndarray:
    rows = np.zeros(len(asks), SLICE)
    for row, ask in zip(rows, asks, strict=True):
        row["flow"], row["first_ns"], row["client_lo"] = ask.flow, ask.at_s * SECOND, ask.client
        row["client_mac"], row["server_lo"] = ask.mac, ask.server
        row["name"], row["name_source"] = NO_NAME, SOURCE_NONE
    return rows


few = st.integers(1, 3)
tellings = st.builds(
    Telling, st.just(0), few, st.integers(0, 2), few, st.sampled_from(NAMES),
    st.lists(st.sampled_from(NAMES), max_size=2).map(tuple), st.integers(0, 30),
)  # fmt: skip
asks = st.builds(Ask, st.integers(1, 40), st.integers(-30, 0), few, st.integers(0, 2), few)
parts = st.lists(st.tuples(st.lists(tellings, max_size=4), st.lists(asks, max_size=4)), max_size=12)


@settings(max_examples=300)
@given(parts)
def test_the_same_names(given: list[tuple[list[Telling], list[Ask]]]) -> None:
    ledger, slow, now_s = Ledger(), Slow(), 100
    namer = Namer(lambda host: PLATFORMS.get(host, ""), lambda host: False, GRACE_S, ledger)
    for told, asked in given:
        at = [Telling(now_s + number, *list(vars(each).values())[1:]) for number, each in enumerate(told)]
        now_s += len(told) + 5
        flows = [Ask(each.flow, now_s + each.at_s, each.client, each.mac, each.server) for each in asked]
        for each in at:
            slow.learn(each)
        found = namer.name(Observed(sightings(at), slices(flows), NAMES), capture=0)
        assert found.hosts == [slow.name(each) for each in flows]
        sources = [SOURCE_NAMES[number] for number in found.rows["name_source"]]
        assert sources == ["dns" if host else "none" for host in found.hosts]
    assert ledger.counts.get(AMBIGUITY, 0) == slow.doubtful
