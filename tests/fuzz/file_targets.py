"""Readers of files: captures plain and packed, and what a district writes. Only BadInput may be raised."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from auditor.capture.read import read_capture
from auditor.district.devices import read_devices
from auditor.district.exceptions import read_exceptions
from auditor.district.icsfile import Around, read_ics
from auditor.district.schedules import read_schedules
from auditor.district.staff import read_staff
from auditor.district.tomlfile import read_settings
from auditor.errors import BadInput, Problem
from auditor.leases import read_lease_file
from auditor.leases.values import ip_of, mac_of, user_of
from auditor.records import Ledger

Row = tuple[int, int, int, int, bytes]  # captured, wire, time, link, data

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))


def written(name: str, data: bytes) -> Path:
    path = FOLDER / name
    path.write_bytes(data)
    return path


def frames(data: bytes) -> list[Row]:
    """Reads bytes as a capture; every frame lies inside the window that it is said to lie in."""
    rows: list[Row] = []
    ledger, first = Ledger(), 1
    with suppress(BadInput):
        for block in read_capture(written("capture", data), ledger):
            assert block.first == first
            assert (block.offset >= 0).all()
            assert (block.captured >= 0).all()
            assert (block.offset + block.captured <= len(block.data)).all()
            assert (block.wire >= block.captured).all()
            for number in range(len(block.offset)):
                at, size = int(block.offset[number]), int(block.captured[number])
                columns = (int(column[number]) for column in (block.wire, block.time_ns, block.link))
                rows.append((size, *columns, block.data[at : at + size].tobytes()))  # type: ignore[arg-type]
            first += len(block.offset)
            assert np.all(block.link >= 0)
    assert ledger.counts["captures cut short or damaged"] == len(ledger.notes) <= 1
    return rows


def capture(data: bytes) -> None:
    """What was read of a capture's front is read of the whole."""
    found = frames(data)
    assert sum(size for size, *_ in found) <= len(data)
    assert frames(data[: len(data) * 2 // 3]) == found[: len(frames(data[: len(data) * 2 // 3]))]


def packed_capture(data: bytes) -> None:
    assert len(frames(data)) <= 1 << 20


def toml(data: bytes) -> None:
    written("auditor.toml", data)
    problems: list[Problem] = []
    with suppress(BadInput):
        read_settings(FOLDER, problems)
    told(problems)


def csv(data: bytes) -> None:
    """The first byte says which file it is."""
    readers = (
        ("staff.csv", lambda: read_staff(FOLDER, problems)),
        ("devices.csv", lambda: read_devices(FOLDER, "America/New_York", problems)),
        ("schedules.csv", lambda: read_schedules(FOLDER, problems)),
        ("exceptions.csv", lambda: read_exceptions(FOLDER, "America/New_York", problems)),
    )
    name, read = readers[(data[0] if data else 0) % len(readers)]
    problems: list[Problem] = []
    written(name, data[1:])
    with suppress(BadInput):
        assert len(read()) <= len(data)  # type: ignore[no-untyped-call]
    told(problems)


def ics(data: bytes) -> None:
    written("calendar.ics", data)
    problems: list[Problem] = []
    read_ics(FOLDER, (), problems, Around("America/Chicago"))
    told(problems)


def told(problems: list[Problem]) -> None:
    """Each has a place and something to say, on one line."""
    for problem in problems:
        assert problem.where
        assert problem.what
        assert "\n" not in problem.where


def leases(data: bytes) -> None:
    """Every entry says when, in order, and names nobody in a way that the reader doesn't know."""
    ledger = Ledger()
    with suppress(BadInput):
        found = read_lease_file(written("leases", data), "America/Chicago", ledger, modified_s=1795500000)
        for each in found.entries:
            assert 0 < each.line <= len(data) + 1
            assert each.kind in ("dhcp", "dhcpv6", "radius")
            assert each.mac == mac_of(each.mac)
            assert each.ip == ip_of(each.ip)
            assert each.user == user_of(each.user)
            assert each.start_s is not None or each.end_s is not None
            assert each.start_s is None or each.end_s is None or each.start_s <= each.end_s
    assert len(ledger.notes) <= len(ledger.counts)


FILES = {
    "capture": capture,
    "packed": packed_capture,
    "toml": toml,
    "csv": csv,
    "ics": ics,
    "leases": leases,
}
