"""The SQL against a slow second implementation, on small districts and traffic made up by hypothesis."""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import policy_slow as slow
import pyarrow as pa
import pytest
from compared import disagreement
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from policy_given import KEY
from world_census import KINDS, census
from worlds import LISTS, World, smallest, worlds

from auditor.warehouse import files

PARTS = 8  # so that the tests' workers share them
EXAMPLES = int(os.environ.get("SECOND_OPINION_EXAMPLES", "250"))  # of each part
LONG = pytest.mark.long
unkept = settings(
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=LONG) for part in range(1, PARTS))])
@settings(unkept, max_examples=EXAMPLES)
@given(world=worlds())
def test_both_say_the_same_of_every_minute(part: int, world: World) -> None:
    if difference(world):
        least = smallest(world, lambda less: bool(difference(less)))
        pytest.fail(f"{difference(least)}\n{least}")


def difference(world: World) -> str:
    """Of what both say something else; "" where they agree."""
    day = slow.Day(world.district, world.day, world.activity, world.leases, KEY)
    findings, _ = day.decide()
    assert len({row["finding_id"] for row in findings}) == len(findings)
    for row in findings:
        assert row["prohibited_minutes"] == row["excepted_minutes"] + row["unapproved_minutes"]
        assert 0 < row["minutes"] <= row["span_minutes"]
    return disagreement(world.decided(), day)


def test_the_worlds_hold_all_that_matters() -> None:
    """Of 300 worlds, always the same, some have an excused minute, some a disputed lease, and so on."""
    counts: Counter[str] = Counter()

    @seed(1)
    @settings(unkept, max_examples=300)
    @given(worlds())
    def count(world: World) -> None:
        findings, minutes = slow.decide(world.district, world.day, world.activity, world.leases, KEY)
        counts.update(census(world, findings, minutes))

    count()
    print(*(f"{counts[kind]:4} {kind}" for kind in KINDS), sep="\n")
    assert [kind for kind in KINDS if not counts[kind]] == []


@settings(unkept, max_examples=25)
@given(worlds(), st.integers())
def test_neither_the_order_of_rows_nor_the_number_of_threads_changes_a_byte(
    world: World, chance: int
) -> None:
    contents = []
    for threads in (1, 2, 8):
        decision = shuffled(world, chance if threads > 1 else None).decided(threads)
        contents.append([parquet(decision.findings), parquet(decision.minutes), dict(decision.coverage)])
    assert contents[0] == contents[1] == contents[2]


def shuffled(world: World, chance: int | None) -> World:
    """The world with all rows in another order: of what was seen, of leases, of every file of the district."""
    if chance is None:
        return world
    shuffle = random.Random(chance)

    def mixed(rows: Any) -> Any:
        return type(rows)(shuffle.sample(list(rows), len(rows)))

    district = replace(world.district, **{name: mixed(getattr(world.district, name)) for name in LISTS})
    return replace(world, district=district, activity=mixed(world.activity), leases=mixed(world.leases))


def parquet(table: pa.Table) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return files.write_parquet(Path(folder) / "table.parquet", table).read_bytes()
