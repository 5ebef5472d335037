"""What is kept on disk of connections that may go on in a sensor's next capture: their names, for the next run.

Who talks with whom is not in it: a connection is a keyed hash of its ends, and its name stands there only where the
catalogue lists it. Connections of students and guests are left out. The next run reads the last hour of captures
again, which gives it the connections themselves; here it finds what they were called before that.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from auditor import __version__
from auditor.jobs.activity import KEPT, UNLISTED, Activity
from auditor.records import FlowSlices, RecordArray

FORMAT = 1
UNLISTED_HOST = "unlisted.invalid"  # in place of a name that no platform has (RFC 6761, 6.4)
_FLOWS = pa.schema(
    [
        ("flow", pa.string()),  # keyed hash of both ends and the protocol
        ("client", pa.string()),  # keyed hash of the client's end, which says which one it is
        ("host", pa.string()),  # a platform's, UNLISTED_HOST, or "" where the connection stays without a name
        ("name_source", pa.int64()),
        ("frame", pa.int64()),  # that gave the name
        ("capture", pa.string()),  # SHA-256 of the capture that holds it
    ]
)


class Name(NamedTuple):
    """How a connection was named."""

    client: str
    host: str
    name_source: int
    frame: int
    capture: str


@dataclass(frozen=True, slots=True)
class Carried:
    """The names of a sensor's connections at the end of a capture."""

    capture: str  # SHA-256
    flows: dict[str, Name]  # by the connection's hash


def carried_bytes(
    capture: str,
    catalogue_version: str,
    key: bytes,
    flows: FlowSlices,
    activity: Activity,
    captures: list[str],
) -> bytes:
    """The names of open connections as a file; `captures` are the SHA-256 by number of capture."""
    columns: dict[str, list[object]] = {name: [] for name in _FLOWS.names}
    rows, told, fates = flows.rows, activity.is_told(flows), activity.fates(flows).tolist()
    for number, (fate, ends) in enumerate(zip(fates, _ends(key, rows), strict=True)):
        if not told[number]:
            continue
        row, host = rows[number], ""
        if fate in (KEPT, UNLISTED):
            host = flows.hosts[number] if fate == KEPT else UNLISTED_HOST
        columns["flow"].append(ends[0])
        columns["client"].append(ends[1])
        columns["host"].append(host)
        columns["name_source"].append(int(row["name_source"]))
        columns["frame"].append(int(row["name_frame"]))
        columns["capture"].append(captures[row["name_capture"]] if host else "")
    meta = {**_meta(catalogue_version), "capture": capture}
    table = pa.table(columns, schema=_FLOWS.with_metadata({"auditor": json.dumps(meta)}))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_carried(data: bytes, catalogue_version: str) -> Carried | None:
    """What `carried_bytes` wrote; None where it is damaged, or of another version of program or catalogue."""
    try:
        table = pq.read_table(pa.BufferReader(data))
        meta = json.loads(table.schema.metadata[b"auditor"])
        if {name: meta.get(name) for name in _meta(catalogue_version)} != _meta(catalogue_version):
            return None
        columns = [table[name].to_pylist() for name in _FLOWS.names]
        return Carried(meta["capture"], {flow: Name(*rest) for flow, *rest in zip(*columns, strict=True)})
    except (pa.ArrowException, KeyError, TypeError, ValueError):
        return None


def recalled(carried: Carried, key: bytes, rows: RecordArray) -> Iterator[tuple[int, Name, bool]]:
    """Of flows that go on: the number, the name, and whether the client was the other end."""
    for flow, (ends, client) in zip(rows["flow"].tolist(), _ends(key, rows), strict=True):
        name = carried.flows.get(ends)
        if name is not None:
            yield flow, name, name.client != client


def _meta(catalogue_version: str) -> dict[str, object]:
    return {"format": FORMAT, "program": __version__, "catalogue": catalogue_version}


def _ends(key: bytes, rows: RecordArray) -> Iterator[tuple[str, str]]:
    """The keyed hashes of each row's connection and of its client's end."""
    own = hmac.digest(key, b"open connections", "sha256")
    columns = ("client_hi", "client_lo", "client_port", "server_hi", "server_lo", "server_port", "proto")
    for *ends, proto in zip(*(rows[name].tolist() for name in columns), strict=True):
        client, server = tuple(ends[:3]), tuple(ends[3:])
        both = f"{proto} {sorted((client, server))}"
        yield _digest(own, both), _digest(own, f"client {client} of {both}")


def _digest(key: bytes, text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16, key=key).hexdigest()
