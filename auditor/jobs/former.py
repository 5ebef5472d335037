"""The leases of a span of time, and those before it that may have ended them.

A lease that was only foretold is over once another device was given the address, though that one may have given it
back long before the minute that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from auditor.jobs.holds import CLAIMS
from auditor.warehouse.tables import LOGON

MOST_BACK = 31 * 1440  # minutes: further back nothing is looked for


class Told(NamedTuple):
    """What is told of who had which address in a span of time."""

    leases: pa.Table
    sources: list[str]  # that may have a say in it, by SHA-256


def told_of(stored: Callable[[int, int], pa.Table], first: int, last: int, skew: int) -> Told:
    """What holds at some minute of [first, last), and former leases of the same addresses.

    `stored` gives the warehouse's leases that hold in such a span; clocks of logs may be off by `skew` minutes.
    """
    held = stored(first, last)
    addressed = held.filter(pc.not_equal(held["kind"], LOGON))
    start = back_to(first, pc.min(addressed["seen_minute"]).as_py(), skew)
    if start >= first:
        return Told(held, _sources(held))
    before = stored(start, first)
    is_former = pc.and_(
        pc.less_equal(before["to_minute"], first),
        pc.invert(pc.is_in(before["kind"], pa.array([*CLAIMS, LOGON]))),
    )
    same = pc.is_in(before["address_key"], addressed["address_key"].unique())
    former = before.filter(pc.and_(is_former, same))
    return Told(pa.concat_tables([held, former]), _sources(pa.concat_tables([held, before])))


def back_to(first: int, seen: int | None, skew: int) -> int:
    """From which minute on former holds matter, where the oldest hold at `first` or later was last seen then."""
    return first if seen is None else min(first, max(seen - 2 * skew, first - MOST_BACK))


def _sources(leases: pa.Table) -> list[str]:
    found: list[str] = leases["source"].unique().to_pylist()
    return found
