"""`auditor extract`: the names and flows in captures, as tables; no district needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditor.capture.read import read_capture
from auditor.console import What
from auditor.decode.decoder import Decoder
from auditor.errors import BadInput, Problem
from auditor.identify.catalogue import load_catalogue
from auditor.jobs.sensor import SensorReader
from auditor.kernel.dtypes import DHCP, DNS_ANSWER, KIND_NAMES, QUIC, SOURCE_NAMES, TLS
from auditor.kernel.text import (
    LONGEST_ADDRESS,
    LONGEST_MAC,
    LONGEST_TIME,
    addresses_text,
    macs_text,
    times_text,
)
from auditor.records import FlowSlices, Ledger, Observed, RecordArray, path_text

Flags = npt.NDArray[np.bool_]

GRACE_S = 300  # a DNS answer is good for that long behind its TTL
ROWS_AT_ONCE = 8192  # rows are made into text so many at a time
PROTO_NAMES = {6: "tcp", 17: "udp"}


def extract(paths: Sequence[Path], what: What, ledger: Ledger) -> Iterator[pa.Table]:
    """The rows of each capture in the contract's columns; each capture stands for itself.

    Raises BadInput at the end for captures that can't be read; what the others hold has come by then.
    """
    read = {What.names: _names, What.flows: _flows}[what]
    problems: list[Problem] = []
    for path in paths:
        try:
            yield from read(path, ledger)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(problems)


def _names(path: Path, ledger: Ledger) -> Iterator[pa.Table]:
    decoder = Decoder(ledger)
    for frames in read_capture(path, ledger):
        for observed in decoder.feed(frames):
            yield _names_table(path_text(path), observed)
    yield _names_table(path_text(path), decoder.end_capture())  # no rows; the header of a table


def _flows(path: Path, ledger: Ledger) -> Iterator[pa.Table]:
    reader = SensorReader(load_catalogue(), GRACE_S)
    waiting: list[FlowSlices] = []
    count = 0
    for _, flows in reader.read(path):
        for start in range(0, max(len(flows.hosts), 1), ROWS_AT_ONCE):  # the last part is long
            piece = slice(start, start + ROWS_AT_ONCE)
            waiting.append(FlowSlices(flows.rows[piece], flows.hosts[piece]))
            count += len(waiting[-1].hosts)
            if count >= ROWS_AT_ONCE:
                yield _flows_table(path_text(path), waiting)
                waiting, count = [], 0
    if waiting:
        yield _flows_table(path_text(path), waiting)
    ledger.merge(reader.ledger)


def _texts(write: Callable[..., None], longest: int, *columns: RecordArray | int) -> pa.Array:
    """A column of text that the kernel writes; the first of `columns` says how many cells it has."""
    count = len(columns[0])  # type: ignore[arg-type]
    data, offset = np.empty(count * longest, np.uint8), np.zeros(count + 1, np.int32)
    write(*columns, data, offset)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offset), pa.py_buffer(data[: offset[-1]]))


def _addresses(rows: RecordArray, name: str) -> pa.Array:
    return _texts(addresses_text, LONGEST_ADDRESS, rows[f"{name}_hi"].copy(), rows[f"{name}_lo"].copy())


def _macs(column: RecordArray) -> pa.Array:
    return _texts(macs_text, LONGEST_MAC, column.copy())


def _times(nanoseconds: RecordArray) -> pa.Array:
    """UTC, ISO 8601, nine digits."""
    return _texts(times_text, LONGEST_TIME, nanoseconds.copy(), 1_000_000_000, 9)


def _minutes(minutes: RecordArray) -> pa.Array:
    return _texts(times_text, LONGEST_TIME, np.multiply(minutes, 60, dtype=np.int64), 1, 0)


def _numbers(column: RecordArray) -> pa.Array:
    """`pa.array` would do; it imports pandas, which takes longer than many a capture."""
    values = np.ascontiguousarray(column, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def _strings(texts: Sequence[str]) -> pa.Array:
    encoded = [text.encode() for text in texts]
    offset = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, encoded), np.int32, len(encoded)), out=offset[1:])
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(offset), pa.py_buffer(b"".join(encoded)))


def _flags(values: Flags, known: Flags) -> pa.Array:
    """True or false; null where not known."""
    bits = (np.packbits(column, bitorder="little") for column in (known, values))
    return pa.Array.from_buffers(pa.bool_(), len(values), [pa.py_buffer(packed) for packed in bits])


def _repeated(text: str, count: int) -> pa.Array:
    return _strings([text]).take(_numbers(np.zeros(count, np.int64)))


def _choice(codes: RecordArray, names: dict[int, str]) -> pa.Array:
    known = _strings([names.get(code, "") for code in range(max(names) + 1)])
    return known.take(_numbers(codes))


def _names_table(path: str, observed: Observed) -> pa.Table:
    rows = observed.sightings
    rows = rows[rows["kind"] <= DHCP]  # those behind it serve the naming of flows and of devices
    kinds = rows["kind"]
    names = observed.names
    hello = (kinds == TLS) | (kinds == QUIC)
    hosts = [names[number] if number >= 0 else "" for number in rows["name"].tolist()]
    answered = ((rows["ip_hi"] != 0) | (rows["ip_lo"] != 0)) | (kinds == DNS_ANSWER)
    ips = [
        text if shown else ""
        for text, shown in zip(_addresses(rows, "ip").to_pylist(), answered.tolist(), strict=True)
    ]
    return pa.table(
        {
            "file": _repeated(path, len(rows)),
            "frame": _numbers(rows["frame"]),
            "time": _times(rows["time_ns"]),
            "kind": _choice(kinds, dict(enumerate(KIND_NAMES))),
            "client_mac": _macs(rows["client_mac"]),
            "client": _addresses(rows, "client"),
            "client_port": _numbers(rows["client_port"]),
            "server": _addresses(rows, "server"),
            "server_port": _numbers(rows["server_port"]),
            "proto": _choice(rows["proto"], PROTO_NAMES),
            "host": _strings(hosts),
            "ip": _strings(ips),
            "mac": _macs(rows["mac"]),
            "ech": _flags(rows["ech"] == 1, hello),
        }
    )


def _flows_table(path: str, parts: list[FlowSlices]) -> pa.Table:
    rows = np.concatenate([part.rows for part in parts])
    return pa.table(
        {
            "file": _repeated(path, len(rows)),
            "minute": _minutes(rows["minute"]),
            "first": _times(rows["first_ns"]),
            "last": _times(rows["last_ns"]),
            "client_mac": _macs(rows["client_mac"]),
            "client": _addresses(rows, "client"),
            "client_port": _numbers(rows["client_port"]),
            "server": _addresses(rows, "server"),
            "server_port": _numbers(rows["server_port"]),
            "proto": _choice(rows["proto"], PROTO_NAMES),
            **{
                name: _numbers(rows[name])
                for name in ("bytes_up", "bytes_down", "packets_up", "packets_down")
            },
            "host": _strings([host for part in parts for host in part.hosts]),
            "name_source": _choice(rows["name_source"], dict(enumerate(SOURCE_NAMES))),
        }
    )
