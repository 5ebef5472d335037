"""The rows of `auditor extract` as tables, in the contract's columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.jobs.columns import addresses, choice, flags, macs, minutes, numbers, repeated, strings, times
from auditor.kernel.dtypes import DHCP, DNS_ANSWER, KIND_NAMES, QUIC, SOURCE_NAMES, TLS
from auditor.records import FlowSlices, Observed

PROTO_NAMES = {6: "tcp", 17: "udp"}


def names_table(path: str, observed: Observed) -> pa.Table:
    rows = observed.sightings
    rows = rows[rows["kind"] <= DHCP]  # those behind it serve the naming of flows and of devices
    kinds = rows["kind"]
    names = observed.names
    hello = (kinds == TLS) | (kinds == QUIC)
    hosts = [names[number] if number >= 0 else "" for number in rows["name"].tolist()]
    answered = ((rows["ip_hi"] != 0) | (rows["ip_lo"] != 0)) | (kinds == DNS_ANSWER)
    ips = [
        text if shown else ""
        for text, shown in zip(addresses(rows, "ip").to_pylist(), answered.tolist(), strict=True)
    ]
    return pa.table(
        {
            "file": repeated(path, len(rows)),
            "frame": numbers(rows["frame"]),
            "time": times(rows["time_ns"]),
            "kind": choice(kinds, dict(enumerate(KIND_NAMES))),
            "client_mac": macs(rows["client_mac"]),
            "client": addresses(rows, "client"),
            "client_port": numbers(rows["client_port"]),
            "server": addresses(rows, "server"),
            "server_port": numbers(rows["server_port"]),
            "proto": choice(rows["proto"], PROTO_NAMES),
            "host": strings(hosts),
            "ip": strings(ips),
            "mac": macs(rows["mac"]),
            "ech": flags(rows["ech"] == 1, hello),
        }
    )


def flows_table(path: str, parts: Sequence[FlowSlices], columns: Sequence[str]) -> pa.Table:
    rows = np.concatenate([part.rows for part in parts])
    hosts = [host for part in parts for host in part.hosts]
    cells = [
        repeated(path, len(rows)),
        minutes(rows["minute"]),
        times(rows["first_ns"]),
        times(rows["last_ns"]),
        macs(rows["client_mac"]),
        addresses(rows, "client"),
        numbers(rows["client_port"]),
        addresses(rows, "server"),
        numbers(rows["server_port"]),
        choice(rows["proto"], PROTO_NAMES),
        *(numbers(rows[name]) for name in ("bytes_up", "bytes_down", "packets_up", "packets_down")),
        strings(hosts),
        choice(rows["name_source"], dict(enumerate(SOURCE_NAMES))),
    ]
    return pa.table(dict(zip(columns, cells, strict=True)))
