"""Which access point or tunnel end carried a connection, and how much each of them carried."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from ipaddress import ip_address, ip_network

import numpy as np

from auditor.policy.clock import local_day
from auditor.records import RecordArray, address_text

MOST_CARRIERS = 256  # counted apart in one capture
OTHERS = "others"  # further ones, and those that may not be named
_CARRIED = np.dtype([("quarter", "i8"), ("hi", "u8"), ("lo", "u8"), ("bridged", "?")])


class Carriers:
    """The carriers of one sensor's connections; `networks` are its clients'."""

    def __init__(self, networks: Sequence[str], zone: str) -> None:
        self._networks = [ip_network(text) for text in networks]
        self._zone = zone
        self._counted: set[str] = set()
        self._name = lru_cache(maxsize=65_536)(self._name_of)

    def name(self, row: np.void) -> str:
        """The address of an access point or tunnel end, '' where there is none or it may be a client's own: the
        tunnel carries bare IP and not whole frames, or the sensor's networks of clients hold the address."""
        return self._name(int(row["outer_hi"]), int(row["outer_lo"]), bool(row["client_mac"]))

    def count(self, rows: RecordArray, coverage: defaultdict[date, Counter[str]]) -> None:
        """Adds connections and bytes of slices by carrier and local day, as `flows_through ADDRESS` and so on."""
        carried = rows[(rows["outer_hi"] != 0) | (rows["outer_lo"] != 0)]
        if not len(carried):
            return
        keys = np.zeros(len(carried), _CARRIED)
        keys["quarter"] = carried["minute"] // 15  # zones differ by quarters of hours
        keys["hi"], keys["lo"], keys["bridged"] = (
            carried["outer_hi"],
            carried["outer_lo"],
            carried["client_mac"] != 0,
        )
        distinct, group = np.unique(keys, return_inverse=True)
        flows, sizes = np.zeros((2, len(distinct)), np.int64)
        np.add.at(flows, group, carried["begins"])
        np.add.at(sizes, group, carried["bytes_up"] + carried["bytes_down"])
        for (quarter, *end), count, size in zip(
            distinct.tolist(), flows.tolist(), sizes.tolist(), strict=True
        ):
            name = self._name(*end)
            if name and len(self._counted) < MOST_CARRIERS:
                self._counted.add(name)
            name = name if name in self._counted else OTHERS
            counts = coverage[local_day(quarter * 15, self._zone)]
            counts[f"flows_through {name}"] += count
            counts[f"bytes_through {name}"] += size

    def _name_of(self, hi: int, lo: int, bridged: bool) -> str:
        address = ip_address(address_text(hi, lo))
        if not (hi or lo) or not bridged or any(address in network for network in self._networks):
            return ""
        return str(address)
