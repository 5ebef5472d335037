"""`auditor extract`: the names and flows in captures, as tables; no district needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.capture.read import read_capture
from auditor.console import What
from auditor.decode.decoder import Decoder
from auditor.errors import BadInput, Problem
from auditor.identify.catalogue import load_catalogue
from auditor.jobs.flow_lines import FlowLines
from auditor.jobs.sensor import SensorReader
from auditor.records import FlowSlices, Ledger, Observed, path_text
from auditor.stopwatch import NO_STOPWATCH, NoStopwatch

if TYPE_CHECKING:
    import pyarrow as pa

GRACE_S = 300  # a DNS answer is good for that long behind its TTL
ROWS_AT_ONCE = 8192  # rows are made into text so many at a time
FLOW_COLUMNS = (
    "file", "minute", "first", "last", "client_mac", "client", "client_port", "server", "server_port", "proto",
    "bytes_up", "bytes_down", "packets_up", "packets_down", "host", "name_source",
)  # fmt: skip

Read = Callable[[Path, Ledger, NoStopwatch], Iterator["NameRows | FlowRows"]]


def extract(
    paths: Sequence[Path], what: What, ledger: Ledger, stopwatch: NoStopwatch = NO_STOPWATCH
) -> Iterator[NameRows | FlowRows]:
    """The rows of each capture in the contract's columns; each capture stands for itself.

    Raises BadInput at the end for captures that can't be read; what the others hold has come by then.
    """
    read: Read = _names if what is What.names else _flows
    problems: list[Problem] = []
    for path in paths:
        try:
            yield from read(path, ledger, stopwatch)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)


def _names(path: Path, ledger: Ledger, stopwatch: NoStopwatch) -> Iterator[NameRows]:
    decoder = Decoder(ledger)
    for frames in stopwatch.each("read and walk", read_capture(path, ledger)):
        stopwatch.count(len(frames.offset), int(frames.captured.sum()))
        for observed in stopwatch.each("packets, flows and names", decoder.feed(frames)):
            yield NameRows(path_text(path), observed)
    yield NameRows(path_text(path), decoder.end_capture())  # no rows; the header of a table


def _flows(path: Path, ledger: Ledger, stopwatch: NoStopwatch) -> Iterator[FlowRows]:
    with stopwatch.stage("catalogue"):
        catalogue = load_catalogue()
    reader = SensorReader(catalogue, GRACE_S, stopwatch)
    name, lines = path_text(path), FlowLines(path_text(path))
    waiting: list[FlowSlices] = []
    count = 0
    for _, flows in reader.read(path):
        for start in range(0, max(len(flows.rows), 1), ROWS_AT_ONCE):  # the last part is long
            waiting.append(replace(flows, rows=flows.rows[start : start + ROWS_AT_ONCE]))
            count += len(waiting[-1].rows)
            if count >= ROWS_AT_ONCE:
                yield FlowRows(name, waiting, lines)
                waiting, count = [], 0
    if waiting:
        yield FlowRows(name, waiting, lines)
    ledger.merge(reader.ledger)


class NameRows:
    """The sightings of a part of a capture as rows."""

    def __init__(self, path: str, observed: Observed) -> None:
        self._path, self._observed = path, observed

    def table(self) -> pa.Table:
        from auditor.jobs.rows import names_table  # pyarrow is slow to import

        return names_table(self._path, self._observed)


class FlowRows:
    """Flow slices of a capture as rows: a table, or lines of CSV without one."""

    columns = FLOW_COLUMNS

    def __init__(self, path: str, parts: list[FlowSlices], lines: FlowLines) -> None:
        self._path, self._parts, self._lines = path, parts, lines

    def csv(self) -> str:
        return self._lines.of(self._parts)

    def table(self) -> pa.Table:
        from auditor.jobs.rows import flows_table

        return flows_table(self._path, self._parts, self.columns)
