"""Runs a decoder over frames and gives what it saw as plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from made_captures import Stamped

from auditor.decode.decoder import Decoder
from auditor.kernel.dtypes import KIND_NAMES, SOURCE_NAMES
from auditor.records import Frames, Ledger, Observed, address_text, mac_text


class Seen(NamedTuple):
    """A sighting."""

    frame: int
    kind: str
    host: str
    client: str
    client_port: int
    server: str
    ip: str
    ech: bool
    client_mac: str


class Slice(NamedTuple):
    """A flow's slice."""

    flow: int
    minute: int
    client: str
    client_port: int
    server: str
    server_port: int
    proto: int
    packets_up: int
    packets_down: int
    bytes_up: int
    bytes_down: int
    host: str
    source: str
    begins: bool
    client_mac: str
    name_frame: int


def frames_of(
    stamped: Sequence[Stamped],
    link: int | Sequence[int] = 1,
    first: int = 1,
    wire: Sequence[int] | None = None,
) -> Frames:
    """The frames one behind the other in one buffer, with nothing behind the last."""
    sizes = np.array([len(data) for _, data in stamped], np.int64)
    return Frames(
        data=np.frombuffer(b"".join(data for _, data in stamped), np.uint8),
        offset=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
        captured=sizes,
        wire=sizes if wire is None else np.array(wire, np.int64),
        time_ns=np.array([time for time, _ in stamped], np.int64),
        link=np.broadcast_to(np.asarray(link, np.int64), len(stamped)).copy(),
        first=first,
    )


def read(
    stamped: Sequence[Stamped],
    link: int | Sequence[int] = 1,
    decoder: Decoder | None = None,
    block: int = 1 << 30,
) -> tuple[list[Seen], list[Slice]]:
    """What a decoder (by default a new one) says of a capture fed in blocks of so many frames."""
    decoder = decoder or Decoder(Ledger())
    seen: list[Seen] = []
    slices: list[Slice] = []
    for start in range(0, len(stamped), block):
        for observed in decoder.feed(frames_of(stamped[start : start + block], link, first=start + 1)):
            seen += sightings(observed)
            slices += slices_of(observed)
    slices += slices_of(decoder.end_capture())
    return seen, slices


def sightings(observed: Observed) -> Iterable[Seen]:
    for row in observed.sightings:
        has_ip = row["ip_hi"] or row["ip_lo"]
        yield Seen(
            int(row["frame"]), KIND_NAMES[row["kind"]], _text(observed, row),
            _address(row, "client"), int(row["client_port"]), _address(row, "server"),
            _address(row, "ip") if has_ip else "", bool(row["ech"]), mac_text(int(row["client_mac"])),
        )  # fmt: skip


def slices_of(observed: Observed) -> Iterable[Slice]:
    for row in observed.slices:
        yield Slice(
            int(row["flow"]), int(row["minute"]), _address(row, "client"), int(row["client_port"]),
            _address(row, "server"), int(row["server_port"]), int(row["proto"]),
            int(row["packets_up"]), int(row["packets_down"]), int(row["bytes_up"]), int(row["bytes_down"]),
            _text(observed, row), SOURCE_NAMES[row["name_source"]], bool(row["begins"]),
            mac_text(int(row["client_mac"])), int(row["name_frame"]),
        )  # fmt: skip


def hosts(seen: Iterable[Seen], kind: str) -> list[str]:
    """The hosts of one kind of sighting, in order."""
    return [row.host for row in seen if row.kind == kind]


def _text(observed: Observed, row: Any) -> str:
    return observed.names[row["name"]] if row["name"] >= 0 else ""


def _address(row: Any, name: str) -> str:
    return address_text(int(row[f"{name}_hi"]), int(row[f"{name}_lo"]))
