"""The policy's SQL: one view a file, put in order by what each reads, and run one after the other.

`sources` rename and cast, `facts` join, `clauses` filter and group. The text uses no date, time or zone
function, no regular expression, no list type and no dialect of one engine; parameters are tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import pandas as pd

_FOLDERS = ("sources", "facts", "clauses")
# Rows on their way, and what is put to each: worked out where they are read, and not kept.
_PASSING = frozenset(
    {
        "traffic",
        "client_traffic",
        "device_traffic",
        "named_traffic",
        "seen_host",
        "session_minute",
        "prong",
        "approved_tool",
        "judged_minute",
    }
)
_CONFIG: Mapping[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
    "preserve_insertion_order": False,  # whatever is handed on is put in order
}


@cache
def view_texts() -> Mapping[str, str]:
    """The name of each view and its SELECT, in an order in which each reads only those before it."""
    here = Path(__file__).parent
    texts = {
        path.stem: path.read_text(encoding="utf-8")
        for folder in _FOLDERS
        for path in sorted((here / folder).glob("*.sql"))
    }
    reads = {name: sorted(duckdb.get_table_names(text) & texts.keys()) for name, text in texts.items()}
    return {name: texts[name] for name in TopologicalSorter(reads).static_order()}


@cache
def _texts_for(asked: frozenset[str] | None) -> Mapping[str, str]:
    """Those of `view_texts` that the `asked` are made from; all where none are named."""
    texts = view_texts()
    if asked is None:
        return texts
    needed = set(asked)
    for name in reversed(list(texts)):
        if name in needed:
            needed |= duckdb.get_table_names(texts[name]) & texts.keys()
    return {name: text for name, text in texts.items() if name in needed}


@cache
def _read_last(asked: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """The tables that no view reads any more once one has been made, by that one; what the `asked` read stays."""
    texts = _texts_for(asked)
    behind: dict[str, frozenset[str]] = {}  # the tables that are read with a view
    last: dict[str, str] = {}
    for name, text in texts.items():
        tables = frozenset().union(*(behind[read] for read in duckdb.get_table_names(text) & texts.keys()))
        behind[name] = tables if name in _PASSING else frozenset({name})
        last |= dict.fromkeys(() if name in _PASSING else tables, name)
    kept = frozenset().union(*(behind[name] for name in asked))
    return {
        reader: tuple(name for name, by in last.items() if by == reader and name not in kept)
        for reader in set(last.values())
    }


def view_comments() -> dict[str, str]:
    """What each view means, in the policy's words: the comment at its head."""
    return {name: _head_comment(text) for name, text in view_texts().items()}


@contextmanager
def evaluated(
    tables: Mapping[str, pd.DataFrame], threads: int | None = None, asked: frozenset[str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """All views over the given tables, or just those `asked`, in a database in memory that reaches no file and no
    network.

    Each view is made a table before the next one reads it: as one statement the planner may choose a join
    order that takes minutes. It runs on so many threads, by default one a core.
    """
    config = {**_CONFIG, **({"threads": threads} if threads else {})}
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, table in tables.items():
            connection.register(name, table)
        for name, text in _texts_for(asked).items():
            kind = "VIEW" if name in _PASSING else "TABLE"
            connection.execute(f"CREATE {kind} {name} AS\n{text}")
            for done in () if asked is None else _read_last(asked).get(name, ()):
                connection.execute(f"DROP TABLE {done}")
        yield connection


def _head_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)
