"""What a day is decided from, by hash: another one means to decide it anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from auditor import __version__, pseudonym
from auditor.district import DISTRICT_FILES, District, Settings
from auditor.district.tomlfile import SETTINGS_FILE
from auditor.errors import BadInput, Problem
from auditor.jobs.former import Told, back_to, told_of
from auditor.policy import clock
from auditor.warehouse import CaptureMark, Warehouse


def inputs_of(
    marks: Iterable[CaptureMark], lease_sources: Iterable[str], files: Mapping[str, str]
) -> dict[str, Any]:
    """The inputs of a day: those that make it worth deciding anew when they change. `lease_sources` are the
    captures and lease files, by SHA-256, that say who had which address."""
    by_hash = sorted(marks, key=lambda mark: mark.sha256)
    return {
        "files": dict(files),
        "rows": {mark.sha256: mark.rows_sha256 for mark in by_hash},
        "lease_sources": sorted(lease_sources),
    }


def made_from(
    district: District, marks: Iterable[CaptureMark], lease_sources: Iterable[str], files: Mapping[str, str]
) -> dict[str, Any]:
    """All that a day's findings are made from. No path and no time is in it, so it is the same wherever and whenever
    the same things were given."""
    settings, of_day = district.settings, list(marks)
    return {
        "program_version": __version__,
        "catalogue_versions": sorted({mark.catalogue_version for mark in of_day}),
        "enforce": list(settings.policy.enforce),
        "time_prong": settings.policy.time_prong,
        "exception_max_days": settings.policy.exception_max_days,
        "idle_minutes": settings.usage.idle_minutes,
        "active_bytes": settings.usage.active_bytes,
        "timezone": district.timezone,
        "settings": _deciding(district.settings),
        **inputs_of(of_day, lease_sources, files),
    }


def digest(made: Mapping[str, Any]) -> str:
    """What `made_from` gave as 16 hex digits: the first of the SHA-256 of its JSON, keys sorted.

    Of auditor.toml the settings count, not the file: it also says where things lie.
    """
    files = {name: sha256 for name, sha256 in made["files"].items() if name != SETTINGS_FILE}
    text = json.dumps({**made, "files": files}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _deciding(settings: Settings) -> dict[str, Any]:
    """The settings that a finding may hang on. No addresses: `networks` decide what is kept of captures, which has a
    hash of its own."""
    sections = settings.model_dump(mode="json", exclude={"sensors": {"__all__": {"captures", "networks"}}})
    beside = ("mail", "privacy", "retention", "storage")
    return {name: section for name, section in sections.items() if name not in beside}


def lease_span(district: District, day: date) -> tuple[int, int]:
    """The minutes of a local day and those by which the clock of a log may be off."""
    start, end = clock.day_bounds(day, district.timezone)
    skew = district.settings.leases.skew_minutes
    return start - skew, end + skew


def told_on(district: District, warehouse: Warehouse, day: date) -> Told:
    """The leases, claims and log-ons from which a local day is decided."""
    return told_of(warehouse.leases, *lease_span(district, day), district.settings.leases.skew_minutes)


def lease_sources(district: District, warehouse: Warehouse, days: Sequence[date]) -> list[frozenset[str]]:
    """For each local day what `told_on` names as sources, without holding all leases at once."""
    skew = district.settings.leases.skew_minutes
    spans = [lease_span(district, day) for day in days]
    seen = warehouse.first_seen(spans)
    wider = [(back_to(first, then, skew), last) for (first, last), then in zip(spans, seen, strict=True)]
    return warehouse.lease_sources(wider)


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
