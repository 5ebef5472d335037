"""What a day is decided from, by hash: another one means to decide it anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from auditor import pseudonym
from auditor.district import DISTRICT_FILES, District
from auditor.errors import BadInput, Problem
from auditor.warehouse import CaptureMark, Warehouse


def inputs_of(marks: Iterable[CaptureMark], leases: pa.Table, files: Mapping[str, str]) -> dict[str, Any]:
    """The inputs of a day: those that make it worth deciding anew when they change."""
    by_hash = sorted(marks, key=lambda mark: mark.sha256)
    return {
        "files": dict(files),
        "rows": {mark.sha256: mark.rows_sha256 for mark in by_hash},
        "lease_sources": sorted(set(leases["source"].to_pylist())),
    }


def district_files(district: District) -> dict[str, str]:
    """The SHA-256 of each file of the district folder that an audit reads."""
    paths = ((name, district.folder / name) for name in DISTRICT_FILES)
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths if path.is_file()}


def key_of(district: District, warehouse: Warehouse) -> bytes:
    """The key of the warehouse's pseudonyms; BadInput where the district folder has none or another."""
    key = pseudonym.load_key(district.folder, create=False)
    warehouse.check_key(pseudonym.fingerprint(key))
    return key


def check_range(first: date, last: date) -> None:
    """Raises BadInput where the period ends before it begins."""
    if first > last:
        raise BadInput(Problem("--from", f"{first} is after --to {last}", "give the earlier day first"))
