"""`auditor extract`: the names and flows in captures, as tables; no district needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.capture.read import read_capture
from auditor.console import What
from auditor.decode.decoder import Decoder
from auditor.errors import BadInput, Problem
from auditor.identify.catalogue import load_catalogue
from auditor.kernel.dtypes import DNS_ANSWER, DNS_ECH, KIND_NAMES, QUIC, SOURCE_NAMES, TLS
from auditor.records import FlowSlices, Ledger, Observed, RecordArray, address_text, mac_text, path_text
from auditor.sensor import SensorReader

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
    decoder, texts = Decoder(ledger), _Texts()
    for frames in read_capture(path, ledger):
        for observed in decoder.feed(frames):
            yield _names_table(path_text(path), observed, texts)
    yield _names_table(path_text(path), decoder.end_capture(), texts)  # no rows; the header of a table


def _flows(path: Path, ledger: Ledger) -> Iterator[pa.Table]:
    reader, texts = SensorReader(load_catalogue(), GRACE_S), _Texts()
    waiting: list[FlowSlices] = []
    for _, flows in reader.read(path):
        waiting.append(flows)
        if sum(len(part.hosts) for part in waiting) >= ROWS_AT_ONCE:
            yield _flows_table(path_text(path), waiting, texts)
            waiting = []
    if waiting:
        yield _flows_table(path_text(path), waiting, texts)
    ledger.merge(reader.ledger)


class _Texts:
    """Addresses as text, each made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], str] = {}
        self._mac = lru_cache(maxsize=65_536)(mac_text)

    def macs(self, numbers: RecordArray) -> list[str]:
        return [self._mac(number) for number in numbers.tolist()]

    def addresses(self, rows: RecordArray, name: str) -> list[str]:
        if len(self._known) > 1 << 20:
            self._known.clear()
        known, texts = self._known, []
        for pair in zip(rows[f"{name}_hi"].tolist(), rows[f"{name}_lo"].tolist(), strict=True):
            text = known.get(pair)
            if text is None:
                text = known[pair] = address_text(*pair)
            texts.append(text)
        return texts


def _times(times: RecordArray, unit: str = "ns") -> pa.Array:
    """UTC, ISO 8601: nine digits of a second, or none."""
    texts = np.datetime_as_string(times.astype(f"datetime64[{unit}]"))
    return pc.binary_join_element_wise(pa.array(texts, pa.string()), "Z", "")


def _choice(codes: RecordArray, names: dict[int, str]) -> list[str]:
    return [names[code] for code in codes.tolist()]


def _names_table(path: str, observed: Observed, texts: _Texts) -> pa.Table:
    rows = observed.sightings
    rows = rows[(rows["kind"] != DNS_ECH)]
    kinds = rows["kind"]
    names = observed.names
    hello = (kinds == TLS) | (kinds == QUIC)
    hosts = [names[number] if number >= 0 else "" for number in rows["name"].tolist()]
    answered = ((rows["ip_hi"] != 0) | (rows["ip_lo"] != 0)) | (kinds == DNS_ANSWER)
    ips = [
        text if shown else ""
        for text, shown in zip(texts.addresses(rows, "ip"), answered.tolist(), strict=True)
    ]
    ech = [
        ("true" if flag else "false") if shown else ""
        for flag, shown in zip(rows["ech"].tolist(), hello.tolist(), strict=True)
    ]
    return pa.table(
        {
            "file": pa.repeat(path, len(rows)),
            "frame": rows["frame"],
            "time": _times(rows["time_ns"]),
            "kind": _choice(kinds, dict(enumerate(KIND_NAMES))),
            "client_mac": texts.macs(rows["client_mac"]),
            "client": texts.addresses(rows, "client"),
            "client_port": rows["client_port"],
            "server": texts.addresses(rows, "server"),
            "server_port": rows["server_port"],
            "proto": _choice(rows["proto"], PROTO_NAMES),
            "host": hosts,
            "ip": ips,
            "mac": texts.macs(rows["mac"]),
            "ech": ech,
        }
    )


def _flows_table(path: str, parts: list[FlowSlices], texts: _Texts) -> pa.Table:
    rows = np.concatenate([part.rows for part in parts])
    return pa.table(
        {
            "file": pa.repeat(path, len(rows)),
            "minute": _times(rows["minute"] * 60, "s"),
            "first": _times(rows["first_ns"]),
            "last": _times(rows["last_ns"]),
            "client_mac": texts.macs(rows["client_mac"]),
            "client": texts.addresses(rows, "client"),
            "client_port": rows["client_port"],
            "server": texts.addresses(rows, "server"),
            "server_port": rows["server_port"],
            "proto": _choice(rows["proto"], PROTO_NAMES),
            **{
                name: rows[name].astype(np.int64)
                for name in ("bytes_up", "bytes_down", "packets_up", "packets_down")
            },
            "host": [host for part in parts for host in part.hosts],
            "name_source": _choice(rows["name_source"], dict(enumerate(SOURCE_NAMES))),
        }
    )
