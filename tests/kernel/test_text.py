"""Columns of text that the kernel writes, against the standard library's spelling."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auditor.jobs.extract import FLOW_COLUMNS, FlowRows
from auditor.jobs.flow_lines import FlowLines
from auditor.kernel import text
from auditor.kernel.dtypes import NO_NAME, SLICE, SOURCE_DNS, SOURCE_NAMES
from auditor.records import FlowSlices, address_text, mac_text

HALF = st.integers(0, 2**64 - 1)
GROUPS = st.lists(st.sampled_from([0, 0, 0, 1, 0x20, 0xFFFF, 0xDB8]), min_size=8, max_size=8)


def cells(write: Callable[..., None], longest: int, *columns: object, count: int) -> list[str]:
    data, offset = np.empty(count * longest, np.uint8), np.zeros(count + 1, np.int32)
    write(*columns, data, offset)
    whole = data.tobytes()
    return [whole[a:b].decode() for a, b in pairwise(offset)]


@given(st.lists(st.integers(0, 2**62), min_size=1))
def test_times(times: list[int]) -> None:
    got = cells(text.times_text, text.LONGEST_TIME, np.array(times, np.int64), 10**9, 9, count=len(times))
    start = datetime(1970, 1, 1)
    assert got == [
        f"{(start + timedelta(seconds=time // 10**9)).isoformat()}.{time % 10**9:09d}Z" for time in times
    ]


def test_leap_days_and_whole_seconds() -> None:
    times = np.array([951_782_400, 951_868_799, 4_107_542_400, 0], np.int64)
    assert cells(text.times_text, text.LONGEST_TIME, times, 1, 0, count=4) == [
        "2000-02-29T00:00:00Z", "2000-02-29T23:59:59Z", "2100-03-01T00:00:00Z", "1970-01-01T00:00:00Z",
    ]  # fmt: skip


@given(st.lists(st.integers(0, 2**48 - 1), min_size=1))
def test_macs(macs: list[int]) -> None:
    got = cells(text.macs_text, text.LONGEST_MAC, np.array(macs, np.uint64), count=len(macs))
    assert got == [mac_text(mac) for mac in macs]


@given(
    st.lists(
        st.one_of(
            st.tuples(HALF, HALF),
            st.tuples(st.just(0), st.integers(0xFFFF << 32, (0xFFFF << 32) + 2**32 - 1)),
            GROUPS.map(lambda groups: divmod(int("".join(f"{group:04x}" for group in groups), 16), 2**64)),
        ),
        min_size=1,
    )
)
def test_addresses(pairs: list[tuple[int, int]]) -> None:
    hi, lo = (np.array(column, np.uint64) for column in zip(*pairs, strict=True))
    got = cells(text.addresses_text, text.LONGEST_ADDRESS, hi, lo, count=len(pairs))
    assert got == [address_text(*pair) for pair in pairs]


HOSTS = ["www.example.org", 'a,"b".example', "x", "\\195\\164.example", "a" * 253]
ADDRESS = st.one_of(
    st.tuples(HALF, HALF), st.tuples(st.just(0), st.integers(0xFFFF << 32, (0xFFFF << 32) + 2**32 - 1))
)
COUNT = st.integers(0, 2**63 - 1)


@st.composite
def slices(draw: st.DrawFn) -> np.ndarray:
    rows = np.zeros(draw(st.integers(0, 6)), SLICE)
    for row in rows:
        row["minute"] = draw(st.integers(0, 2**27))
        row["first_ns"], row["last_ns"] = draw(st.integers(0, 2**62)), draw(st.integers(0, 2**62))
        for end in ("client", "server"):
            row[f"{end}_hi"], row[f"{end}_lo"] = draw(ADDRESS)
            row[f"{end}_port"] = draw(st.integers(0, 65535))
        row["client_mac"] = draw(st.integers(0, 2**48 - 1))
        for name in ("bytes_up", "bytes_down", "packets_up", "packets_down"):
            row[name] = draw(COUNT)
        row["proto"] = draw(st.sampled_from([6, 17]))
        row["name_source"] = draw(st.integers(0, len(SOURCE_NAMES) - 1))
        told = row["name_source"] == SOURCE_DNS
        row["name"] = draw(st.integers(0, 1 if told else 4)) if row["name_source"] else NO_NAME
    return rows


@given(parts=st.lists(slices(), min_size=1, max_size=3), path=st.sampled_from(["a.pcap", 'odd,"\n\rä.pcap']))
def test_lines_of_flows_are_those_of_their_table(parts: list[np.ndarray], path: str) -> None:
    """The host lists grow from part to part, as a name table does."""
    names, told = HOSTS[:3], HOSTS[3:]
    lines = FlowLines(path)
    found = [FlowSlices(rows, names, told) for rows in parts]
    early = FlowRows(path, [FlowSlices(np.zeros(0, SLICE), names, told)], lines)
    assert early.csv() == ""
    names += HOSTS[3:]
    rows = FlowRows(path, found, lines)
    table = rows.table()
    assert table.column_names == list(FLOW_COLUMNS)
    cells = zip(*(map(str, column.to_pylist()) for column in table.columns), strict=True)
    assert list(csv.reader(io.StringIO(rows.csv(), newline=""))) == [list(row) for row in cells]


def test_another_list_of_hosts_replaces_the_first() -> None:
    lines, rows = FlowLines("a.pcap"), np.zeros(1, SLICE)
    rows["name_source"], rows["proto"] = 1, 6
    shown = [lines.of([FlowSlices(rows, [host], [])]).split(",")[-2] for host in ("one", "two", "three")]
    assert shown == ["one", "two", "three"]
