"""From named flow slices to what the warehouse keeps: traffic of platforms by minute, device and host.

Everything else is counted and dropped here: hosts outside the catalogue, students, guests.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from ipaddress import ip_address, ip_network

import numpy as np
import pyarrow as pa

from auditor import pseudonym
from auditor.district import District
from auditor.district.settings import SensorSection
from auditor.identify.catalogue import Catalogue
from auditor.jobs import blind
from auditor.jobs.carriers import Carriers
from auditor.jobs.holdings import Evidence, Holdings
from auditor.jobs.holds import Lease
from auditor.jobs.leases import LeaseBook
from auditor.jobs.routers import MEASURE as BY_ROUTERS
from auditor.jobs.routers import Routers
from auditor.kernel.dtypes import ARP_CLAIM, DHCP, DHCPV6, KIND_NAMES, ND_CLAIM, SOURCE_NAMES
from auditor.policy.clock import local_day
from auditor.records import (
    FlowSlices,
    HostMatch,
    IntArray,
    Ledger,
    Observed,
    RecordArray,
    address_text,
    mac_text,
)
from auditor.warehouse import tables

LOCAL_BIT = 0x02_00_00_00_00_00  # of a MAC: locally administered, as randomised ones are (IEEE 802, 8.4.4)
INFORM_HOLDS_S = 3600  # an ACK to a DHCPINFORM says who has an address, not until when
MINUTE_NS = 60_000_000_000
HOLDING_KINDS = (DHCP, DHCPV6, ARP_CLAIM, ND_CLAIM)  # sightings that tie a MAC to an address
# DNS, DHCP, NTP, NetBIOS, SSDP, mDNS, LLMNR: the network's own talk, which needs no name
HOUSEKEEPING_PORTS = (53, 67, 68, 123, 137, 138, 546, 547, 1900, 5353, 5355)

# Rows that are added to: 60 MB. Fuller, they become columns (some 200 bytes a row until the capture is written), and
# later traffic of the same minute a row of its own.
MOST_ROWS = 1 << 17

# what becomes of a slice
KEPT, STUDENT, GUEST, OUTSIDE, HOUSEKEEPING, UNNAMED, UNLISTED = range(7)
FATES = ("kept", "student", "guest", "outside", "housekeeping", "unnamed", "unlisted")

# minute, client key, address key, randomised, host, name source, seen through
Key = tuple[int, str, str, bool, str, str, str]


class Activity:
    """What one capture adds to the warehouse."""

    def __init__(
        self, district: District, sensor: SensorSection, catalogue: Catalogue, key: bytes, book: LeaseBook
    ) -> None:
        self._zone = district.timezone
        self._sensor, self._sensors = sensor, district.settings.sensors
        self._key = key
        self._book = book
        self._networks = [ip_network(text) for text in sensor.networks]
        self._match = lru_cache(maxsize=65_536)(catalogue.match)
        self._inside = lru_cache(maxsize=65_536)(self._is_inside)
        self._address_key = lru_cache(maxsize=65_536)(self._key_of_address)
        self._client_key = lru_cache(maxsize=65_536)(self._key_of_client)
        self._holdings = Holdings(book)
        self._without_mac: set[str] = set()  # addresses of rows that are kept
        self._carriers = Carriers(sensor.networks, district.timezone)
        self._routers = Routers(sensor.networks, district.timezone)
        self._day = lru_cache(maxsize=1024)(lambda quarter: local_day(quarter * 15, self._zone))
        self._rows: dict[Key, list[int]] = {}
        self._parts: list[pa.Table] = []
        self._coverage: defaultdict[date, Counter[str]] = defaultdict(Counter)

    def add(self, observed: Observed, flows: FlowSlices, captures: list[str]) -> None:
        """Takes one part of a capture; `captures` are the SHA-256 by number of capture."""
        self._add_holdings(observed, captures[-1])
        rows, hosts = flows.rows, flows.hosts
        fates = self.fates(flows)
        self._count(rows, fates)
        self._carriers.count(rows, self._coverage)
        if self._sensor.sees_client_mac:
            self._routers.count(rows)
        self._count_tunnels(rows, hosts, fates)
        self._count_apart(observed)
        for number in np.flatnonzero(fates == KEPT).tolist():
            self._keep(rows[number], hosts[number], captures)
        if len(self._rows) >= MOST_ROWS:
            self._parts.append(self._part())
            self._rows = {}

    def fates(self, flows: FlowSlices) -> IntArray:
        """What becomes of each slice: an index of FATES."""
        return np.array([self._fate(*row) for row in self._clients(flows.rows, flows.hosts)], np.int64)

    def is_told(self, flows: FlowSlices) -> list[bool]:
        """Whether anything may be stored of each slice's client: students, guests and others' are only counted."""
        return [self._whose(*row[1:5]) == KEPT for row in self._clients(flows.rows, flows.hosts)]

    def coverage(self) -> dict[date, dict[str, int]]:
        """What was counted, by local day."""
        routed = self._routers.bytes_by_day()
        return {
            day: dict(counts) | ({BY_ROUTERS: routed[day]} if routed[day] else {})
            for day, counts in self._coverage.items()
        }

    def table(self) -> pa.Table:
        """What is kept, in the columns of the warehouse's `activity`, with `day`."""
        return pa.concat_tables([*self._parts, self._part()])

    def _part(self) -> pa.Table:
        keys = list(self._rows)
        matches = [self._listed(key[4]) for key in keys]
        columns: dict[str, object] = {
            "day": [local_day(key[0], self._zone).isoformat() for key in keys],
            "minute": [key[0] for key in keys],
            "site": [self._sensor.site] * len(keys),
            "client_key": [key[1] for key in keys],
            "address_key": [key[2] for key in keys],
            "randomised": [key[3] for key in keys],
            "platform": [match.platform for match in matches],
            "category": [match.category for match in matches],
            "evidence": [match.evidence for match in matches],
            "host": [key[4] for key in keys],
            "name_source": [key[5] for key in keys],
            "reference": [match.reference for match in matches],
            "seen_through": [key[6] for key in keys],
        }
        for place, name in enumerate(("bytes_up", "bytes_down", "packets", "flows", "frame", "capture")):
            columns[name] = [row[place] for row in self._rows.values()]
        return pa.table(columns, schema=pa.schema([("day", pa.string()), *tables.ACTIVITY]))

    def _clients(
        self, rows: RecordArray, hosts: list[str]
    ) -> Iterator[tuple[str, int, int, int, int, int, int]]:
        macs = rows["client_mac"] if self._sensor.sees_client_mac else np.zeros_like(rows["client_mac"])
        names = ("client_hi", "client_lo", "minute", "client_port", "server_port")
        return zip(hosts, macs.tolist(), *(rows[name].tolist() for name in names), strict=True)

    def _fate(self, host: str, mac: int, hi: int, lo: int, minute: int, port: int, server_port: int) -> int:
        if not host and (port in HOUSEKEEPING_PORTS or server_port in HOUSEKEEPING_PORTS):
            return HOUSEKEEPING
        whose = self._whose(mac, hi, lo, minute)
        if whose != KEPT:
            return whose
        if not host:
            return UNNAMED
        return KEPT if self._match(host) else UNLISTED

    def _whose(self, mac: int, hi: int, lo: int, minute: int) -> int:
        """Of what becomes of a slice, what its client decides alone."""
        if not self._inside(hi, lo):
            return OUTSIDE
        owner = self._book.owner(self._client_key(mac), self._address_key(hi, lo), minute)
        return {"student": STUDENT, "guest": GUEST}.get(owner, KEPT)

    def _count(self, rows: RecordArray, fates: IntArray) -> None:
        if not len(rows):
            return
        quarters, quarter_of = np.unique(
            rows["minute"] // 15, return_inverse=True
        )  # zones differ by quarters of hours
        sizes = rows["bytes_up"] + rows["bytes_down"]
        packets = rows["packets_up"] + rows["packets_down"]
        for number, quarter in enumerate(quarters.tolist()):
            of_quarter = quarter_of == number
            counts = self._coverage[self._day(quarter)]
            counts["frames"] += int(packets[of_quarter].sum())
            counts["flows"] += int(rows["begins"][of_quarter].sum())
            counts["bytes"] += int(sizes[of_quarter].sum())
            for fate in np.unique(fates[of_quarter]).tolist():
                chosen = of_quarter & (fates == fate)
                counts[f"flows_{FATES[fate]}"] += int(rows["begins"][chosen].sum())
                counts[f"bytes_{FATES[fate]}"] += int(sizes[chosen].sum())
            lossy = of_quarter & (rows["unseen"] > 0)
            if lossy.any():
                counts["bytes_unseen"] += int(rows["unseen"][lossy].sum())
                one_sided = lossy & ((rows["packets_up"] == 0) | (rows["packets_down"] == 0))
                counts["bytes_unseen_one_sided"] += int(rows["unseen"][one_sided].sum())

    def _count_tunnels(self, rows: RecordArray, hosts: list[str], fates: IntArray) -> None:
        """Counts tunnels of those whose traffic is looked into. `bytes_tunnel` are those with a name: the others are
        among the unnamed."""
        looked_into = np.isin(fates, (KEPT, UNNAMED, UNLISTED))
        for number in blind.may_be_tunnel(rows, fates == KEPT).tolist():
            row, host = rows[number], hosts[number]
            kind = (
                blind.tunnel_of(row, host, self._match(host) if host else None) if looked_into[number] else ""
            )
            if not kind:
                continue
            counts = self._coverage[self._day(int(row["minute"]) // 15)]
            sums = [f"_tunnel_{kind}", "_tunnel"] if host else [f"_tunnel_{kind}"]
            for measure in sums:
                counts[f"bytes{measure}"] += int(row["bytes_up"]) + int(row["bytes_down"])
                counts[f"flows{measure}"] += int(row["begins"])

    def _count_apart(self, observed: Observed) -> None:
        for (minute, measure), count in (blind.canaries(observed) + blind.apart(observed)).items():
            self._coverage[self._day(minute // 15)][measure] += count

    def _keep(self, row: np.void, host: str, captures: list[str]) -> None:
        mac = int(row["client_mac"]) if self._sensor.sees_client_mac else 0
        minute = int(row["minute"])
        key = (
            minute,
            self._client_key(mac),
            self._address_key(int(row["client_hi"]), int(row["client_lo"])),
            bool(mac & LOCAL_BIT),
            host,
            SOURCE_NAMES[row["name_source"]],
            self._carriers.name(row),
        )
        if not key[1]:
            self._without_mac.add(key[2])
        up, down = int(row["bytes_up"]), int(row["bytes_down"])
        capture, frame = captures[row["name_capture"]], int(row["name_frame"])
        packets = int(row["packets_up"]) + int(row["packets_down"])
        known = self._rows.get(key)
        if known is None:
            self._rows[key] = [up, down, packets, 1, frame, capture]
        else:
            for place, value in enumerate((up, down, packets, 1)):
                known[place] += value

    def _add_holdings(self, observed: Observed, capture: str) -> None:
        for row in observed.sightings[np.isin(observed.sightings["kind"], HOLDING_KINDS)]:
            kind, (minute, rest_ns) = int(row["kind"]), divmod(int(row["time_ns"]), MINUTE_NS)
            hi, lo = int(row["client_hi"]), int(row["client_lo"])
            keys = self._client_key(int(row["mac"])), self._address_key(hi, lo)
            hidden = bool(int(row["mac"]) & LOCAL_BIT)
            evidence = Evidence(
                capture, int(row["frame"]), KIND_NAMES[kind], rest_ns // 1_000_000_000, hidden
            )
            if kind in (DHCP, DHCPV6):
                self._holdings.grant(minute, int(row["ttl_s"] or INFORM_HOLDS_S), *keys, evidence)
            elif self._inside(hi, lo):
                self._holdings.claim(minute, *keys, evidence)

    def leases(self, last_minute: Activity) -> list[Lease]:
        """Who had which address. Claims only where they can matter: for addresses that were seen without a MAC,
        here or in the capture's last minute, or for all where a sensor of the district sees none."""
        without_mac = self._without_mac | last_minute._without_mac
        all_see = all(sensor.sees_client_mac for sensor in self._sensors)
        held = self._holdings.leases(lambda address_key: not all_see or address_key in without_mac)
        return self._book.kept(held)

    def note_into(self, ledger: Ledger) -> None:
        """Adds what was left out of `leases`."""
        ledger.add("leases and claims of addresses passed over, too many", self._holdings.passed_over)
        ledger.add("devices that claim too many addresses to be known by them", self._holdings.stand_ins)

    def _is_inside(self, hi: int, lo: int) -> bool:
        """Whether an address is a client's of this sensor; IP versions without a network listed are not asked."""
        address = ip_address(address_text(hi, lo))
        networks = [network for network in self._networks if network.version == address.version]
        return not networks or any(address in network for network in networks)

    def _key_of_address(self, hi: int, lo: int) -> str:
        return pseudonym.address(self._key, address_text(hi, lo))

    def _key_of_client(self, mac: int) -> str:
        return pseudonym.client(self._key, mac_text(mac)) if mac else ""

    def _listed(self, host: str) -> HostMatch:
        match = self._match(host)
        assert match is not None, "only listed hosts are kept"
        return match
