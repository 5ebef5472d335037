"""Reads a CSV file (RFC 4180) by the names of its columns, with the true line of each row.

Empty lines and lines that begin with `#` are skipped. Problems are collected, so that a reader sees all of
them at once; a row with a problem is still handed out, so that what refers to it does not seem unknown.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from auditor.district.oddcells import odd_cells, ragged_hint
from auditor.district.textfile import read_text
from auditor.district.values import CellError
from auditor.errors import Problem

T = TypeVar("T")
Word = TypeVar("Word", bound=str)
_NONE: frozenset[str] = frozenset()

# What a spreadsheet shows for a formula that went wrong, at the head of a line: no comment, but a spoilt row.
_BROKEN_FORMULA = re.compile(r"\s*(?:#(?:NAME\?|REF!|VALUE!|N/A|DIV/0!|NUM!|NULL!|SPILL!)|#{2,}[,;\t])")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file kind; `needed`: a district folder must hold the file; `free`: columns of free text."""

    file: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    needed: bool = True
    free: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """A header line with every column."""
        return ",".join(self.required + self.optional)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: cells by column, and where mistakes go."""

    file: str
    line: int
    cells: dict[str, str]
    problems: list[Problem]
    odd: frozenset[str] = frozenset()  # columns whose cells have an error told already

    def error(self, what: str, hint: str = "") -> None:
        self.problems.append(Problem(f"{self.file}:{self.line}", what, hint))

    def text(self, column: str) -> str:
        """The cell without surrounding spaces; "" where the file lacks the optional column."""
        return self.cells.get(column, "")

    def required(self, column: str) -> str:
        """The cell, with an error where it is empty."""
        text = self.text(column)
        if not text:
            self.error(f"`{column}` is empty", "each row needs one")
        return text

    def identifier(self, column: str) -> str:
        """A required cell without spaces: ids are listed with spaces between them."""
        text = self.required(column)
        if len(text.split()) > 1:
            self.error(f"`{column}` {text!r} has a space in it", "ids are written without spaces")
        return text

    def choice(self, column: str, choices: Iterable[Word], default: Word) -> Word:
        """A required cell that is one of `choices` in any case; `default` where it is not."""
        text = self.required(column)
        words = {choice.casefold(): choice for choice in choices}
        if text.casefold() in words:
            return words[text.casefold()]
        if text and column not in self.odd:
            near = get_close_matches(text.casefold(), words, n=1)
            hint = f"did you mean `{words[near[0]]}`?" if near else "one of " + ", ".join(words.values())
            self.error(f"`{column}` {text!r} is not known", hint)
        return default

    def value(self, column: str, parse: Callable[[str], T], default: T, *, required: bool = False) -> T:
        """The parsed cell; `default` where it is empty or, with an error, where it can't be parsed."""
        text = self.required(column) if required else self.text(column)
        if not text:
            return default
        try:
            return parse(text)
        except CellError as error:
            if column not in self.odd:
                self.error(f"`{column}` {text!r} {error.what}", error.hint)
            return default


class RecordLines:
    """Feeds csv.reader line by line; between records it skips empty lines and comments.

    Only here can a `#` line be told from a line inside a quoted cell.
    """

    def __init__(self, text: str) -> None:
        self._source = io.StringIO(text, newline="")
        self.number = 0
        self.record = 0  # line on which the current record begins
        self.start = 0  # where in the text it begins
        self.offset = 0  # how far the text has been read
        self.spoilt: list[
            int
        ] = []  # lines that would be comments, were their first cell not a broken formula

    def begin_record(self) -> None:
        self.record = 0

    def __iter__(self) -> RecordLines:
        return self

    def __next__(self) -> str:
        for line in self._source:
            self.number += 1
            self.offset += len(line)
            if not self.record:
                if not line.strip():
                    continue
                if line.lstrip().startswith("#"):
                    if _BROKEN_FORMULA.match(line):
                        self.spoilt.append(self.number)
                    continue
                self.record = self.number
                self.start = self.offset - len(line)
            return line
        raise StopIteration


def read_rows(folder: Path, columns: Columns, problems: list[Problem]) -> Iterator[Row]:
    """The rows of `folder/columns.file`, those with mistakes among them."""
    path = folder / columns.file
    if not columns.needed and not path.exists():
        what = "there is no such file in the district folder"
        problems.append(
            Problem(path.name, what, f"a file with the line `{columns.header}` says: none", "warning")
        )
        return
    text = read_text(path, problems, hint=f"its first line is `{columns.header}`")
    if text is not None:
        yield from rows_of(text, columns, problems)


def rows_of(text: str, columns: Columns, problems: list[Problem]) -> Iterator[Row]:
    """The rows of a file's text, those with mistakes among them."""
    file = columns.file
    records = _records(file, text, problems)
    line, header = next(records, (1, []))
    if header and header[0].casefold().startswith("sep="):
        hint = "delete this line: the cells of these files are always separated by commas"
        problems.append(Problem(f"{file}:{line}", "is a line for Excel, not the header", hint))
        line, header = next(records, (line, []))
    names = column_names(header)
    if not _header_is_good(columns, line, names, problems):
        return
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
            what = f"has {len(cells)} cells, the header has {len(names)}"
            problems.append(Problem(f"{file}:{line}", what, ragged_hint(cells, len(names))))
        texts = dict(zip(names, map(str.strip, cells), strict=False))
        odd = tuple(odd_cells(texts, columns.free, len(names)))
        for column, what, hint, severity in odd:
            problems.append(Problem(f"{file}:{line}", f"`{column}` {what}", hint, severity))
        told = frozenset(column for column, _, _, severity in odd if severity == "error") if odd else _NONE
        yield Row(file, line, texts, problems, told)


def column_names(header: Sequence[str]) -> list[str]:
    """The columns that a header names."""
    return [name.strip().casefold() for name in header]


def _records(file: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    lines = RecordLines(text)
    reader = csv.reader(lines, strict=True)
    while True:
        lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            hint = 'a cell that begins with " ends with "; a " inside it is written twice'
            problems.append(Problem(f"{file}:{lines.record}", f"is not CSV from here on: {error}", hint))
            break
        if not is_comment(cells):
            yield lines.record, cells
    for number in lines.spoilt:
        hint = "mend the formula, or write what it should say; as it is, the line would pass for a comment"
        problems.append(Problem(f"{file}:{number}", "begins with a formula that went wrong", hint))


def is_comment(cells: Sequence[str]) -> bool:
    """Whether a record is a comment that a spreadsheet has put in quotes."""
    return cells[0].lstrip().startswith("#") and not any(cell.strip() for cell in cells[1:])


def _header_is_good(columns: Columns, line: int, names: list[str], problems: list[Problem]) -> bool:
    where = f"{columns.file}:{line}"
    known = columns.required + columns.optional
    if not names:
        problems.append(Problem(where, "is empty", f"its first line is `{columns.header}`"))
        return False
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        problems.append(Problem(where, "has one column only", "put commas between the cells"))
        return False
    missing = [name for name in columns.required if name not in names]
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    header = f"the header is `{columns.header}`"
    problems.extend(Problem(where, f"column `{name}` is missing", header) for name in missing)
    problems.extend(Problem(where, f"column `{name}` comes twice", "keep one of them") for name in repeated)
    for name in dict.fromkeys(names):
        if name and name not in known:
            near = get_close_matches(name, [one for one in known if one not in names], n=1)
            hint = f"did you mean `{near[0]}`?" if near else "it is not read"
            problems.append(Problem(where, f"unknown column `{name}`", hint, "warning"))
    return not missing and not repeated
