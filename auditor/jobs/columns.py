"""Columns of rows as Arrow has them, made from numpy's without a Python object a cell where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditor.kernel.text import (
    LONGEST_ADDRESS,
    LONGEST_MAC,
    LONGEST_TIME,
    addresses_text,
    macs_text,
    times_text,
)
from auditor.records import RecordArray

Flags = npt.NDArray[np.bool_]


def texts(write: Callable[..., None], longest: int, *columns: RecordArray | int) -> pa.Array:
    """A column of text that the kernel writes; the first of `columns` says how many cells it has."""
    count = len(columns[0])  # type: ignore[arg-type]
    data, offset = np.empty(count * longest, np.uint8), np.zeros(count + 1, np.int32)
    write(*columns, data, offset)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offset), pa.py_buffer(data[: offset[-1]]))


def addresses(rows: RecordArray, name: str) -> pa.Array:
    return texts(addresses_text, LONGEST_ADDRESS, rows[f"{name}_hi"].copy(), rows[f"{name}_lo"].copy())


def macs(column: RecordArray) -> pa.Array:
    return texts(macs_text, LONGEST_MAC, column.copy())


def times(nanoseconds: RecordArray) -> pa.Array:
    """UTC, ISO 8601, nine digits."""
    return texts(times_text, LONGEST_TIME, nanoseconds.copy(), 1_000_000_000, 9)


def minutes(minutes: RecordArray) -> pa.Array:
    return texts(times_text, LONGEST_TIME, np.multiply(minutes, 60, dtype=np.int64), 1, 0)


def numbers(column: RecordArray) -> pa.Array:
    """`pa.array` would do; it imports pandas, which takes longer than many a capture."""
    values = np.ascontiguousarray(column, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def strings(texts: Sequence[str]) -> pa.Array:
    encoded = [text.encode() for text in texts]
    offset = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, encoded), np.int32, len(encoded)), out=offset[1:])
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(offset), pa.py_buffer(b"".join(encoded)))


def flags(values: Flags, known: Flags) -> pa.Array:
    """True or false; null where not known."""
    bits = (np.packbits(column, bitorder="little") for column in (known, values))
    return pa.Array.from_buffers(pa.bool_(), len(values), [pa.py_buffer(packed) for packed in bits])


def repeated(text: str, count: int) -> pa.Array:
    return strings([text] * count)


def choice(codes: RecordArray, names: dict[int, str]) -> pa.Array:
    """`take` of a short column would do; it imports all of pyarrow's functions."""
    return strings([names.get(code, "") for code in codes.tolist()])
