"""Reads the captures of one sensor in order: capture, decode and flows, one behind the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from auditor.capture.read import read_capture
from auditor.decode.decoder import Decoder
from auditor.flows.naming import Namer
from auditor.identify.catalogue import Catalogue
from auditor.records import FlowSlices, Frames, Ledger, Observed
from auditor.stopwatch import NO_STOPWATCH, NoStopwatch


class SensorReader:
    """Open flows and what clients learnt from DNS go on from one capture to the next."""

    def __init__(self, catalogue: Catalogue, grace_s: int, stopwatch: NoStopwatch = NO_STOPWATCH) -> None:
        self._stopwatch = stopwatch
        self.ledger = Ledger()
        self._decoder = Decoder(self.ledger)
        self._open: Observed
        self._namer = Namer(platform_of(catalogue), catalogue.public_name, grace_s, self.ledger)

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
        number, stopwatch = self.number, self._stopwatch
        for frames in stopwatch.each("read and walk", read_capture(path, self.ledger, size)):
            stopwatch.count(len(frames.offset), int(frames.captured.sum()))
            if watch:
                watch(frames)
            for observed in stopwatch.each("packets, flows and names", self._decoder.feed(frames)):
                yield observed, self._name(observed, number)

    def _name(self, observed: Observed, number: int) -> FlowSlices:
        with self._stopwatch.stage("naming from DNS"):
            return self._namer.name(observed, number)

    def still_open(self) -> tuple[Observed, FlowSlices]:
        """The slices of the last capture's last minute, as they are so far."""
        copy = Observed(self._open.sightings, self._open.slices.copy(), self._open.names)
        return copy, self._namer.preview(copy)

    def close(self) -> None:
        """Nothing more comes for the slices that are open; the flows go on."""
        self._decoder.close_open()


def platform_of(catalogue: Catalogue) -> Callable[[str], str]:
    """A function from host to platform id, '' for none; it remembers the hosts it has seen lately."""

    @lru_cache(maxsize=65_536)
    def platform(host: str) -> str:
        found = catalogue.match(host)
        return found.platform if found else ""

    return platform
