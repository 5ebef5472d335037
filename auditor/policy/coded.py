"""Texts as numbers, for speed alone: DuckDB joins, groups and sorts an ENUM as it does small integers, and where
the policy's SQL puts a text beside one it is a text again. So the same SQL gives the same rows with or without.

Columns of one name share a dictionary in the order of the texts, and so do those that SAME puts together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

# Columns that are compared with each other, under one name.
SAME = {
    "address_key": "client_key",
    "no_client": "client_key",
    "student_client": "client_key",
    "guest_client": "client_key",
    "unknown_ownership": "ownership",
    "unknown_holder": "holder",
    "student": "holder",
    "guest": "holder",
    "nobody": "person",
    "no_role": "role",
}

_MOST = 1 << 62  # that a 64-bit number tells apart


def coded(tables: Mapping[str, pa.Table]) -> dict[str, pd.DataFrame]:
    """The tables as DuckDB reads them best: text columns as categories, all others as they are."""
    encoded = {
        (table, name): _encoded(columns[name])
        for table, columns in tables.items()
        for name in columns.schema.names
        if _is_text(columns.schema.field(name).type)
    }
    words: dict[str, set[str]] = {}
    for (_, name), column in encoded.items():
        words.setdefault(SAME.get(name, name), {""}).update(column.dictionary.to_pylist())
    dictionaries = {name: _Dictionary(of) for name, of in words.items()}
    return {
        table: pd.DataFrame(
            {
                name: dictionaries[SAME.get(name, name)].categorical(encoded[table, name])
                if (table, name) in encoded
                else columns[name].to_numpy()
                for name in columns.schema.names
            },
            copy=False,
        )
        for table, columns in tables.items()
    }


def numbered(rows: pa.Table, columns: Sequence[str]) -> pa.Array:
    """A number for each row, from 0: the same where the columns are the same."""
    numbers: npt.NDArray[np.int64] = np.zeros(rows.num_rows, np.int64)
    many = 1
    for name in columns:
        codes, kinds = _codes(rows[name])
        if many * kinds > _MOST:
            numbers = pd.factorize(numbers)[0].astype(np.int64)
            many = int(numbers.max(initial=0)) + 1
        numbers = numbers * kinds + codes
        many *= kinds
    return pa.array(pd.factorize(numbers)[0], pa.int64())


def _codes(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], int]:
    """A small number for each value, and how many there may be."""
    if _is_text(column.type):
        encoded = _encoded(column)
        return encoded.indices.to_numpy().astype(np.int64), max(1, len(encoded.dictionary))
    values: npt.NDArray[np.int64] = column.to_numpy().astype(np.int64)
    if not len(values):
        return values, 1
    least = int(values.min())
    return values - least, int(values.max()) - least + 1


class _Dictionary:
    """The texts of one name, in their order."""

    def __init__(self, words: set[str]) -> None:
        ordered = sorted(words)
        self._place = {word: place for place, word in enumerate(ordered)}
        self._type = pd.CategoricalDtype(pd.Index(ordered, dtype=object))

    def categorical(self, column: pa.DictionaryArray) -> pd.Categorical:
        places = np.array([self._place[word] for word in column.dictionary.to_pylist()], np.int32)
        codes = places[column.indices.to_numpy()]
        return pd.Categorical.from_codes(codes, dtype=self._type, validate=False)


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.dictionary_encode().unify_dictionaries().combine_chunks()


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))
