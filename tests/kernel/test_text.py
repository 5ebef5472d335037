"""Columns of text that the kernel writes, against the standard library's spelling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auditor.kernel import text
from auditor.records import address_text, mac_text

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
