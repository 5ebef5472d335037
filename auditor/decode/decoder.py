"""Runs the kernel over blocks of frames and puts together what it and plain Python find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from auditor.decode import tables
from auditor.decode.fragments import Fragments
from auditor.decode.name_table import NameTable
from auditor.decode.rare import Note, Rare
from auditor.kernel.dtypes import (
    COUNTED,
    FLOW,
    HANDOVER,
    NAMED,
    NO_NAME,
    SIGHTING,
    SLICE,
    SOURCE_DNS,
    SOURCE_HTTP,
    TO_FRAGMENTS,
)  # fmt: skip
from auditor.kernel.layers import COPY, COUNTERS, ESP, MPPE, VERDICTS
from auditor.kernel.neighbours import PASSED
from auditor.kernel.observe import observe
from auditor.kernel.pool import DRAINED, EVICTED, free_slot
from auditor.kernel.state import HANDED, SIGHTED, SLICED, Block, State
from auditor.kernel.table import USED, Flows, close_all
from auditor.records import ByteArray, Frames, Ledger, Observed, RecordArray

ETHERNET = 1  # LINKTYPE_ETHERNET
MOST_FRAGMENTED = 4  # fragments within fragments
MINUTE_NS = 60_000_000_000
BY_MINUTE = (COPY, ESP, MPPE)  # verdicts that are counted by the minute
NAMING = ("name", "name_source", "name_frame", "name_capture", "ech")  # fields that a name fills


class Recalled(NamedTuple):
    """How a flow was named in an earlier run."""

    flow: int  # serial number
    host: str  # "" where it has no name and is to get none from DNS
    source: int
    frame: int  # that gave the name
    capture: int
    turned: bool  # its client is the other end


class Decoder:
    """One sensor's decoding state: flows and unfinished names go on from one capture to the next."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.capture = 0
        self._flows: Flows = tables.new_flows()
        self._pool = tables.new_pool()
        self._quic = tables.new_quic()
        self._neighbours = tables.new_neighbours()
        self._ahead = tables.new_ahead()
        self._mirror = tables.new_mirror()
        self._gaps = tables.new_gaps()
        self._verdicts = np.zeros(COUNTERS, np.int64)
        self._out = tables.new_output()
        # the same rows for Python: slicing a recarray takes numpy ten times as long
        self._sightings = self._out.sightings.view(SIGHTING, np.ndarray)
        self._slices = self._out.slices.view(SLICE, np.ndarray)
        self._handovers = self._out.handovers.view(HANDOVER, np.ndarray)
        self._names = NameTable()
        self._tables: State | None = None
        self._rare = Rare(self._names, ledger)
        self._fragments = Fragments(ledger)

    def feed(self, frames: Frames, depth: int = 0) -> Iterator[Observed]:
        """What the frames say, in one or more parts. Flow slices come once their minute is over.

        Datagrams put together from fragments are frames of their own, `depth` fragmentations deep.
        """
        block = Block(
            frames.data, frames.offset, frames.captured, frames.wire, frames.time_ns, frames.link,
            frames.first, self.capture, np.zeros(len(frames.offset), np.uint8),
        )  # fmt: skip
        start, count = 0, len(frames.offset)
        self._names.cut_back(self._flows, self.ledger)
        while start < count:
            start = observe(block, start, self._state())
            self._names.catch_up()
            whole = self._take_over(frames)
            yield self._collect()
            for frame in whole if depth < MOST_FRAGMENTED else ():
                yield from self.feed(frame, depth + 1)
            if start < count:
                yield from self._make_room(int(frames.time_ns[start]))
        yield from self._count(frames, block.verdicts)

    def _state(self) -> State:
        """The tables as they are; the same tuple from block to block while none is replaced: a new one costs."""
        now = State(
            self._flows, self._names.table, self._pool, self._quic, self._mirror, self._gaps,
            self._neighbours, self._ahead, self._out,
        )  # fmt: skip
        if self._tables is None or any(new is not old for new, old in zip(now, self._tables, strict=True)):
            self._tables = now
        return self._tables

    def end_capture(self) -> Observed:
        """Closes the slices that are open; their flows go on in the next capture."""
        for number, verdict in VERDICTS.items():
            self.ledger.add(verdict, int(self._verdicts[number]))
        self._verdicts[:] = 0
        passed = int(self._neighbours.count[PASSED])
        self.ledger.add("ARP and neighbour claims passed over, too many in a minute", passed)
        self._neighbours.count[PASSED] = 0
        self.ledger.add(
            "unfinished hellos forgotten early, the table being full", int(self._pool.state[EVICTED])
        )
        self._pool.state[EVICTED] = 0
        room = np.zeros(int(self._flows.count[USED]), SLICE).view(np.recarray)
        slices = room[: close_all(self._flows, room)]
        self.capture += 1
        return Observed(np.zeros(0, SIGHTING), slices, self._names.texts)

    def pause_capture(self) -> tuple[Observed, Observed]:
        """Ends a capture that the next one may go on in the middle of a minute: the slices that are over, and
        those of the last minute as they are so far. The latter stay open until `close_open` or their end."""
        rows: Any = self._flows.rows[: self._flows.count[USED]]
        held = np.flatnonzero((rows.packets_a > 0) | (rows.packets_b > 0))
        held = held[rows.minute_ns[held] == rows.minute_ns[held].max(initial=-1)]
        kept = rows[held].copy()
        observed = self.end_capture()
        rows[held] = kept
        last = np.isin(observed.slices["flow"], kept.serial)
        return (
            Observed(observed.sightings, observed.slices[~last], observed.names),
            Observed(observed.sightings, observed.slices[last], observed.names),
        )

    def close_open(self) -> None:
        """What `pause_capture` gave as open is dealt with: flows go on with new slices."""
        rows: Any = self._flows.rows[: self._flows.count[USED]]
        rows.sliced[(rows.packets_a > 0) | (rows.packets_b > 0)] = 1
        for field in ("packets_a", "packets_b", "bytes_a", "bytes_b", "unseen"):
            rows[field] = 0

    def flows(self) -> Observed:
        """The flows in the table, a slice without bytes each; `begins` is 0 where the flow has had one before."""
        used = int(self._flows.count[USED])
        copy = tables.new_flows(max(used, 1))
        copy.count[USED] = used
        copy.rows[:used] = self._flows.rows[:used]
        rows: Any = copy.rows
        rows.bytes_a, rows.bytes_b, rows.packets_a, rows.packets_b = 0, 0, 1, 0
        room = np.zeros(used, SLICE).view(np.recarray)
        return Observed(np.zeros(0, SIGHTING), room[: close_all(copy, room)], self._names.texts)

    def recall(self, names: Iterable[Recalled]) -> None:
        """Gives flows in the table the names that they had before what was read of them."""
        rows: Any = self._flows.rows[: self._flows.count[USED]]
        place = {flow: number for number, flow in enumerate(rows.serial.tolist())}
        for name in names:
            row = rows[place[name.flow]]
            row.name = self._names.intern(name.host) if name.host else NO_NAME
            row.name_source = name.source or SOURCE_DNS  # no name either: DNS was asked, and had none
            row.name_frame, row.name_capture, row.ech = name.frame, name.capture, 0
            row.sliced = 1
            if name.turned:
                row.client_is_a ^= 1
            if row.name_source != SOURCE_DNS and row.name_source != SOURCE_HTTP:
                row.search = NAMED

    def _count(self, frames: Frames, verdicts: ByteArray) -> Iterator[Observed]:
        """Adds up how the frames of a block ended; some verdicts also by the minute."""
        counts = np.bincount(verdicts, minlength=COUNTERS)
        self._verdicts += counts
        if counts[list(BY_MINUTE)].any():
            counted = _by_minute(frames, verdicts)
            yield Observed(np.zeros(0, SIGHTING), np.zeros(0, SLICE), self._names.texts, counted)

    def _take_over(self, frames: Frames) -> list[Frames]:
        """Lets plain Python read what the kernel noted in this block; returns what fragments were put together."""
        self._rare.begin_block(self.capture)
        whole: list[Frames] = []
        if not self._out.count[HANDED]:
            return whole
        rows = self._flows.rows.view(FLOW, np.ndarray)
        for fields in self._handovers[: self._out.count[HANDED]].tolist():
            note = Note(*fields)
            data = self._pool.data if note.pooled else frames.data
            payload = data[note.at : note.end].tobytes()
            if note.why != TO_FRAGMENTS:
                self._rare.take(note, payload, rows[note.slot])
                continue
            wire = int(frames.wire[note.frame - frames.first])
            joined = self._fragments.add(payload, note.mac, wire, note.time_ns)
            if joined:
                whole.append(_one_frame(*joined, note))
        for place in self._pool.drained[: self._pool.state[DRAINED]].tolist():
            free_slot(self._pool, place)
        self._pool.state[DRAINED] = 0
        return whole

    def _collect(self) -> Observed:
        sightings = self._sightings[: self._out.count[SIGHTED]].copy()
        slices = self._slices[: self._out.count[SLICED]].copy()
        self._out.count[:] = 0
        if self._rare.sightings:
            sightings = np.concatenate([sightings, np.array(self._rare.sightings, SIGHTING)])
            sightings = sightings[np.argsort(sightings["frame"], kind="stable")]
        if self._rare.renamed:
            for number in np.flatnonzero(slices["name"] == NO_NAME):
                row = self._rare.renamed.get(int(slices["flow"][number]))
                if row is not None:
                    for field in NAMING:
                        slices[field][number] = row[field]
        return Observed(sightings, slices, self._names.texts)

    def _make_room(self, now_ns: int) -> Iterator[Observed]:
        """The kernel stopped within a block: a table was full. Output arrays are empty again by now."""
        if self._flows.count[USED] == len(self._flows.rows):
            self._flows, slices = tables.room_for_flows(self._flows, now_ns, self.ledger)
            if len(slices):
                yield Observed(np.zeros(0, SIGHTING), slices, self._names.texts)
        self._names.make_room()


def _by_minute(frames: Frames, verdicts: ByteArray) -> RecordArray:
    """The frames that ended in one of BY_MINUTE, added up by minute and verdict."""
    chosen = np.flatnonzero(np.isin(verdicts, BY_MINUTE))
    keys = frames.time_ns[chosen] // MINUTE_NS * COUNTERS + verdicts[chosen]
    distinct, place, found = np.unique(keys, return_inverse=True, return_counts=True)
    counted = np.zeros(len(distinct), COUNTED)
    counted["minute"], counted["verdict"] = distinct // COUNTERS, distinct % COUNTERS
    counted["frames"] = found
    np.add.at(counted["bytes"], place, frames.wire[chosen])
    return counted


def _one_frame(data: bytes, wire: int, note: Note) -> Frames:
    """A datagram put together from fragments, as a block of one frame with the last fragment's number."""
    offset, captured, bytes_on_wire, time_ns, link = np.array(
        [[0], [len(data)], [wire], [note.time_ns], [ETHERNET]], np.int64
    )
    return Frames(
        np.frombuffer(data, np.uint8), offset, captured, bytes_on_wire, time_ns, link, first=note.frame
    )
