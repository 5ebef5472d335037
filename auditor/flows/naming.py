"""Names flows from DNS: those without a name, and those whose hello hides its name (ECH)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from auditor.flows.dns_map import Answer, DnsMap
from auditor.kernel.dtypes import DNS_ANSWER, DNS_ECH, NO_NAME, SOURCE_DNS, SOURCE_NONE
from auditor.records import FlowSlices, Ledger, Observed

DNS_PORT = 53
MOST_FLOWS = 1 << 18  # whose naming is remembered


class Naming(NamedTuple):
    """How a flow was named, or that it was not."""

    answer: Answer | None
    ambiguous: bool


class Asked(NamedTuple):
    """What DNS is asked about a flow."""

    serial: int
    client_hi: int
    client_lo: int
    server_hi: int
    server_lo: int
    client_mac: int
    first_ns: int


ASKED = ("flow", "client_hi", "client_lo", "server_hi", "server_lo", "client_mac", "first_ns")


class Namer:
    """Names the flows of one sensor. `platform_of` gives a host's platform, '' for none; `is_public_name`
    says that a host is the outer name of Encrypted ClientHello (RFC 9849, 6.1)."""

    def __init__(
        self,
        platform_of: Callable[[str], str],
        is_public_name: Callable[[str], bool],
        grace_s: int,
        ledger: Ledger,
    ) -> None:
        self._platform_of = platform_of
        self._is_public_name = lru_cache(maxsize=65_536)(is_public_name)
        self._ledger = ledger
        self._map = DnsMap(grace_s, ledger)
        self._named: OrderedDict[int, Naming] = OrderedDict()

    def name(self, observed: Observed, capture: int) -> FlowSlices:
        """The slices with their hosts, names from DNS put in where that is called for."""
        self._learn(observed, capture)
        return self._named_slices(observed, self._naming)

    def preview(self, observed: Observed) -> FlowSlices:
        """As `name`, of slices that may yet change and come again: nothing is learnt, counted or remembered."""

        def decide(flow: Asked, hidden: str) -> Naming:
            return self._named.get(flow.serial) or self._decide(flow, hidden)

        return self._named_slices(observed, decide)

    def _named_slices(self, observed: Observed, decide: Callable[[Asked, str], Naming]) -> FlowSlices:
        slices, names = observed.slices, observed.names
        hosts = [names[number] if number != NO_NAME else "" for number in slices["name"].tolist()]
        asks = (slices["name_source"] == SOURCE_NONE) & (slices["server_port"] != DNS_PORT) | (
            slices["ech"] == 1
        )
        chosen = np.flatnonzero(asks)
        flows = zip(*(slices[field][chosen].tolist() for field in ASKED), strict=True)
        for number, flow in zip(chosen.tolist(), map(Asked._make, flows), strict=True):
            hidden = hosts[number]
            if hidden and not self._is_public_name(hidden):
                continue  # GREASE: the hello shows its true name
            naming = decide(flow, hidden)
            if naming.answer is not None:
                hosts[number] = naming.answer.host
                slices["name_source"][number] = SOURCE_DNS
                slices["name_frame"][number] = naming.answer.frame
                slices["name_capture"][number] = naming.answer.capture
            elif naming.ambiguous:
                hosts[number] = ""
                slices["name_source"][number], slices["name_frame"][number] = SOURCE_NONE, 0
        told = list(dict.fromkeys(hosts))
        place = {host: number for number, host in enumerate(told)}
        dns = slices["name_source"] == SOURCE_DNS
        slices["name"] = [
            place[h] if d else n for h, d, n in zip(hosts, dns.tolist(), slices["name"].tolist(), strict=True)
        ]
        slices["name"][[not h for h in hosts]] = NO_NAME
        return FlowSlices(slices, names, told)

    def _learn(self, observed: Observed, capture: int) -> None:
        rows, names = observed.sightings, observed.names
        answers = rows[rows["kind"] == DNS_ANSWER]
        if len(answers):
            self._map.add(answers, names, capture)
        for row in rows[rows["kind"] == DNS_ECH]:
            seen_ns, host = int(row["time_ns"]), names[row["name"]]
            answer = Answer(
                host, seen_ns, seen_ns + int(row["ttl_s"]) * 1_000_000_000, int(row["frame"]), capture
            )
            self._map.add_ech((int(row["client_hi"]), int(row["client_lo"])), int(row["client_mac"]), answer)

    def _naming(self, flow: Asked, hidden: str) -> Naming:
        """What DNS says of a flow, asked once a flow: a connection outlives the TTL."""
        naming = self._named.get(flow.serial)
        if naming is None:
            naming = self._named[flow.serial] = self._decide(flow, hidden)
            if len(self._named) > MOST_FLOWS:
                self._named.popitem(last=False)
            if naming.ambiguous:
                self._ledger.add("flows without a name: DNS leads to several platforms")
        return naming

    def _decide(self, flow: Asked, hidden: str) -> Naming:
        client, server = (flow.client_hi, flow.client_lo), (flow.server_hi, flow.server_lo)
        mac, at_ns = flow.client_mac, flow.first_ns
        answers = self._map.candidates(client, mac, server, at_ns)
        if hidden:
            answers = [answer for answer in answers if answer.host != hidden]
            keyed = self._map.ech_names(client, mac, at_ns)
            if not answers and not keyed:
                return Naming(None, ambiguous=False)  # no witness: the name in the hello is the true one
            hosts = {answer.host for answer in keyed}
            answers = [answer for answer in answers if answer.host in hosts] or answers or keyed
        if len({self._platform_of(answer.host) for answer in answers}) > 1:
            return Naming(None, ambiguous=True)
        return Naming(answers[-1] if answers else None, ambiguous=False)
