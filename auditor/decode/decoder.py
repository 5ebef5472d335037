"""Runs the kernel over blocks of frames and takes over what spans packets, needs AES or is rare."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from auditor.decode import dhcp, dns, tables
from auditor.decode.quic import InitialReader
from auditor.decode.streams import Stream
from auditor.decode.tls import Hello
from auditor.kernel.dtypes import (
    ASSEMBLING,
    DHCP,
    DNS_ANSWER,
    DNS_ECH,
    DNS_QUERY,
    HTTP,
    LOOKING,
    NAMED,
    NO_NAME,
    QUIC,
    SIGHTING,
    SLICE,
    SOURCE_HTTP,
    SOURCE_NONE,
    SOURCE_QUIC,
    SOURCE_TLS,
    TLS,
    TO_DHCP,
    TO_DNS_STREAM,
    TO_QUIC,
)  # fmt: skip
from auditor.kernel.layers import VERDICTS
from auditor.kernel.names import Names
from auditor.kernel.observe import HANDED, SIGHTED, SLICED, Block, observe
from auditor.kernel.table import USED, Flows, close_all
from auditor.records import Frames, Ledger, Observed, address_halves

MOST_STREAMS = 4096  # under assembly at once; the oldest goes first
MOST_HOST_NAMES = 65_536  # of DHCP clients remembered

Key = TypeVar("Key")
Held = TypeVar("Held")


class Decoder:
    """One sensor's decoding state: flows and unfinished names go on from one capture to the next."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.capture = 0
        self._flows: Flows = tables.new_flows()
        self._names: Names = tables.new_names()
        self._texts: list[str] = []
        self._out = tables.new_output()
        self._streams: OrderedDict[tuple[int, int], Stream] = OrderedDict()
        self._initials: OrderedDict[tuple[int, int], InitialReader] = OrderedDict()
        self._host_names: OrderedDict[str, str] = OrderedDict()
        self._late: list[np.void] = []  # sightings made by plain Python in this block
        self._read: set[tuple[int, int]] = set()  # streams that were dealt with in this block
        self._renamed: dict[int, np.void] = {}  # flow serial -> its row, where plain Python named it
        self._past: dict[int, np.record] = {}  # flow serial -> a row, of flows that ended in this block

    def feed(self, frames: Frames) -> Iterator[Observed]:
        """What the frames say, in one or more parts. Flow slices come once their minute is over."""
        block = Block(
            frames.data, frames.offset, frames.captured, frames.wire, frames.time_ns, frames.link,
            frames.first, self.capture,
        )  # fmt: skip
        start, count = 0, len(frames.offset)
        if len(self._texts) > tables.MOST_NAMES:
            self._names, self._texts = tables.names_in_use(self._texts, self._flows)
            self.ledger.add("name table emptied, being full")
        while start < count:
            start = observe(block, start, self._flows, self._names, self._out)
            self._texts += tables.new_texts(self._names, len(self._texts))
            for note in self._out.handovers[: self._out.count[HANDED]]:
                self._take_over(note, frames)
            yield self._collect()
            if start < count:
                yield from self._make_room(int(frames.time_ns[start]))

    def end_capture(self) -> Observed:
        """Closes the slices that are open; their flows go on in the next capture."""
        for number, verdict in VERDICTS.items():
            self.ledger.add(verdict, int(self._out.verdicts[number]))
        self._out.verdicts[:] = 0
        room = np.zeros(int(self._flows.count[USED]), SLICE).view(np.recarray)
        slices = room[: close_all(self._flows, room)]
        self.capture += 1
        return Observed(np.zeros(0, SIGHTING), slices, self._texts)

    def _collect(self) -> Observed:
        sightings = self._out.sightings[: self._out.count[SIGHTED]].copy()
        slices = self._out.slices[: self._out.count[SLICED]].copy()
        if self._late:
            sightings = np.concatenate([sightings, np.array(self._late, SIGHTING)])
            sightings = sightings[np.argsort(sightings["frame"], kind="stable")]
        if self._renamed:
            for number in np.flatnonzero(slices["name"] == NO_NAME):
                row = self._renamed.get(int(slices["flow"][number]))
                if row is not None:
                    for field in ("name", "name_source", "name_frame", "name_capture", "ech"):
                        slices[field][number] = row[field]
        self._late, self._renamed, self._past = [], {}, {}
        self._read.clear()
        self._out.count[:] = 0
        return Observed(sightings, slices, self._texts)

    def _make_room(self, now_ns: int) -> Iterator[Observed]:
        """The kernel stopped within a block: a table was full. Output arrays are empty again by now."""
        if self._flows.count[USED] == len(self._flows.rows):
            self._flows, slices = tables.room_for_flows(self._flows, now_ns, self.ledger)
            if len(slices):
                yield Observed(np.zeros(0, SIGHTING), slices, self._texts)
        if tables.is_full(self._names):
            self._names = tables.larger_names(self._names, self._texts)

    def _take_over(self, note: np.record, frames: Frames) -> None:
        payload = frames.data[note.at : note.end].tobytes()
        row = self._flows.rows[note.slot]
        if row.serial != note.flow:  # the port pair was used again within the block
            row = self._past.setdefault(int(note.flow), _past_flow(row))
        if note.why == TO_QUIC:
            self._take_quic(note, row, payload)
        elif note.why == TO_DHCP:
            self._take_dhcp(note, row, payload)
        elif note.why == TO_DNS_STREAM:
            self._take_dns(note, row, payload)
        elif row.search != NAMED:
            self._take_segment(note, row, payload)

    def _take_segment(self, note: np.record, row: np.record, payload: bytes) -> None:
        key = (int(note.flow), int(note.from_a))
        stream = self._streams.get(key) or Stream(int(note.seq if key in self._read else note.base_seq))
        _remember(self._streams, key, stream, MOST_STREAMS)
        stream.add(int(note.seq), payload)
        found = stream.read(last=bool(note.last))
        if found.hello:
            self._hello(note, row, found.hello, TLS, SOURCE_TLS)
        for host in found.hosts:
            self._name_flow(note, row, host, SOURCE_HTTP, ech=False)
            self._sight(note, row, HTTP, host)
        if found.done:
            del self._streams[key]
            self._read.add(key)
            row.handed = 0
            row.search = NAMED if found.hello else LOOKING

    def _take_quic(self, note: np.record, row: np.record, payload: bytes) -> None:
        if row.search == NAMED:
            return
        key = (int(note.flow), int(note.from_a))
        reader = self._initials.get(key)
        if reader is None:
            if (key[0], 1 - key[1]) in self._initials:
                return  # the server's answer to a hello that isn't complete
            reader = InitialReader()
        _remember(self._initials, key, reader, MOST_STREAMS)
        hello = reader.feed(payload)
        if hello:
            self._hello(note, row, hello, QUIC, SOURCE_QUIC)
            row.search = NAMED
        if reader.done:
            del self._initials[key]

    def _take_dns(self, note: np.record, row: np.record, payload: bytes) -> None:
        key = (int(note.flow), int(note.from_a))
        stream = self._streams.get(key) or Stream(int(note.seq))
        _remember(self._streams, key, stream, MOST_STREAMS)
        stream.add(int(note.seq), payload)
        row.handed = 0
        messages, consumed = dns.tcp_messages(stream.prefix())
        if not messages:
            return
        stream.cut(consumed)
        for data in messages:
            message = dns.message(data)
            if message is None or message.opcode != dns.QUERY:
                continue
            if not message.response:
                for question in message.questions:
                    self._sight(note, row, DNS_QUERY, question.name)
                continue
            for answer in dns.answers_for(message):
                self._sight(note, row, DNS_ANSWER, answer.host, answer.address, answer.ttl_s, sent=False)
            for service in message.services:
                if service.has_ech and message.questions:
                    self._sight(
                        note, row, DNS_ECH, message.questions[0].name, ttl_s=service.ttl_s, sent=False
                    )

    def _take_dhcp(self, note: np.record, row: np.record, payload: bytes) -> None:
        asked = dhcp.request(payload)
        if asked is not None:
            if asked.host:
                _remember(self._host_names, asked.mac, asked.host, MOST_HOST_NAMES)
            return
        ack = dhcp.ack(payload)
        if ack is None:
            return
        host = ack.host or self._host_names.get(ack.mac, "")
        given = ack.ip if ack.lease_s else "0.0.0.0"  # an INFORM asks for no address (RFC 2131, 3.4)
        self._sight(note, row, DHCP, host, given, ack.lease_s, sent=False)
        sighting = self._late[-1]
        sighting["mac"] = sighting["client_mac"] = int(ack.mac.replace(":", ""), 16)
        sighting["client_hi"], sighting["client_lo"] = address_halves(ack.ip)

    def _hello(self, note: np.record, row: np.record, hello: Hello, kind: int, source: int) -> None:
        row.client_is_a = note.from_a
        if hello.sni:
            self._name_flow(note, row, hello.sni, source, hello.ech)
        self._sight(note, row, kind, hello.sni, ech=hello.ech)

    def _name_flow(self, note: np.record, row: np.record, host: str, source: int, ech: bool) -> None:
        """As the kernel's `name_flow`: a hello's name stands above a request's, else the first one stays."""
        if row.name_source == SOURCE_NONE or (row.name_source == SOURCE_HTTP and source != SOURCE_HTTP):
            row.name, row.name_source = self._intern(host), source
            row.name_frame, row.name_capture, row.ech = note.frame, self.capture, ech
            self._renamed[int(note.flow)] = row.copy()

    def _sight(
        self, note: np.record, row: np.record, kind: int, host: str,
        ip: str = "", ttl_s: int = 0, ech: bool = False, sent: bool = True,
    ) -> None:  # fmt: skip
        """Notes a sighting; `sent` says that the packet's sender is the client."""
        sighting = np.zeros(1, SIGHTING)[0]
        client, server = ("a", "b") if bool(note.from_a) == sent else ("b", "a")
        for side, end in (("client", client), ("server", server)):
            for part in ("hi", "lo", "port"):
                sighting[f"{side}_{part}"] = row[f"{end}_{part}"]
        sighting["client_mac"] = note.mac if sent else row[f"mac_{client}"]
        sighting["frame"], sighting["time_ns"], sighting["flow"] = note.frame, note.time_ns, note.flow
        sighting["kind"], sighting["proto"], sighting["ech"] = kind, row.proto, ech
        sighting["name"], sighting["ttl_s"] = self._intern(host) if host else NO_NAME, min(ttl_s, 0xFFFFFFFF)
        if ip:
            sighting["ip_hi"], sighting["ip_lo"] = address_halves(ip)
        self._late.append(sighting)

    def _intern(self, host: str) -> int:
        if tables.is_full(self._names):
            self._names = tables.larger_names(self._names, self._texts)
        number = tables.intern(self._names, host)
        self._texts += tables.new_texts(self._names, len(self._texts))
        return number


def _past_flow(row: np.record) -> np.record:
    """A row for the flow that had this row's ends before: unnamed as yet, its name being under assembly."""
    past = row.copy()
    past.name, past.name_source = NO_NAME, SOURCE_NONE
    past.search, past.handed = ASSEMBLING, 0
    return past


def _remember(held: OrderedDict[Key, Held], key: Key, value: Held, most: int) -> None:
    """Puts a value at the young end of a bounded table; the oldest goes."""
    held[key] = value
    held.move_to_end(key)
    if len(held) > most:
        held.popitem(last=False)
