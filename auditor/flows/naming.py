"""Names flows from DNS: those without a name, and those whose hello hides its name (ECH)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from auditor.flows.dns_map import Answer, DnsMap
from auditor.kernel.answers import AMBIGUOUS, COVER, NAMED, NOBODY, NOT_ASKED, PENDING, SHOWN, UNNAMED, Book
from auditor.kernel.dtypes import NO_NAME, SIGHTING
from auditor.kernel.naming import LLMNR, LOST, MDNS, ODD, put_name, take_part
from auditor.records import FlowSlices, Ledger, Observed

AMBIGUITY = "flows without a name: DNS leads to several platforms"

COUNTED = {
    LOST: "flows whose name from DNS was forgotten, there being too many",
    MDNS: "packets of mDNS: names of the local network, not looked at",
    LLMNR: "packets of LLMNR: names of the local network, not looked at",
}

Table = np.recarray[Any, Any]
Verdict = tuple[int, Answer | None]  # UNNAMED, NAMED or AMBIGUOUS, and the answer that names


class Asked(NamedTuple):
    """What DNS is asked about a flow."""

    client: tuple[int, int]
    mac: int
    server: tuple[int, int]
    at_ns: int


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
        self._is_public_name = is_public_name
        self._ledger = ledger
        self._map = DnsMap(lambda host: bool(platform_of(host)), grace_s, ledger)
        self._odd = np.zeros(0, np.int64)
        self._counts = np.zeros(4, np.int64)

    def name(self, observed: Observed, capture: int) -> FlowSlices:
        """The slices with their hosts, names from DNS put in where that is called for."""
        self._map.number(observed.names)
        sightings, slices = observed.sightings.view(np.recarray), observed.slices.view(np.recarray)
        start = self._take(self._map.book, sightings, 0, slices, capture)
        while start < len(sightings):
            self._map.make_room()
            start = self._take(self._map.book, sightings, start, slices, capture)
        self._name_odd(self._map.book, slices, self._ledger)
        for number, verdict in COUNTED.items():
            self._ledger.add(verdict, self._counts[number])
        return FlowSlices(observed.slices, observed.names, self._map.hosts.texts)

    def preview(self, observed: Observed) -> FlowSlices:
        """As `name`, of slices that may yet change and come again: nothing is learnt, counted or remembered."""
        self._map.number(observed.names)
        slices = observed.slices.view(np.recarray)
        book = self._map.book._replace(namings=self._map.book.namings.copy())
        self._take(book, np.zeros(0, SIGHTING).view(np.recarray), 0, slices, 0)
        self._name_odd(book, slices, Ledger())
        return FlowSlices(observed.slices, observed.names, self._map.hosts.texts)

    def _take(self, book: Book, sightings: Table, start: int, slices: Table, capture: int) -> int:
        if len(slices) > len(self._odd):
            self._odd = np.zeros(len(slices), np.int64)
        grace_ns = self._map.grace_ns
        return int(take_part(book, sightings, start, slices, capture, grace_ns, self._odd, self._counts))

    def _name_odd(self, book: Book, slices: Table, ledger: Ledger) -> None:
        """Names the slices that the kernel left: of several candidates, or with a hello that may hide its name."""
        for number in self._odd[: self._counts[ODD]].tolist():
            row = slices[number]
            public = "" if row["name"] == NO_NAME else self._map.hosts.texts[book.number_of[row["name"]]]
            if public and not self._is_cover(book, book.number_of[row["name"]]):
                continue  # GREASE: the hello shows its true name
            naming = book.namings[int(row["flow"]) & (len(book.namings) - 1)]
            if naming["flow"] != row["flow"] + 1 or naming["verdict"] == PENDING:
                self._note(naming, row, public)
                if naming["verdict"] == AMBIGUOUS:
                    ledger.add(AMBIGUITY)
            put_name(book, slices, number)

    def _is_cover(self, book: Book, host: int) -> bool:
        if book.cover[host] == NOT_ASKED:
            book.cover[host] = COVER if self._is_public_name(self._text(host)) else SHOWN
        return bool(book.cover[host] == COVER)

    def _note(self, naming: np.record, row: np.record, public: str) -> None:
        """Asks DNS about a slice's flow, once for all of its slices: a connection outlives the TTL."""
        asked = Asked(
            client=(int(row["client_hi"]), int(row["client_lo"])),
            mac=int(row["client_mac"]),
            server=(int(row["server_hi"]), int(row["server_lo"])),
            at_ns=int(row["first_ns"]),
        )
        naming["flow"], naming["host"] = row["flow"] + 1, NOBODY
        naming["verdict"], answer = self._decide_hidden(asked, public) if public else self._decide(asked)
        if answer is not None:
            naming["host"] = answer.alias if answer.alias != NOBODY else answer.host
            naming["frame"], naming["capture"] = answer.frame, answer.capture

    def _decide(self, asked: Asked) -> Verdict:
        return self._agree(self._map.candidates(asked.client, asked.mac, asked.server, asked.at_ns))

    def _decide_hidden(self, asked: Asked, public: str) -> Verdict:
        """What DNS says of a flow whose hello shows a public name.

        The hello is taken at its word without a witness: another name that led to the server, or keys for another
        name. Keys under another public name are none. Where the catalogue doesn't know the public name,
        one name must be both.
        """
        found = self._map.candidates(asked.client, asked.mac, asked.server, asked.at_ns)
        led = [answer for answer in found if self._text(answer.host) != public]
        keys = [
            key
            for key in self._map.keys(asked.client, asked.mac, asked.at_ns)
            if self._text(key.host) != public and self._text(key.alias) in ("", public)
        ]
        keyed = {key.host for key in keys if self._is_public_name(public) or key.alias != NOBODY}
        both = [answer for answer in led if answer.host in keyed]
        if both or not self._is_public_name(public):
            return self._agree(both)
        return self._agree(
            led
            or [key._replace(alias=NOBODY) for key in keys if not self._map.leads_anywhere(key, asked.at_ns)]
        )

    def _agree(self, answers: list[Answer]) -> Verdict:
        """The last told one, if all are of one platform: by the names asked, or, where no platform has any of these,
        by what they led to."""
        if not answers:
            return UNNAMED, None
        platforms = {self._platform_of(self._text(answer.host)) for answer in answers}
        if platforms == {""}:
            platforms = {self._platform_of(self._text(answer.alias)) for answer in answers}
        if len(platforms) > 1:
            return AMBIGUOUS, None
        return NAMED, answers[-1]

    def _text(self, host: int) -> str:
        return self._map.hosts.texts[host] if host != NOBODY else ""
