"""Bare machine code gives what the function gives, is kept and found again, and refused where it may raise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.kernel.machine_code import Entry, Inner

ROOT = Path(__file__).resolve().parents[2]
RECORD = np.dtype([("number", "i8"), ("small", "u2")], align=True)
INTS = st.integers(-(2**63), 2**63 - 1)


class Table(NamedTuple):
    rows: np.recarray[Any, Any]
    grid: np.ndarray
    scale: int


def jit(function: Any, **options: Any) -> Any:
    return numba.njit(_nrt=False, **options)(function)


def helper(number: int) -> int:
    return number * 3


inner = Inner(helper, jit, {})


def total(table: Table, first: int, flag: bool, big: np.uint64) -> tuple[int, int]:
    """Uses every kind of argument, and another compiled function."""
    found = inner(first) if flag else first
    for number in range(len(table.rows)):
        row = table.rows[number]
        found += row.number * table.scale + np.int64(row.small)
        row.number = number
    for number in range(table.grid.shape[0]):
        found += table.grid[number, 1]
    return found, np.int64(big >> np.uint64(32))


def quotient(number: int, divisor: int) -> int:
    return number // divisor


def nothing(numbers: np.ndarray) -> None:
    numbers[0] += 1


def refused(number: int) -> int:
    if number > 6:
        raise ValueError("too large")
    return number


def entry(function: Any, folder: Path) -> Any:
    return Entry(function, jit, folder)


def made_table(numbers: list[int]) -> Table:
    rows = np.zeros(len(numbers), RECORD).view(np.recarray)
    rows.number, rows.small = numbers, 7
    return Table(rows, np.arange(6, dtype=np.int64).reshape(3, 2), 2)


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return entry(total, tmp_path_factory.mktemp("code"))


@given(
    numbers=st.lists(st.integers(-(2**40), 2**40), max_size=5),
    first=st.integers(-(2**40), 2**40),
    flag=st.booleans(),
    big=st.integers(0, 2**64 - 1).map(np.uint64),
)
def test_as_numba_calls_it(native: Any, numbers: list[int], first: int, flag: bool, big: np.uint64) -> None:
    ours, theirs = made_table(numbers), made_table(numbers)
    assert native(ours, first, flag, big) == native.jitted(theirs, first, flag, big)
    assert ours.rows.tolist() == theirs.rows.tolist()
    assert None not in native._native.values()


def test_nothing_comes_back_from_what_returns_nothing(tmp_path: Path) -> None:
    numbers = np.array([41], np.int64)
    assert entry(nothing, tmp_path)(numbers) is None
    assert numbers[0] == 42


def test_code_is_kept_and_made_anew_where_it_is_damaged(tmp_path: Path) -> None:
    def never(function: Any) -> Any:
        raise AssertionError("compiled again")

    assert entry(quotient, tmp_path)(-7, 2) == -4
    (path,) = tmp_path.iterdir()
    assert Entry(quotient, never, tmp_path)(-7, 2) == -4
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(AssertionError, match="compiled again"):
        Entry(quotient, never, tmp_path)(-7, 2)
    assert entry(quotient, tmp_path)(-7, 2) == -4
    assert Entry(quotient, never, tmp_path)(-7, 2) == -4


def test_code_that_may_raise_is_left_to_numba(tmp_path: Path) -> None:
    there = entry(refused, tmp_path)
    assert there(6) == 6
    assert list(there._native.values()) == [None]
    with pytest.raises(ValueError, match="too large"):
        there(7)


def test_arrays_with_gaps_and_other_types_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="with gaps"):
        entry(nothing, tmp_path)(np.zeros(8, np.int64)[::2])
    with pytest.raises(TypeError, match="none of the kernel's types"):
        entry(quotient, tmp_path)(1.5, 2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", ["names", "flows"])
def test_a_capture_is_read_without_numba(what: str) -> None:
    """Every function on the way stands on its own: none may raise. The first run makes what is missing."""
    code = (
        "import sys; from auditor.cli import main\n"
        f"sys.argv[1:] = ['extract', '--what', {what!r}, '--format', 'csv', 'sample_pcaps/vlan.pcap']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print([name for name in ('numba', 'pandas', 'scapy') if name in sys.modules], file=sys.stderr)"
    )
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
    assert run.stderr.strip() == "[]"
    assert run.stdout.count("\n") > 1
