"""Lease files and logs of DHCP servers, accounting of RADIUS servers: who had which address, from when until when.

What the entries say (`records.LeaseEntry`), whatever the format:

- One entry is one hold: granted once, renewed maybe, until it was given back, lapsed, or another client got the
  address. Where the file shows the next holder, the earlier entry ends there (`ended`).
- `start_s` None: the file names an end only (dnsmasq.leases). `end_s` None: nothing says how long (most logs), or for
  ever, or still logged on; `seen_s` is the last that was heard.
- `start_s == end_s`: only the end is known: somebody gave back what the file doesn't show them getting.
- `mac` '': held by a client that the file doesn't know by a MAC. It is somebody: the address is not the one's who had
  it before.
- RADIUS: one entry for each address of a session, all with its user; one without address where none was ever named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.errors import BadInput, Problem
from auditor.leases.detail import FREERADIUS_DETAIL
from auditor.leases.dnsmasq import DNSMASQ_LEASES
from auditor.leases.doubts import Doubts
from auditor.leases.isc import ISC_LEASES
from auditor.leases.kea_csv import KEA_LEASES
from auditor.leases.lines import PIECE, Lines, decoded
from auditor.leases.nps import NPS_IAS, NPS_ODBC, NPS_XML
from auditor.leases.reader import UTC_TIMES, Place, Reader, Reading
from auditor.leases.syslog import DHCP_SYSLOG
from auditor.leases.windows import WINDOWS_LOG
from auditor.records import LeaseEntry, Ledger, path_text

HOUR_S = 3600

# asked in this order; a new format is a file of its own and a line here
READERS: tuple[Reader, ...] = (
    ISC_LEASES,
    KEA_LEASES,
    DNSMASQ_LEASES,
    NPS_XML,
    NPS_ODBC,
    NPS_IAS,
    WINDOWS_LOG,
    FREERADIUS_DETAIL,
    DHCP_SYSLOG,
)


@dataclass(frozen=True, slots=True)
class LeaseFile:
    """A file that was recognised. `entries` can be walked once; what can't be used is in the ledger after that."""

    format: str  # "ISC dhcpd.leases"
    time_base: str  # "UTC", or "local time of the district" and what had to be concluded about it
    entries: Iterator[LeaseEntry]


def recognise(head: bytes) -> Reader | None:
    """The reader for a file that begins so (64 KiB are looked at, unpacked); None for anything unknown."""
    lines = "".join(decoded(iter((head[:PIECE],)))).replace("\r", "").split("\n")
    seen = [line for line in lines if line.strip()]
    return next((reader for reader in READERS if reader.recognises(seen)), None)


def read_lease_file(
    path: Path,
    zone: str,
    ledger: Ledger,
    *,
    assumed_lease_s: int = 8 * HOUR_S,
    size: int | None = None,
    modified_s: int | None = None,
) -> LeaseFile:
    """Reads a file of any known format; memory does not grow with its lines.

    `zone` is that of stamps without one; where a log doesn't name how long leases last, a renewal later than
    `assumed_lease_s` after the last begins a hold of its own. With `size` only so many bytes of the file are read.
    `modified_s` is when it was last written (UTC), by which stamps without a year get theirs; by default the file
    system's word.

    Raises BadInput where the file can't be read or is of no known format. An empty one holds no leases.
    """
    lines = Lines(path, size)
    head = lines.head()
    if not head.strip() and not lines.damage:
        return LeaseFile("empty file", UTC_TIMES, iter(()))
    reader = recognise(head)
    if reader is None:
        known = ", ".join(each.format for each in READERS)
        raise BadInput(
            Problem(str(path), lines.damage or "is no lease file that is known", f"known are: {known}")
        )
    if modified_s is None:
        modified_s = int(path.stat().st_mtime)
    doubts = Doubts()
    reading = reader.read(lines, Place(ZoneInfo(zone), modified_s, assumed_lease_s, path.name), doubts)
    return LeaseFile(reader.format, reading.time_base, _counted(path, lines, reading, doubts, ledger))


def _counted(
    path: Path, lines: Lines, reading: Reading, doubts: Doubts, ledger: Ledger
) -> Iterator[LeaseEntry]:
    """The entries; then what was wrong with the file goes into the ledger."""
    last = 0
    for entry in reading.entries:
        last = entry.line
        yield entry
    if lines.too_long:
        doubts.add("lines of lease files too long, read in part", last, lines.too_long)
    doubts.tell(path, ledger)
    if lines.damage:
        ledger.add("lease files cut short or damaged")
        ledger.notes.append(f"{path_text(path)}: {lines.damage}; what is before it was used")
