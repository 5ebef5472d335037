"""Files that are whole or absent: written aside, flushed to the disk, renamed into place.

Folders are 0700 and files 0600: what is stored is nobody's business but the auditor's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.errors import AuditorError, BadInput, Problem
from auditor.warehouse.tables import LATER


def refused(folder: Path, error: OSError) -> BadInput:
    """What the operating system refuses (no space, no permission) as one line for the user."""
    reason = (error.strerror or str(error)).lower()
    hint = "the warehouse must lie in a folder that you may write to and that has room"
    return BadInput(Problem(str(error.filename or folder), f"can't be written: {reason}", hint))


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Lets the user read in one line why something below the folder can't be written."""
    try:
        yield
    except OSError as error:
        raise refused(folder, error) from None


def private_folder(folder: Path) -> Path:
    """Makes the folder and what is missing above it, each 0700."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_bytes(path: Path, content: bytes) -> Path:
    """Writes a private file and waits until it is on the disk."""
    private_folder(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return path


def append(path: Path, line: bytes) -> None:
    """Adds a line to a private file in one step and waits until it is on the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def write_parquet(path: Path, table: pa.Table) -> Path:
    """Writes a private Parquet file; the same table gives the same bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(None), sink, compression="zstd", store_schema=False)
    return write_bytes(path, sink.getvalue().to_pybytes())


def publish(staged: Path, target: Path) -> None:
    """Puts a staged file in its place in one step, over what stood there."""
    private_folder(target.parent)
    os.replace(staged, target)  # noqa: PTH105 - tests let this one name fail


def completed(file: pq.ParquetFile, schema: pa.Schema) -> pa.Table:
    """The file as the schema says; columns that an earlier version didn't write are filled in."""
    lacking = [name for name in LATER if name in schema.names and name not in file.schema_arrow.names]
    table = file.read(columns=[name for name in schema.names if name not in lacking])
    for name in lacking:
        table = table.append_column(name, _filled(LATER[name], table))
    return table.select(schema.names).cast(schema)


def _filled(value: pa.Scalar | str | Callable[[pa.Table], pa.Array], table: pa.Table) -> pa.Array:
    if isinstance(value, str):
        return table[value]
    return value(table) if callable(value) else pa.repeat(value, table.num_rows)


def span(path: Path, first: str, last: str) -> tuple[int, int] | None:
    """The least `first` and the greatest `last` of a file's rows, by its statistics; None where it has none."""
    try:
        with path.open("rb") as file:
            metadata = pq.ParquetFile(file).metadata
    except (OSError, pa.ArrowException):
        return None
    ends: dict[str, list[tuple[int, int]]] = {first: [], last: []}
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for column in map(group.column, range(group.num_columns)):
            if column.path_in_schema in ends:
                if column.statistics is None or not column.statistics.has_min_max:
                    return None
                ends[column.path_in_schema].append((column.statistics.min, column.statistics.max))
    if not (ends[first] and ends[last]):
        return None
    return min(least for least, _ in ends[first]), max(greatest for _, greatest in ends[last])


def read_parquet(path: Path, schema: pa.Schema, hint: str) -> pa.Table:
    """A file of the warehouse as the schema says; `hint` tells the user what to do where it is damaged."""
    try:
        with path.open("rb") as file:  # the library opens no path that is not UTF-8
            texts = [field.name for field in schema if pa.types.is_dictionary(field.type)]
            return completed(pq.ParquetFile(file, read_dictionary=texts), schema)
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AuditorError(Problem(str(path), f"can't be read: {what}", hint)) from None
