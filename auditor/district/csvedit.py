"""Edits the text of a CSV file: a row at its end, a cell in a row. All else stays as it was, byte for byte.

Comments, blank lines, the order of columns, columns that nobody reads and the kind of line ends are kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.district.csvfile import RecordLines, column_names, is_comment

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of the file and where it stands in the text; `end` is behind its line end."""

    line: int
    start: int
    end: int
    cells: tuple[str, ...]


class CsvText:
    """A CSV file's text without BOM. Raises csv.Error where it can't be read as CSV, to the end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._records = _records(text)
        self.columns = column_names(self._records[0].cells) if self._records else []
        head = text[self._records[0].start : self._records[0].end] if self._records else text
        found = _LINE_END.search(head[len(head.rstrip("\r\n")) :]) or _LINE_END.search(text)
        self.line_end = found.group() if found else "\n"

    def with_row(self, cells: Mapping[str, str]) -> str:
        """The text with one more row at its end. Columns of the file that `cells` doesn't name stay empty."""
        end = "" if self.text.endswith(("\n", "\r")) or not self.text else self.line_end
        row = ",".join(_quoted(cells.get(name, "")) for name in self.columns)
        return f"{self.text}{end}{row}{self.line_end}"

    def with_cell(self, line: int, column: str, value: str) -> str:
        """The text with another value in one cell of the row that begins on a line.

        Raises csv.Error where the row has no such cell.
        """
        record = next(one for one in self._records[1:] if one.line == line)
        spans = _cell_spans(self.text[record.start : record.end])
        place = self.columns.index(column)
        if len(spans) != len(record.cells) or place >= len(spans):
            raise csv.Error(f"line {line} has no cell {column}")
        start, end = spans[place]
        return self.text[: record.start + start] + _quoted(value) + self.text[record.start + end :]


def _records(text: str) -> list[_Record]:
    lines = RecordLines(text)
    reader = csv.reader(lines, strict=True)
    records: list[_Record] = []
    while True:
        lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return records
        if not is_comment(cells):
            records.append(_Record(lines.record, lines.start, lines.offset, tuple(cells)))


def _cell_spans(record: str) -> list[tuple[int, int]]:
    """Where each cell of a record begins and ends, its quotes included (RFC 4180, 2.5 to 2.7)."""
    body = record.rstrip("\r\n")
    spans, start, place = [], 0, 0
    while True:
        if body.startswith('"', start):
            place = start + 1
            while (place := body.index('"', place) + 1) < len(body) and body[place] == '"':
                place += 1
        else:
            comma = body.find(",", start)
            place = len(body) if comma < 0 else comma
        spans.append((start, place))
        if place >= len(body):
            return spans
        start = place + 1


def _quoted(value: str) -> str:
    """A value as a cell, in quotes where it needs them."""
    text = io.StringIO()
    # With a second cell, for an only one that is empty would be put in quotes.
    csv.writer(text, lineterminator="\r\n").writerow((value, "x"))
    cell = text.getvalue().removesuffix(",x\r\n")
    return f'"{cell}"' if cell.startswith("#") else cell  # which would make a comment of the row
