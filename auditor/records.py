"""Every type that crosses a border between stages, in pipeline order."""

from __future__ import annotations

import ipaddress
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from auditor.kernel.dtypes import COUNTED, NO_NAME, SOURCE_DNS

ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
RecordArray = npt.NDArray[np.void]


V4_MAPPED = 0xFFFF << 32  # ::ffff:0:0/96 (RFC 4291, 2.5.5.2), lower half


def address_halves(ip: str) -> tuple[int, int]:
    """An IP address as the two halves of a 128-bit number, IPv4 mapped into IPv6."""
    address = ipaddress.ip_address(ip)
    number = int(address) | V4_MAPPED if address.version == 4 else int(address)
    return number >> 64, number & 0xFFFFFFFFFFFFFFFF


def address_text(hi: int, lo: int) -> str:
    """The canonical text of an address in halves."""
    if hi == 0 and lo >> 32 == 0xFFFF:
        return f"{lo >> 24 & 255}.{lo >> 16 & 255}.{lo >> 8 & 255}.{lo & 255}"
    return str(ipaddress.IPv6Address(hi << 64 | lo))


def mac_text(mac: int) -> str:
    """`aa:bb:cc:dd:ee:ff`, or '' for none."""
    return ":".join(f"{mac >> shift & 255:02x}" for shift in range(40, -8, -8)) if mac else ""


def path_text(path: PurePath) -> str:
    """A path as text that can be stored and printed anywhere: bytes that are not UTF-8 as `\\xe4`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Frames:
    """capture -> decode: a run of captured frames, columns of one length.

    Frame i is `data[offset[i] : offset[i] + captured[i]]`. The arrays may be reused by the reader
    for the next block: copy what is to outlive it.
    """

    data: ByteArray
    offset: IntArray
    captured: IntArray  # bytes present
    wire: IntArray  # bytes on the wire
    time_ns: IntArray  # UTC
    link: IntArray  # link type, a LINKTYPE_ number of tcpdump.org/linktypes.html
    first: int  # number of the first frame, 1-based in its capture


@dataclass(slots=True)
class Observed:
    """decode -> flows: what a block of frames said."""

    sightings: RecordArray  # of dtype SIGHTING
    slices: RecordArray  # of dtype SLICE
    names: list[str]  # the name table; `name` fields index it
    counted: RecordArray = field(default_factory=lambda: np.zeros(0, COUNTED))  # of dtype COUNTED


@dataclass(frozen=True, slots=True)
class FlowSlices:
    """flows -> identify: slices of at most a minute, named as well as can be."""

    rows: RecordArray  # of dtype SLICE; where DNS gave the name, `name` indexes `told`
    names: list[str]  # the name table
    told: list[str]  # hosts that DNS gave

    @property
    def hosts(self) -> list[str]:
        """One a row, '' where there is no name."""
        pairs = zip(
            self.rows["name"].tolist(), (self.rows["name_source"] == SOURCE_DNS).tolist(), strict=True
        )
        return [
            "" if number == NO_NAME else (self.told if is_told else self.names)[number]
            for number, is_told in pairs
        ]


@dataclass(frozen=True, slots=True)
class LeaseEntry:
    """leases -> jobs: what a lease file or log says of who had an address, or who was logged on at a device.

    `start_s == end_s`: only the end is known, as of a client that gives back what the file doesn't show it getting.
    """

    line: int  # where it begins, 1-based
    kind: str  # dhcp dhcpv6 radius
    mac: str  # "aa:bb:cc:dd:ee:ff"; "" where none is named
    ip: str  # canonical text; "" where none is named, as in accounting before the address is known
    start_s: int | None  # UTC; None where the file doesn't say (dnsmasq.leases)
    end_s: int | None  # UTC, exclusive; None where the file doesn't say (a log without lease times)
    seen_s: int | None  # when the server last saw it hold: grant, renewal, accounting record
    ended: bool = False  # `end_s` was seen (released, logged off, given to another), not just foretold
    user: str = ""  # the RADIUS User-Name as it was sent


@dataclass(frozen=True, slots=True)
class HostMatch:
    """identify -> pipeline: which platform a host belongs to, and what seeing it proves."""

    platform: str  # id: "instagram"
    category: str  # id of the III.A category: "social_network"
    evidence: str  # visit content shared embed tracker push shortener tunnel
    rule: str  # the catalogue's suffix that matched
    reference: bool = False  # a III.A wiki, forum or blog that is mostly a work of reference


@dataclass(slots=True)
class Ledger:
    """Everything that was counted and not kept; printed at the end of each report, by what was seen."""

    counts: Counter[str] = field(default_factory=Counter)  # a verdict ("truncated frame") -> how often
    notes: list[str] = field(default_factory=list)  # "FILE: the capture ends in mid-packet after frame 17"
    # counters that go on from one capture to the next, as last read: by what, start of the counting, interface
    readings: dict[tuple[str, bytes, int], int] = field(default_factory=dict)

    def add(self, verdict: str, count: int = 1) -> None:
        if count:
            self.counts[verdict] += int(count)

    def merge(self, other: Ledger) -> None:
        """Adds what another ledger holds."""
        self.counts += other.counts
        self.notes += other.notes

    def take(self) -> Ledger:
        """What was noted since the last call; this ledger is empty afterwards but for its readings."""
        taken = Ledger(self.counts, self.notes)
        self.counts, self.notes = Counter(), []
        return taken

    def note_end(self, path: PurePath, frame: int, why: str) -> None:
        """Notes that a capture was read only as far as `frame`."""
        self.add("captures cut short or damaged")
        self.notes.append(f"{path_text(path)}: {why}, after frame {frame}; what is before it was used")
