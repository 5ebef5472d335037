"""Reads `auditor.toml` and gives each mistake its line, which neither tomllib nor pydantic knows."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from auditor.district.settings import Settings
from auditor.district.textfile import read_text
from auditor.errors import Problem

SETTINGS_FILE = "auditor.toml"
KeyPath = tuple[str | int, ...]

_WANTED = {
    "int_type": "a whole number without quotes",
    "string_type": "a text in quotes",
    "bool_type": "true or false, without quotes",
    "tuple_type": 'a list in brackets, such as ["one", "two"]',
    "model_type": "a section of keys",
}


class Lines:
    """On which line each key of a valid TOML text stands."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        section: KeyPath = ()
        arrays: dict[KeyPath, int] = {}
        for line, statement in _statements(text):
            path = _path(tomllib.loads(statement))
            if statement.lstrip().startswith("["):
                section = _numbered(path, arrays, is_array=statement.lstrip().startswith("[["))
                path = ()
            for length in range(len(section), len(section) + len(path) + 1):
                self._lines.setdefault((section + path)[:length], line)

    def of(self, path: KeyPath) -> int:
        """The line of the innermost known part of a key's path; 1 where none is known."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1) if path else 1


def read_settings(folder: Path, problems: list[Problem]) -> tuple[Settings, Lines]:
    """The settings of a district folder. Where something is wrong, `problems` grows and defaults stand in."""
    text = read_text(
        folder / SETTINGS_FILE, problems, hint="`auditor init DIR` writes a starter district folder"
    )
    if text is None:
        return Settings(), Lines("")
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(_syntax(str(error), text))
        return Settings(), Lines("")
    lines = Lines(text)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        problems.extend(_problem(details, lines) for details in error.errors(include_url=False))
        return _usable(tree), lines
    problems.extend(_sensor_problems(settings, lines))
    problems.extend(_site_problems(settings, lines))
    return settings, lines


def _statements(text: str) -> list[tuple[int, str]]:
    """Each header or `key = value` with the line it begins on: a value may run over several lines."""
    statements: list[tuple[int, str]] = []
    pending = ""
    begun = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not pending:
            begun = number
            if not line.strip() or line.lstrip().startswith("#"):
                continue
        pending += line.removesuffix("\r") + "\n"
        try:
            tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue  # an open bracket or text: the value goes on
        statements.append((begun, pending))
        pending = ""
    return statements


def _path(tree: Any) -> KeyPath:
    """The key path of a tree that one statement gave."""
    path: KeyPath = ()
    while isinstance(tree, dict) and len(tree) == 1:
        ((key, tree),) = tree.items()
        path = (*path, key)
        if isinstance(tree, list) and tree and tree[0] == {}:
            return path  # a [[header]]
    return path


def _numbered(path: KeyPath, arrays: dict[KeyPath, int], *, is_array: bool) -> KeyPath:
    """A header's path with the numbers of the array entries it lies in."""
    numbered: KeyPath = ()
    for key in path[:-1] if is_array else path:
        numbered = (*numbered, key)
        if numbered in arrays:
            numbered = (*numbered, arrays[numbered])
    if is_array:
        numbered = (*numbered, path[-1])
        arrays[numbered] = arrays.get(numbered, -1) + 1
        numbered = (*numbered, arrays[numbered])
    return numbered


def _syntax(message: str, text: str) -> Problem:
    found = re.search(r"at line (\d+)", message)
    line = int(found[1]) if found else max(1, len(text.rstrip().split("\n")))
    what = re.sub(r" \(at [^)]*\)$", "", message)
    return Problem(
        f"{SETTINGS_FILE}:{line}", f"is not TOML: {what}", 'keys look like `name = "text"` or `number = 5`'
    )


def _problem(details: ErrorDetails, lines: Lines) -> Problem:
    path: KeyPath = details["loc"]
    where = f"{SETTINGS_FILE}:{lines.of(path)}"
    name = _dotted(path)
    kind = details["type"]
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1])
        what = f"unknown key `{name}`" if len(path) > 1 else f"unknown section or key `{name}`"
        near = get_close_matches(str(path[-1]), known, n=1)
        listed = "known here: " + ", ".join(known) if known else "there are no keys here"
        return Problem(where, what, f"did you mean `{near[0]}`?" if near else listed)
    if kind == "missing":
        return Problem(where, f"`{name}` is missing", f"add `{path[-1]} = ...`")
    if kind == "bad_value":
        return Problem(where, f"`{name}`: {details['input']!r} {details['msg']}", details["ctx"]["hint"])
    if kind == "literal_error":
        words = re.findall(r"'([^']+)'", details["ctx"]["expected"])
        near = get_close_matches(str(details["input"]), words, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "one of " + ", ".join(words)
        return Problem(where, f"`{name}`: {details['input']!r} is not known", hint)
    if kind == "string_pattern_mismatch":
        hint = "letters, digits, dots, hyphens and underscores, without spaces"
        return Problem(where, f"`{name}`: {details['input']!r} can't be used as a name", hint)
    if kind in _WANTED:
        return Problem(where, f"`{name}` is {_toml_kind(details['input'])}", f"write {_WANTED[kind]}")
    return Problem(where, f"`{name}`: {details['input']!r} can't be used", details["msg"].lower())


def _dotted(path: KeyPath) -> str:
    """`sensors[2].name` for ("sensors", 1, "name")."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _known_keys(path: KeyPath) -> list[str]:
    """The keys that a section may hold."""
    model: type[BaseModel] = Settings
    for part in path:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            model = next(
                kind for kind in _types(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)
            )
    return list(model.model_fields)


def _types(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", (annotation,))


def _toml_kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number with a fraction", str: "a text"}
    kinds |= {list: "a list", dict: "a section"}
    return kinds.get(type(value), "a date or time")


def _usable(tree: dict[str, Any]) -> Settings:
    """The defaults, with the time zone of a file that has other mistakes: the CSV files need it."""
    try:
        return Settings.model_validate({"district": {"timezone": tree["district"]["timezone"]}})
    except (ValidationError, KeyError, TypeError):
        return Settings()


def _sensor_problems(settings: Settings, lines: Lines) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for index, sensor in enumerate(settings.sensors):
        line = lines.of(("sensors", index, "name"))
        where = f"{SETTINGS_FILE}:{line}"
        if sensor.name in seen:
            what = f"sensor `{sensor.name}` is already named on line {seen[sensor.name]}"
            problems.append(Problem(where, what, "each sensor needs a name of its own"))
        seen.setdefault(sensor.name, line)
        if not sensor.captures:
            hint = f'add `captures = "captures/{sensor.name}/*.pcap*"`'
            problems.append(Problem(where, f"sensor `{sensor.name}` has no `captures`", hint))
    return problems


def _site_problems(settings: Settings, lines: Lines) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for index, site in enumerate(settings.sites):
        line = lines.of(("sites", index, "name"))
        if site.name in seen:
            what = f"site `{site.name}` is already on line {seen[site.name]}"
            problems.append(
                Problem(f"{SETTINGS_FILE}:{line}", what, "keep one [[sites]] section of each site")
            )
        seen.setdefault(site.name, line)
    return problems
