"""What a reader of one format is, and what it is told and gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from auditor.leases.doubts import Doubts
from auditor.leases.lines import Lines
from auditor.records import LeaseEntry

UTC_TIMES = "UTC"
LOCAL_TIMES = "local time of the district"
OFFSETS = "offsets from UTC in the file"
TWICE = "stamps of lease files at an hour that came twice: who had the address in it is left open"


@dataclass(frozen=True, slots=True)
class Place:
    """What a reader may have to know besides the lines."""

    zone: ZoneInfo  # the district's: that of stamps without a zone
    modified_s: int  # UTC: when the file was last written
    assumed_lease_s: int  # how long a lease holds where the file doesn't say
    name: str  # the file's


class Reading(NamedTuple):
    """What a reader found out before the first entry, and the entries."""

    time_base: str  # UTC_TIMES, or LOCAL_TIMES and what had to be concluded
    entries: Iterator[LeaseEntry]


class Reader(NamedTuple):
    """One format."""

    format: str  # its name for people
    recognises: Callable[[list[str]], bool]  # of the lines of the first 64 KiB, the last of which may be cut
    read: Callable[[Lines, Place, Doubts], Reading]
