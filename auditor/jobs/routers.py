"""MAC addresses that carry more addresses than one device has: a router stands between the clients and the sensor.

A device has one IPv4 address at a time, and many of IPv6 that change (RFC 8981), in few networks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

import numpy as np

from auditor.errors import Problem
from auditor.policy.clock import local_day
from auditor.records import RecordArray, address_text

MOST_V4 = 16  # of one device in a day, as it goes from network to network
MOST_V6_NETWORKS = 16  # /64
MOST_V6 = 256
MOST_MACS = 1 << 15  # looked at in a capture
MEASURE = "bytes_by_routers"
_PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
_FROM = np.dtype([("quarter", "i8"), ("mac", "u8"), ("hi", "u8"), ("lo", "u8")])


class Routers:
    """The client addresses of each MAC of one capture, as far as they are needed."""

    def __init__(self, networks: tuple[str, ...], zone: str) -> None:
        """`networks` are the clients'; where none are listed, private addresses are looked at: others may be those of
        hosts outside who call in."""
        self._networks = [ip_network(text) for text in networks] or list(_PRIVATE)
        self._zone = zone
        self._is_clients = lru_cache(maxsize=65_536)(self._in_networks)
        self._addresses: defaultdict[int, tuple[set[int], set[int], set[int]]] = defaultdict(
            lambda: (set(), set(), set())
        )
        self._bytes: defaultdict[int, Counter[date]] = defaultdict(Counter)

    def count(self, rows: RecordArray) -> None:
        """Takes slices of flows."""
        seen = rows[rows["client_mac"] != 0]
        if not len(seen):
            return
        keys = np.zeros(len(seen), _FROM)
        keys["quarter"], keys["mac"] = seen["minute"] // 15, seen["client_mac"]
        keys["hi"], keys["lo"] = seen["client_hi"], seen["client_lo"]
        distinct, group = np.unique(keys, return_inverse=True)
        sizes = np.zeros(len(distinct), np.int64)
        np.add.at(sizes, group, seen["bytes_up"] + seen["bytes_down"])
        for (quarter, mac, hi, lo), size in zip(distinct.tolist(), sizes.tolist(), strict=True):
            if self._is_clients(hi, lo) and (mac in self._addresses or len(self._addresses) < MOST_MACS):
                self._add(mac, hi, lo)
                self._bytes[mac][local_day(quarter * 15, self._zone)] += size

    def bytes_by_day(self) -> Counter[date]:
        """What was exchanged by MACs that carry too many addresses."""
        found: Counter[date] = Counter()
        for mac, (v4, nets, v6) in self._addresses.items():
            if len(v4) > MOST_V4 or len(nets) > MOST_V6_NETWORKS or len(v6) > MOST_V6:
                found += self._bytes[mac]
        return found

    def _add(self, mac: int, hi: int, lo: int) -> None:
        v4, nets, v6 = self._addresses[mac]
        if hi == 0 and lo >> 32 == 0xFFFF:
            if len(v4) <= MOST_V4:
                v4.add(lo)
            return
        if len(nets) <= MOST_V6_NETWORKS:
            nets.add(hi)
        if len(v6) <= MOST_V6:
            v6.add(hash((hi, lo)))

    def _in_networks(self, hi: int, lo: int) -> bool:
        address = ip_address(address_text(hi, lo))
        return any(address in network for network in self._networks if network.version == address.version)


def router_problems(coverage: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """A warning for each sensor at which routers stand before clients; `coverage` as the warehouse gives it."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in coverage:
        sums[row["sensor"]][row["measure"]] += row["value"]
    shares = {sensor: counts[MEASURE] / max(counts["bytes"], 1) for sensor, counts in sums.items()}
    why = "of its traffic came from MAC addresses that carry more addresses than one device has"
    hint = (
        "set sees_client_mac = false and the clients' networks, and put the server's lease files into leases/"
    )
    return [
        Problem(
            "auditor.toml",
            f"sensor `{sensor}`: {share:.0%} {why}: a router stands between it and the clients",
            hint,
            "warning",
        )
        for sensor, share in sorted(shares.items())
        if share
    ]
