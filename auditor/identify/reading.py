"""The catalogue's TOML files as platforms, each with the line it stands on; every problem in one go.

`tomllib` gives no line numbers, so `Source` finds them in the text: blocks by their `[[platform]]` headers in
order, keys inside a block, hosts in the order of their list.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from auditor.errors import Problem
from auditor.identify.names import spelling_fault

CATEGORIES = (
    "social_network",
    "photo",
    "video",
    "blog",
    "wiki",
    "forum",
    "virtual_world",
    "messaging",
    "dating",
    "other",
)
TUNNEL = "tunnel"  # category and evidence of what hides names: no platform of III.A
EVIDENCE = ("visit", "content", "shared", "embed", "tracker", "push", "shortener", TUNNEL)
FILES = {f"{category}.toml": category for category in CATEGORIES} | {"tunnels.toml": TUNNEL}
PUBLIC_NAMES_FILE = "ech_public_names.toml"

_TEXTS = ("id", "name", "note")
_FLAGS = ("reference", "tenants")
_KEYS = (*_TEXTS, *_FLAGS, "within", *EVIDENCE)
_ID = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_BLOCK = re.compile(r"^[ \t]*\[\[[ \t]*platform[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """One host of the catalogue: every name that ends in it, by whole labels, is the platform's."""

    suffix: str
    evidence: str
    where: str  # "FILE:LINE"


@dataclass(frozen=True, slots=True)
class Platform:
    """One `[[platform]]` of the catalogue."""

    id: str
    name: str  # as people write it
    category: str
    rules: tuple[Rule, ...]
    where: str  # "FILE:LINE" of its header
    reference: bool = False  # mostly a work of reference: reported apart
    tenants: bool = False  # its domains hand out names to customers, and each of them is the platform
    within: tuple[str, ...] = ()  # suffixes of other platforms under which rules of this one lie on purpose
    note: str = ""


@dataclass(slots=True)
class Reading:
    """What a catalogue folder holds, as far as it can be used, and what is wrong with the rest."""

    platforms: list[Platform] = field(default_factory=list)
    public_names: list[Rule] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_folder(folder: Path) -> Reading:
    """Read every catalogue file of a folder; problems are collected, never raised."""
    reading = Reading()
    try:
        paths = sorted(folder.glob("*.toml"))
        if not folder.is_dir() or not paths:
            reading.problems.append(
                Problem(str(folder), "is no catalogue folder", "one .toml file a category")
            )
        for path in paths:
            _read_file(path, reading)
    except OSError as error:
        where = str(error.filename or folder)
        reading.problems.append(Problem(where, f"can't be read: {error.strerror or error}"))
    _find_duplicates(reading)
    return reading


def _read_file(path: Path, reading: Reading) -> None:
    if path.name not in FILES and path.name != PUBLIC_NAMES_FILE:
        known = ", ".join(sorted((*FILES, PUBLIC_NAMES_FILE)))
        reading.problems.append(Problem(str(path), "is no file of the catalogue", f"known are {known}"))
        return
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        content = tomllib.loads(text)
    except UnicodeDecodeError:
        reading.problems.append(Problem(f"{path}:1", "is not UTF-8 text", "save it as UTF-8"))
        return
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = found[1] if found else str(text.count("\n") + 1)  # else: at the end of the document
        what = re.sub(r"\s*\(at .*\)$", "", str(error))
        reading.problems.append(
            Problem(f"{path}:{line}", f"is not valid TOML: {what}", "see https://toml.io")
        )
        return
    source = Source(path, text, reading.problems)
    if path.name == PUBLIC_NAMES_FILE:
        source.refuse_unknown(content, ("public_names",), 0)
        reading.public_names += source.rules(content, "public_names", 0)
        return
    source.refuse_unknown(content, ("platform",), 0)
    tables = content.get("platform", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        source.problem(0, "`platform` is no list of tables", "begin each with [[platform]]")
        return
    starts = [found.start() for found in _BLOCK.finditer(text)]
    for number, table in enumerate(tables):
        start = starts[number] if len(starts) == len(tables) else 0
        platform = _platform(source, table, FILES[path.name], start)
        if platform is not None:
            reading.platforms.append(platform)


def _platform(source: Source, table: dict[str, Any], category: str, start: int) -> Platform | None:
    source.refuse_unknown(table, _KEYS, start)
    texts = {key: source.text(table, key, start) for key in _TEXTS}
    flags = {key: source.flag(table, key, start) for key in _FLAGS}
    for key in EVIDENCE:
        if key in table and (key == TUNNEL) != (category == TUNNEL):
            place = source.key_offset(key, start)
            source.problem(
                place, f"`{key}` does not belong in this file", "tunnels, and only they, go in tunnels.toml"
            )
    rules = tuple(rule for key in EVIDENCE for rule in source.rules(table, key, start))
    within = tuple(rule.suffix for rule in source.rules(table, "within", start))
    if not _ID.fullmatch(texts["id"]):
        place = source.key_offset("id", start)
        source.problem(
            place, f"the id {texts['id']!r} is none", "lower-case words joined by _, like second_life"
        )
        return None
    if not texts["name"]:
        source.problem(start, f"{texts['id']} has no name", 'name = "as people write it"')
    return Platform(
        id=texts["id"],
        name=texts["name"],
        category=category,
        rules=rules,
        where=source.where(start),
        reference=flags["reference"],
        tenants=flags["tenants"],
        within=within,
        note=texts["note"],
    )


def _find_duplicates(reading: Reading) -> None:
    """Report the second of two platforms of one id, and of two rules for one host; keep the first."""
    ids: dict[str, str] = {}
    hosts: dict[str, tuple[str, str]] = {}
    for platform in reading.platforms:
        if platform.id in ids:
            what = f"the platform {platform.id} stands in {ids[platform.id]} too"
            reading.problems.append(Problem(platform.where, what, "an id stands once"))
        ids.setdefault(platform.id, platform.where)
        for rule in platform.rules:
            if rule.suffix in hosts:
                other, where = hosts[rule.suffix]
                what = f"the host {rule.suffix} stands in {where} too, for {other}"
                reading.problems.append(Problem(rule.where, what, "a host stands once"))
            hosts.setdefault(rule.suffix, (platform.id, rule.where))


class Source:
    """The text of one file: values by key, each fault with its line."""

    def __init__(self, path: Path, text: str, problems: list[Problem]) -> None:
        self._path, self._text, self._problems = path, text, problems
        self._ends = [place for place, character in enumerate(text) if character == "\n"]

    def where(self, offset: int) -> str:
        """`FILE:LINE` of a place in the text."""
        return f"{self._path}:{bisect_right(self._ends, offset - 1) + 1}"

    def problem(self, offset: int, what: str, hint: str) -> None:
        self._problems.append(Problem(self.where(offset), what, hint))

    def key_offset(self, key: str, start: int) -> int:
        """Where `key =` stands in the block that begins at `start`; `start` where it can't be found."""
        following = _BLOCK.search(self._text, start + 1)
        found = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", re.MULTILINE).search(
            self._text, start, following.start() if following else len(self._text)
        )
        return found.start() if found else start

    def refuse_unknown(self, table: dict[str, Any], known: tuple[str, ...], start: int) -> None:
        for key in table:
            if key not in known:
                close = get_close_matches(key, known, 1)
                hint = f"did you mean `{close[0]}`?" if close else "known are " + ", ".join(known)
                self.problem(self.key_offset(key, start), f"the key `{key}` is unknown", hint)

    def text(self, table: dict[str, Any], key: str, start: int) -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return value.strip()
        self.problem(self.key_offset(key, start), f"`{key}` is no text", f'{key} = "..."')
        return ""

    def flag(self, table: dict[str, Any], key: str, start: int) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.problem(self.key_offset(key, start), f"`{key}` is neither true nor false", f"{key} = true")
        return value is True

    def rules(self, table: dict[str, Any], key: str, start: int) -> list[Rule]:
        """The hosts listed under `key`, each with its line; the badly spelled ones reported and left out."""
        if key not in table:
            return []
        hosts, place = table[key], self.key_offset(key, start)
        if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
            self.problem(place, f"`{key}` is no list of hosts", f'{key} = ["example.com"]')
            return []
        found = []
        for host in hosts:
            at = self._text.find(f'"{host}"', place)
            single = self._text.find(f"'{host}'", place, at if at >= 0 else len(self._text))
            at = single if single >= 0 else at if at >= 0 else place
            place = at + (self._text[at : at + 1] in ("'", '"'))
            if fault := spelling_fault(host):
                self.problem(at, *fault)
            else:
                found.append(Rule(host, key, self.where(at)))
        return found
