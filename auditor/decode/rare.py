"""Takes over what the kernel does not read: streams with split heads, QUIC, DNS over TCP, DHCP."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from auditor.decode import dhcp, dhcpv6, dns, http
from auditor.decode.bounded import Bounded
from auditor.decode.name_table import NameTable
from auditor.decode.streams import Stream
from auditor.decode.tls import Hello
from auditor.kernel.dtypes import (
    ASSEMBLING,
    DHCP,
    DHCPV6,
    DNS_ALIAS,
    DNS_ANSWER,
    DNS_ECH,
    DNS_HINT,
    DNS_QUERY,
    HTTP,
    LOOKING,
    NAMED,
    NO_NAME,
    QUIC,
    SIGHTING,
    SOURCE_DNS,
    SOURCE_HTTP,
    SOURCE_NONE,
    SOURCE_QUIC,
    SOURCE_TLS,
    TLS,
    TO_DHCP,
    TO_DHCPV6,
    TO_DNS_STREAM,
    TO_QUIC,
)  # fmt: skip
from auditor.records import Ledger, address_halves

if TYPE_CHECKING:
    from auditor.decode.quic import InitialReader

MOST_STREAMS, MOST_STREAM_BYTES = 4096, 64 << 20  # under assembly at once, and held of them together
MOST_INITIALS = 1024  # connections of QUIC, each with at most 64 KB
MOST_HOST_NAMES = 65_536  # of DHCP clients remembered; as many questions of DHCPv6
DNS_KINDS = {dns.ALIAS: DNS_ALIAS, dns.ADDRESS: DNS_ANSWER, dns.HINT: DNS_HINT, dns.KEYS: DNS_ECH}
LINK_LOCAL = 0xFE80 >> 6  # fe80::/10, the upper ten bits


class Note(NamedTuple):
    """A handover as the kernel notes it: the fields of dtype HANDOVER, in their order."""

    frame: int
    time_ns: int
    slot: int
    flow: int
    at: int
    end: int
    mac: int
    seq: int
    base_seq: int
    why: int
    from_a: int
    pooled: int
    last: int


class Rare:
    """Streams and connections that are being put together, and what they gave in this block."""

    def __init__(self, names: NameTable, ledger: Ledger) -> None:
        self.sightings: list[np.void] = []
        self.renamed: dict[int, np.void] = {}  # flow serial -> its row, where it was named
        self._names = names
        self._capture = 0
        self._ledger = ledger
        self._streams: Bounded[tuple[int, int], Stream] = Bounded(
            "unfinished streams", MOST_STREAMS, ledger, MOST_STREAM_BYTES
        )
        self._initials: Bounded[tuple[int, int], InitialReader] = Bounded(
            "unfinished QUIC hellos", MOST_INITIALS, ledger
        )
        self._host_names: Bounded[str, str] = Bounded("host names of DHCP clients", MOST_HOST_NAMES, ledger)
        self._askers: Bounded[tuple[bytes, int], int] = Bounded(  # MAC by DUID and transaction
            "questions of DHCPv6 clients", MOST_HOST_NAMES, ledger
        )
        self._read: set[tuple[int, int]] = set()  # streams that were dealt with in this block
        self._idle: set[tuple[int, int]] = set()  # those all of whose requests so far were told in it
        self._past: dict[int, np.void] = {}  # flow serial -> a row, of flows that ended in this block

    def begin_block(self, capture: int) -> None:
        """Forgets what the last block gave; `capture` is the number of the capture that is read now."""
        self._capture = capture
        self.sightings, self.renamed, self._past = [], {}, {}
        self._read.clear()
        for key in self._idle:
            self._streams.remove(key)
        self._idle.clear()

    def take(self, note: Note, payload: bytes, row: np.void) -> None:
        """Takes over one packet, or one piece of a stream; `row` is its row of the flow table."""
        if row["serial"] != note.flow:  # the port pair was used again within the block
            row = self._past.setdefault(note.flow, _past_flow(row))
        if note.why == TO_QUIC:
            self._take_quic(note, row, payload)
        elif note.why == TO_DHCP:
            self._take_dhcp(note, row, payload)
        elif note.why == TO_DHCPV6:
            self._take_dhcpv6(note, row, payload)
        elif note.why == TO_DNS_STREAM:
            self._take_dns(note, row, payload)
        elif row["search"] != NAMED:
            self._take_segment(note, row, payload)

    def _take_segment(self, note: Note, row: np.void, payload: bytes) -> None:
        key = (note.flow, note.from_a)
        stream = self._streams.get(key)
        if stream is None or (stream.lacks(note.seq) and http.request_start(payload) == 0):
            stream = self._new_stream(note, row, key)
        self._add(key, stream, note.seq, payload)
        found = stream.read(last=bool(note.last))
        if found.hello:
            self._hello(note, row, found.hello, TLS, SOURCE_TLS)
        for host in found.hosts:
            self._name_flow(note, row, host, SOURCE_HTTP, ech=False)
            self._sight(note, row, HTTP, host)
        self._idle.discard(key)
        if found.done:
            if found.next_seq is None:
                self._streams.remove(key)
                self._read.add(key)
            else:
                self._idle.add(key)
                _follow(note, row, found.next_seq, len(payload))
            row["handed"] = 0
            row["search"] = NAMED if found.hello else LOOKING
        else:
            row["search"] = (
                ASSEMBLING  # the kernel goes on handing over, after an earlier head was dealt with
            )

    def _new_stream(self, note: Note, row: np.void, key: tuple[int, int]) -> Stream:
        """A stream from where the kernel said; from this segment on where one was given up in this block."""
        if key in self._read or key in self._streams:
            return Stream(note.seq)
        told = bool(row["has_seen"]) and row["seen_seq"] == note.base_seq
        return Stream(note.base_seq, first_is_told=told)

    def _add(self, key: tuple[int, int], stream: Stream, seq: int, payload: bytes) -> None:
        """Adds a segment to a stream, and the stream to those held."""
        if not stream.add(seq, payload):
            self._ledger.add("segments left out, too many of one stream being held")
        self._streams.put(key, stream, stream.held)

    def _take_quic(self, note: Note, row: np.void, payload: bytes) -> None:
        if row["search"] == NAMED:
            return
        key = (note.flow, note.from_a)
        reader = self._initials.get(key)
        if reader is None:
            other = self._initials.get((key[0], 1 - key[1]))
            if other is not None and other.begun:
                return  # the server's answer to a hello that isn't complete
            reader = _initial_reader()
        self._initials.put(key, reader)
        hello = reader.feed(payload)
        if hello:
            self._hello(note, row, hello, QUIC, SOURCE_QUIC)
            row["search"] = NAMED
        if reader.done:
            self._initials.remove(key)

    def _take_dns(self, note: Note, row: np.void, payload: bytes) -> None:
        key = (note.flow, note.from_a)
        stream = self._streams.get(key) or Stream(note.seq)
        self._add(key, stream, note.seq, payload)
        row["handed"] = 0
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
            for told in dns.told(message):
                kind = DNS_KINDS[told.kind]
                is_address = kind in (DNS_ANSWER, DNS_HINT)
                ip, other = (told.value, "") if is_address else ("", told.value)
                self._sight(note, row, kind, message.asked, ip, told.ttl_s, sent=False, other=other)

    def _take_dhcp(self, note: Note, row: np.void, payload: bytes) -> None:
        asked = dhcp.request(payload)
        if asked is not None:
            if asked.host:
                self._host_names.put(asked.mac, asked.host)
            return
        ack = dhcp.ack(payload)
        if ack is None:
            return
        host = ack.host or self._host_names.get(ack.mac) or ""
        given = ack.ip if ack.lease_s else "0.0.0.0"  # an INFORM asks for no address (RFC 2131, 3.4)
        self._sight(note, row, DHCP, host, given, ack.lease_s, sent=False)
        self._tie(int(ack.mac.replace(":", ""), 16), ack.ip)

    def _take_dhcpv6(self, note: Note, row: np.void, payload: bytes) -> None:
        """A client's MAC is what its relay saw, or what its question came from on its own link; else the one in
        its DUID, which may be of another interface."""
        message = dhcpv6.message(payload)
        if message is None:
            return
        key = (message.duid, message.xid)
        if message.kind != dhcpv6.REPLY:
            is_local = int(row["a_hi" if note.from_a else "b_hi"]) >> 54 == LINK_LOCAL
            mac = message.relay_mac if message.relayed else note.mac if is_local else 0
            if mac:
                self._askers.put(key, mac)
            return
        mac = self._askers.get(key) or message.duid_mac
        for given in message.given if mac else ():
            self._sight(note, row, DHCPV6, "", given.ip, given.valid_s, sent=False)
            self._tie(mac, given.ip)

    def _tie(self, mac: int, ip: str) -> None:
        """Makes the last sighting that of a client's MAC and address."""
        sighting = self.sightings[-1]
        sighting["mac"] = sighting["client_mac"] = mac
        sighting["client_hi"], sighting["client_lo"] = address_halves(ip)

    def _hello(self, note: Note, row: np.void, hello: Hello, kind: int, source: int) -> None:
        row["client_is_a"] = note.from_a
        if hello.sni:
            self._name_flow(note, row, hello.sni, source, hello.ech)
        self._sight(note, row, kind, hello.sni, ech=hello.ech)

    def _name_flow(self, note: Note, row: np.void, host: str, source: int, ech: bool) -> None:
        """As the kernel's `name_flow`: a hello's name stands above a request's, else the first one stays."""
        known = row["name_source"]
        if known in (SOURCE_NONE, SOURCE_DNS) or (known == SOURCE_HTTP and source != SOURCE_HTTP):
            row["name"], row["name_source"] = self._names.intern(host), source
            row["name_frame"], row["name_capture"], row["ech"] = note.frame, self._capture, ech
            self.renamed[note.flow] = row.copy()

    def _sight(
        self, note: Note, row: np.void, kind: int, host: str,
        ip: str = "", ttl_s: int = 0, ech: bool = False, sent: bool = True, other: str = "",
    ) -> None:  # fmt: skip
        """Notes a sighting; `sent` says that the packet's sender is the client."""
        sighting = np.zeros(1, SIGHTING)[0]
        client, server = ("a", "b") if bool(note.from_a) == sent else ("b", "a")
        for side, end in (("client", client), ("server", server)):
            for part in ("hi", "lo", "port"):
                sighting[f"{side}_{part}"] = row[f"{end}_{part}"]
        sighting["client_mac"] = note.mac if sent else row[f"mac_{client}"]
        sighting["frame"], sighting["time_ns"], sighting["flow"] = note.frame, note.time_ns, note.flow
        sighting["kind"], sighting["proto"], sighting["ech"] = kind, row["proto"], ech
        sighting["other"] = self._names.intern(other) if other else NO_NAME
        sighting["name"], sighting["ttl_s"] = (
            self._names.intern(host) if host else NO_NAME,
            min(ttl_s, 0xFFFFFFFF),
        )
        if ip:
            sighting["ip_hi"], sighting["ip_lo"] = address_halves(ip)
        self.sightings.append(sighting)


def _follow(note: Note, row: np.void, next_seq: int, size: int) -> None:
    """Lets the kernel go on where the next request begins, in a later segment if a body lies between. Within this
    block further segments are still handed over, and go to the same stream."""
    left = (next_seq - note.seq - size) & 0xFFFFFFFF
    row["has_seen"], row["seen_seq"] = 1, note.seq
    row["body_end_seq"], row["body_size"] = next_seq, left if left < 0x80000000 else 0


def _initial_reader() -> InitialReader:
    """Imported late: the kernel reads nearly all, and `cryptography` takes its time."""
    from auditor.decode.quic import InitialReader

    return InitialReader()


def _past_flow(row: np.void) -> np.void:
    """A row for the flow that had this row's ends before: unnamed as yet, its name being under assembly."""
    past = row.copy()
    past["name"], past["name_source"] = NO_NAME, SOURCE_NONE
    past["search"], past["handed"] = ASSEMBLING, 0
    return past
