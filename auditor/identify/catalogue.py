"""The signature catalogue: which hosts belong to which platform of III.A, and what seeing one proves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import BadInput
from auditor.identify import match, names
from auditor.identify.reading import Platform, read_folder
from auditor.records import HostMatch
from auditor.shipped import shipped

_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All platforms, and the rules that find them by host."""

    platforms: Mapping[str, Platform]  # by id, in the order of the files
    rules: Mapping[str, HostMatch]  # suffix -> what a host under it is
    ech_public_names: frozenset[str]  # suffixes of hosts that stand in for a hidden name
    version: str  # 12 hex digits; changes with every change that can change a match

    def match(self, host: str) -> HostMatch | None:
        """The platform of a host name, in any case and with or without a trailing dot; None if unknown."""
        return match.longest(self.rules, host)

    def public_name(self, host: str) -> bool:
        """Whether a hello for this host only covers another name (encrypted ClientHello)."""
        return names.public_name(host, self.ech_public_names)


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """The catalogue of a folder, by default the shipped one.

    Raises BadInput with every problem of every file, each as FILE:LINE.
    """
    reading = read_folder(shipped("signatures") if folder is None else folder)
    if reading.problems:
        raise BadInput(reading.problems)
    return build(reading.platforms, frozenset(rule.suffix for rule in reading.public_names))


def build(platforms: Sequence[Platform], ech_public_names: frozenset[str]) -> Catalogue:
    """A catalogue of platforms that have been read and hold no host twice."""
    rules = {
        rule.suffix: HostMatch(platform.id, platform.category, rule.evidence, rule.suffix, platform.reference)
        for platform in platforms
        for rule in platform.rules
    }
    by_id = {platform.id: platform for platform in platforms}
    return Catalogue(by_id, rules, ech_public_names, _version(rules, ech_public_names))


def _version(rules: Mapping[str, HostMatch], ech_public_names: frozenset[str]) -> str:
    """A digest of all that decides a match: not of notes, order or layout."""
    lines = sorted([m.rule, m.platform, m.category, m.evidence, m.reference] for m in rules.values())
    text = json.dumps([lines, sorted(ech_public_names)], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_VERSION_DIGITS]
