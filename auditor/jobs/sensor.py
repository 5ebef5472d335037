"""Reads the captures of one sensor in order: capture, decode and flows, one behind the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from auditor.capture.read import read_capture
from auditor.decode.decoder import Decoder, Recalled
from auditor.flows.naming import Namer
from auditor.identify.catalogue import Catalogue
from auditor.kernel.dtypes import COUNTED, DNS_ANSWER, DNS_ECH, DNS_HINT, SIGHTING, SLICE
from auditor.kernel.table import IDLE_TCP_NS
from auditor.records import FlowSlices, Frames, Ledger, Observed, RecordArray
from auditor.stopwatch import NO_STOPWATCH, NoStopwatch

SECOND_NS = 1_000_000_000
ROWS_AT_ONCE = 16_384  # named at once
LONG_NS = IDLE_TCP_NS  # what is younger is read again anyway


class SensorReader:
    """Open flows and what clients learnt from DNS go on from one capture to the next."""

    def __init__(self, catalogue: Catalogue, grace_s: int, stopwatch: NoStopwatch = NO_STOPWATCH) -> None:
        self._stopwatch = stopwatch
        self.ledger = Ledger()
        self._decoder = Decoder(self.ledger)
        self._open: Observed
        self._platform_of = platform_of(catalogue)
        self._grace_ns = grace_s * SECOND_NS
        self._namer = Namer(self._platform_of, catalogue.public_name, grace_s, self.ledger)

    @property
    def number(self) -> int:
        """The number of the capture that is read next, or being read."""
        return self._decoder.capture

    def read(
        self, path: Path, watch: Callable[[Frames], None] | None = None, size: int | None = None
    ) -> Iterator[tuple[Observed, FlowSlices]]:
        """What the first `size` bytes of a capture hold, part by part; `watch` sees the frames as they go by."""
        yield from self._read(path, watch, size)
        last = self._decoder.end_capture()
        yield last, self._name(last, self.number - 1)

    def read_on(
        self, path: Path, watch: Callable[[Frames], None] | None = None, size: int | None = None
    ) -> Iterator[tuple[Observed, FlowSlices]]:
        """As `read`, but the slices of the capture's last minute stay open: the next capture may go on with them
        (then they come with it, whole), or `close` ends them."""
        yield from self._read(path, watch, size)
        over, self._open = self._decoder.pause_capture()
        yield over, self._name(over, self.number - 1)

    def _read(
        self, path: Path, watch: Callable[[Frames], None] | None, size: int | None
    ) -> Iterator[tuple[Observed, FlowSlices]]:
        number = self.number
        for observed in gathered(self._observed(path, watch, size)):
            yield observed, self._name(observed, number)

    def _observed(
        self, path: Path, watch: Callable[[Frames], None] | None, size: int | None
    ) -> Iterator[Observed]:
        stopwatch = self._stopwatch
        for frames in stopwatch.each("read and walk", read_capture(path, self.ledger, size)):
            stopwatch.count(len(frames.offset), int(frames.captured.sum()))
            if watch:
                watch(frames)
            yield from stopwatch.each("packets, flows and names", self._decoder.feed(frames))

    def _name(self, observed: Observed, number: int) -> FlowSlices:
        with self._stopwatch.stage("naming from DNS"):
            return self._namer.name(observed, number)

    def still_open(self) -> tuple[Observed, FlowSlices]:
        """The slices of the last capture's last minute, as they are so far."""
        copy = Observed(self._open.sightings, self._open.slices.copy(), self._open.names)
        return copy, self._namer.preview(copy)

    def flows(self) -> RecordArray:
        """The flows that may go on, of dtype SLICE and without bytes; their names are not settled."""
        return self._decoder.flows().slices

    def named_flows(self, since_ns: int) -> FlowSlices:
        """The flows that have had a slice, and a packet since then, as they are called."""
        observed = self._decoder.flows()
        rows = observed.slices
        chosen = rows[(rows["begins"] == 0) & (rows["last_ns"] >= since_ns)]
        return self._namer.preview(Observed(observed.sightings, chosen, observed.names))

    def answers_until_ns(self, observed: Observed) -> int:
        """Until when platforms' names in DNS answers may name connections, where that is longer than LONG_NS."""
        rows = observed.sightings
        long = rows["ttl_s"].astype(np.int64) > (LONG_NS - self._grace_ns) // SECOND_NS
        rows = rows[long & np.isin(rows["kind"], (DNS_ANSWER, DNS_HINT, DNS_ECH))]
        until_ns = (rows["time_ns"] + rows["ttl_s"].astype(np.int64) * SECOND_NS + self._grace_ns).tolist()
        names = (observed.names[number] for number in rows["name"].tolist())
        return max(
            (until for until, name in zip(until_ns, names, strict=True) if self._platform_of(name)), default=0
        )

    def recall(self, names: Iterable[Recalled]) -> None:
        """Gives flows the names that they had before what was read of them."""
        self._decoder.recall(names)

    def begin_at(self, number: int) -> None:
        """The next capture has this number; those before it are only spoken of."""
        self._decoder.capture = number

    def close(self) -> None:
        """Nothing more comes for the slices that are open; the flows go on."""
        self._decoder.close_open()


def gathered(parts: Iterable[Observed]) -> Iterator[Observed]:
    """The same rows in fewer parts: to name one costs as much as to name a hundred."""
    waiting: list[Observed] = []
    rows = 0
    for part in parts:
        if waiting and (part.names is not waiting[0].names or rows >= ROWS_AT_ONCE):
            yield _joined(waiting)
            waiting, rows = [], 0
        waiting.append(part)
        rows += len(part.sightings) + len(part.slices)
    if waiting:
        yield _joined(waiting)


def _joined(parts: list[Observed]) -> Observed:
    return Observed(
        sightings=_one_table([part.sightings for part in parts], SIGHTING),
        slices=_one_table([part.slices for part in parts], SLICE),
        names=parts[-1].names,
        counted=_one_table([part.counted for part in parts], COUNTED),
    )


def _one_table(pieces: list[RecordArray], kind: np.dtype[np.void]) -> RecordArray:
    """As `np.concatenate`, which compares the fields of all of them first."""
    joined, at = np.empty(sum(map(len, pieces)), kind), 0
    for piece in pieces:
        joined[at : at + len(piece)] = piece
        at += len(piece)
    return joined


def platform_of(catalogue: Catalogue) -> Callable[[str], str]:
    """A function from host to platform id, '' for none; it remembers the hosts it has seen lately."""

    @lru_cache(maxsize=65_536)
    def platform(host: str) -> str:
        found = catalogue.match(host)
        return found.platform if found else ""

    return platform
