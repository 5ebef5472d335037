"""Writes lease files and reads them back, entries as plain lines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from auditor.leases import LeaseFile, read_lease_file
from auditor.records import LeaseEntry, Ledger

ZONE = "America/Chicago"
SAMPLES = Path(__file__).resolve().parent / "samples"
A, B, C = "00:00:5e:00:53:0a", "00:00:5e:00:53:0b", "00:00:5e:00:53:0c"


def utc(text: str) -> int:
    """`2026-11-18 14:00:00`, UTC, as an epoch second."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def clock(second: int | None) -> str:
    return "?" if second is None else datetime.fromtimestamp(second, UTC).strftime("%m-%d %H:%M:%S")


def said(entry: LeaseEntry) -> str:
    """An entry as `line mac ip start > end seen`, with `!` behind an end that was seen, and `user`."""
    end = clock(entry.end_s) + ("!" if entry.ended else "")
    who = f"{entry.mac or '-'} {entry.ip or '-'}" + (f" {entry.user}" if entry.user else "")
    return f"{entry.line}: {who}: {clock(entry.start_s)} > {end}, seen {clock(entry.seen_s)}"


def read_file(
    path: Path, zone: str = ZONE, ledger: Ledger | None = None, **how: int
) -> tuple[LeaseFile, list[str]]:
    """The file, and its entries by line and address."""
    found = read_lease_file(path, zone, Ledger() if ledger is None else ledger, **how)
    return found, [said(entry) for entry in by_line(found.entries)]


def by_line(entries: Iterable[LeaseEntry]) -> list[LeaseEntry]:
    return sorted(entries, key=lambda entry: (entry.line, entry.ip, entry.start_s or 0))


def read_text(
    folder: Path,
    text: str | bytes,
    name: str = "a-file",
    zone: str = ZONE,
    ledger: Ledger | None = None,
    **how: int,
) -> list[str]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, zone, ledger, **how)[1]
