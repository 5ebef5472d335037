"""What the verbs print: rows to stdout in the format asked for, talk to stderr."""

from __future__ import annotations

import csv
import io
import json
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from auditor.stopwatch import NO_STOPWATCH, NoStopwatch

if TYPE_CHECKING:
    import pyarrow as pa

HERE = Path(__file__).resolve().parent
MOST_WIDE = 48  # characters of a table's column; longer cells push the rest of their row


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"
    ndjson = "ndjson"


class What(StrEnum):
    """What `auditor extract` gives."""

    names = "names"  # a row a sighting
    flows = "flows"  # minute slices


@dataclass(frozen=True, slots=True)
class Talk:
    """Lines for the person, to stderr: `say` unless quiet, `detail` only where asked for."""

    quiet: bool = False
    verbose: bool = False

    def say(self, text: str) -> None:
        if not self.quiet:
            complain(text)

    def detail(self, text: str) -> None:
        if self.verbose:
            complain(text)


def complain(text: object) -> None:
    """A line that is never left out, to stderr."""
    print(text, file=sys.stderr)


def unexpected(error: Exception, verbose: bool) -> str:
    """One line on an error that nobody foresaw, with where it arose; the whole traceback where `verbose`."""
    if verbose:
        return "".join(traceback.format_exception(error)).rstrip()
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{(error.strerror or str(error)).lower()} (-v shows what was being done)"
    text = " ".join(str(error).split())
    places = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in reversed(traceback.extract_tb(error.__traceback__))
        if HERE in Path(frame.filename).parents
    ]
    return (
        f"internal error: {type(error).__name__}: {text} at {' < '.join(places)} "
        "(a fault of the program, not yours: please report this line; -v shows the whole traceback)"
    )


class Rows(Protocol):
    """Rows that can be made into a table."""

    def table(self) -> pa.Table: ...


@runtime_checkable
class CsvRows(Protocol):
    """Rows that know how to write themselves as CSV, faster than through a table; `csv` gives no header."""

    columns: Sequence[str]

    def csv(self) -> str: ...


def write_rows(parts: Iterable[Rows], form: Format | None, stopwatch: NoStopwatch = NO_STOPWATCH) -> None:
    """Prints rows of one schema, one part behind the other as they come.

    Without a format: a table on a terminal, CSV elsewhere.
    """
    form = form or (Format.table if sys.stdout.isatty() else Format.csv)
    writer = WRITERS[form]()
    for part in parts:
        with stopwatch.stage("write"):
            writer.write(part)
    writer.close()
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is there."""

    made: pa.Table

    def table(self) -> pa.Table:
        return self.made


class _Writer(Protocol):
    def write(self, rows: Rows) -> None: ...

    def close(self) -> None: ...


class _Csv:
    """RFC 4180 with LF line ends, quotes where needed; a header even without rows."""

    def __init__(self) -> None:
        self._begun = False

    def write(self, rows: Rows) -> None:
        if isinstance(rows, CsvRows):
            names, text = rows.columns, rows.csv()
        else:
            table = rows.table()
            names, text = table.column_names, _csv(table)
        if not self._begun:
            print(",".join(names))
            self._begun = True
        sys.stdout.write(text)

    def close(self) -> None:
        pass


def _csv(table: pa.Table) -> str:
    """Text, whole numbers and flags through the fast writer, unless it finds a cell that wants quotes."""
    import pyarrow as pa
    from pyarrow import csv as fast

    plain = (pa.types.is_integer, pa.types.is_string, pa.types.is_boolean)
    if not all(any(is_a(kind) for is_a in plain) for kind in table.schema.types):
        return _quoted_csv(table)
    sink = pa.BufferOutputStream()
    table = table.combine_chunks()  # of a table with an empty chunk the fast writer writes stray bytes
    try:
        fast.write_csv(table, sink, fast.WriteOptions(include_header=False, quoting_style="none"))
    except pa.ArrowInvalid:
        return _quoted_csv(table)
    return str(sink.getvalue().to_pybytes(), "utf-8")


def _quoted_csv(table: pa.Table) -> str:
    text = io.StringIO()
    columns = [_cells(column) for column in table.columns]
    csv.writer(text, lineterminator="\n").writerows(zip(*columns, strict=True))
    return text.getvalue()


class _Ndjson:
    def write(self, rows: Rows) -> None:
        sys.stdout.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.table().to_pylist())

    def close(self) -> None:
        pass


class _Json:
    def __init__(self) -> None:
        self._before = "[\n"

    def write(self, rows: Rows) -> None:
        for row in rows.table().to_pylist():
            sys.stdout.write(self._before + json.dumps(row, ensure_ascii=False))
            self._before = ",\n"

    def close(self) -> None:
        sys.stdout.write("[]\n" if self._before == "[\n" else "\n]\n")


class _Aligned:
    """Columns padded to the widest cell of the first rows, so that rows can be printed as they come."""

    def __init__(self) -> None:
        self._widths: list[int] = []

    def write(self, rows: Rows) -> None:
        table = rows.table()
        columns = [_cells(column) for column in table.columns]
        if not self._widths:
            if not table.num_rows:
                return
            self._widths = [
                min(max(map(len, [name, *cells])), MOST_WIDE)
                for name, cells in zip(table.column_names, columns, strict=True)
            ]
            self._line(table.column_names)
        for row in zip(*columns, strict=True):
            self._line(row)

    def _line(self, cells: Iterable[str]) -> None:
        padded = (cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True))
        print("  ".join(padded).rstrip())

    def close(self) -> None:
        pass


WRITERS: dict[Format, Callable[[], _Writer]] = {
    Format.table: _Aligned,
    Format.csv: _Csv,
    Format.json: _Json,
    Format.ndjson: _Ndjson,
}


def _cells(column: pa.ChunkedArray) -> list[str]:
    return [_cell(value) for value in column.to_pylist()]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
