"""An attacker with a pencil: nothing that was withheld may follow from what is shown."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.report.suppress import Partition, Record, Shown, protect

DIMENSIONS = {"site": 3, "role": 3, "day": 4, "category": 3}
LEAST = 4

cells = st.tuples(
    st.integers(0, 11),  # person
    st.integers(0, 2),  # role
    st.integers(0, 3),  # day
    st.integers(0, 2),  # category
    st.integers(0, 1),  # platform within the category
    st.integers(1, 9),  # minutes
)


def tables(rows: list[tuple[int, ...]]) -> tuple[list[Record], list[Partition]]:
    """Persons belong to one site; the rest varies from record to record."""
    keys = [(f"s{row[0] % 3}", f"r{row[1]}", f"d{row[2]}", f"c{row[3]}") for row in rows]
    records = [Record(f"p{row[0]}", row[5]) for row in rows]
    partitions = []
    for place, (name, size) in enumerate(DIMENSIONS.items()):
        labels = [f"{name[0]}{number}" for number in range(size)]
        lines = {label: frozenset(i for i, key in enumerate(keys) if key[place] == label) for label in labels}
        partitions.append(Partition(name, lines))
    for category, members in partitions[-1].lines.items():
        inner = {
            f"{category}{number}": frozenset(i for i in members if rows[i][4] == number) for number in (0, 1)
        }
        partitions.append(Partition(f"in {category}", inner, ("category", category)))
    return records, partitions


def persons(records: list[Record], members: frozenset[int]) -> int:
    return len({records[i].person for i in members})


def minutes(records: list[Record], members: frozenset[int]) -> int:
    return sum(records[i].amount for i in members)


def known_sums(
    records: list[Record], parts: list[Partition], shown: dict[str, Shown]
) -> list[frozenset[int]]:
    """What a reader has: the whole and every shown line; the withheld lines' sum follows from these."""
    whole = frozenset(range(len(records)))
    return [whole] + [
        part.lines[label] for part in parts for label in shown[part.name].lines if part.lines[label]
    ]


def follows(target: frozenset[int], sums: list[frozenset[int]], count: int) -> bool:
    """Whether the target's indicator is a rational combination of the sums' (Gauss, exact)."""
    basis: list[tuple[int, list[Fraction]]] = []

    def reduce(row: list[Fraction]) -> list[Fraction]:
        for pivot, other in basis:
            if row[pivot]:
                factor = row[pivot] / other[pivot]
                row = [a - factor * b for a, b in zip(row, other, strict=True)]
        return row

    for members in sums:
        row = reduce([Fraction(int(i in members)) for i in range(count)])
        pivot = next((i for i, value in enumerate(row) if value), None)
        if pivot is not None:
            basis.append((pivot, row))
    return not any(reduce([Fraction(int(i in target)) for i in range(count)]))


@settings(max_examples=150, deadline=None)
@given(st.lists(cells, min_size=0, max_size=40))
def test_no_small_line_and_no_person_follows_from_what_is_shown(rows: list[tuple[int, ...]]) -> None:
    records, parts = tables(rows)
    shown = protect(records, parts, LEAST)
    if persons(records, frozenset(range(len(records)))) < LEAST:
        return  # the whole is not shown either: see test_a_small_whole
    sums = known_sums(records, parts, shown)
    small = [of for part in parts for of in part.lines.values() if 0 < persons(records, of) < LEAST]
    singles = [
        frozenset(i for i, r in enumerate(records) if r.person == who) for who in {r.person for r in records}
    ]
    for target in small + singles:
        assert not follows(target, sums, len(records))


@settings(max_examples=150, deadline=None)
@given(st.lists(cells, min_size=0, max_size=40))
def test_what_is_shown_rests_on_enough_persons(rows: list[tuple[int, ...]]) -> None:
    records, parts = tables(rows)
    shown = protect(records, parts, LEAST)
    for part in parts:
        result = shown[part.name]
        assert result.lines.isdisjoint(result.withheld)
        assert result.lines | result.withheld == set(part.lines)
        for label in result.lines:
            assert persons(records, part.lines[label]) in {0, *range(LEAST, 99)}
        if result.lines and not result.closed and part.parent:
            outer, label = part.parent
            assert label in shown[outer].lines  # no platform of a category that is withheld


@settings(max_examples=150, deadline=None)
@given(st.lists(cells, min_size=0, max_size=40))
def test_withheld_lines_of_a_table_have_more_than_one_possible_value(rows: list[tuple[int, ...]]) -> None:
    """Brute force over one table: every way to fill its withheld lines that agrees with what is shown.

    Minutes add up, and each line has at least one. Persons may stand in several lines; a reader may know
    that they don't (one site a person), or hold that all withheld lines are small. None tells a line.
    """
    records, parts = tables(rows)
    shown = protect(records, parts, LEAST)
    for part in parts:
        result = shown[part.name]
        if result.closed or not result.withheld:
            continue
        count = len(result.withheld)
        together = frozenset().union(*(part.lines[label] for label in result.withheld))
        everyone = persons(records, together)
        spent = min(minutes(records, together), 12)  # more only leaves more room
        by_minutes = [world for world in product(range(1, spent + 1), repeat=count) if sum(world) == spent]
        people = list(product(range(1, everyone + 1), repeat=count))
        overlapping = [world for world in people if max(world) <= everyone <= sum(world)]
        small = [world for world in overlapping if max(world) < LEAST]
        really_apart = sum(persons(records, part.lines[label]) for label in result.withheld) == everyone
        apart = [world for world in overlapping if sum(world) == everyone and really_apart]
        for worlds in (by_minutes, overlapping, small, apart):
            for place in range(count):
                assert len({world[place] for world in worlds}) != 1


def test_one_small_line_takes_a_second_with_it() -> None:
    records = [Record(f"p{i}", 5) for i in range(40)]
    lines = {
        "a": frozenset(range(20)),
        "b": frozenset(range(20, 37)),
        "c": frozenset(range(37, 40)),
        "none": frozenset(),
    }
    shown = protect(records, [Partition("site", lines)], 10)["site"]
    assert shown == Shown(frozenset({"a", "none"}), frozenset({"b", "c"}), False)


def test_a_small_line_is_not_the_difference_of_lines_of_two_tables() -> None:
    """The office: 12 persons. Administrators: 11 persons, all at the office. The twelfth is a secretary."""
    records = [Record(f"p{i}", 5) for i in range(60)]
    site = {"office": frozenset(range(12)), "high": frozenset(range(12, 40)), "low": frozenset(range(40, 60))}
    role = {
        "administrator": frozenset(range(11)),
        "secretary": frozenset({11, 12, 13}),
        "aide": frozenset(range(14, 20)),
        "teacher": frozenset(range(20, 60)),
        "coach": frozenset(),
    }
    alone = protect(records, [Partition("role", role)], 10)["role"]
    assert "administrator" in alone.lines or "teacher" in alone.lines
    both = protect(records, [Partition("site", site), Partition("role", role)], 10)
    assert not ("office" in both["site"].lines and "administrator" in both["role"].lines)


def test_a_small_line_is_not_a_sum_of_lines_of_two_tables() -> None:
    """Two sites together are a large role and a small one: the small one is their sum less the large one."""
    records = [Record(f"p{i}", 5) for i in range(80)]
    small, few = {0, 1, 12}, {24, 25, 26, 27, 28, 50, 51, 52, 53}
    site = {"a": range(12), "b": range(12, 24), "c": range(24, 50), "d": range(50, 80)}
    role = {"large": set(range(24)) - small, "small": small, "few": few, "rest": set(range(24, 80)) - few}
    parts = [
        Partition(name, {label: frozenset(of) for label, of in lines.items()})
        for name, lines in (("site", site), ("role", role))
    ]
    assert protect(records, parts[1:], 10)["role"].lines == {"large", "rest"}
    both = protect(records, parts, 10)
    assert not ({"a", "b"} <= both["site"].lines and "large" in both["role"].lines)


def test_two_persons_are_not_the_difference_of_two_large_lines() -> None:
    """The office: 12 persons. Ten administrators, all there, and two of the twelve secretaries."""
    records = [Record(f"p{i}", 5) for i in range(60)]
    site = {"office": frozenset(range(12)), "school": frozenset(range(12, 60))}
    role = {
        "administrator": frozenset(range(10)),
        "secretary": frozenset(range(10, 22)),
        "teacher": frozenset(range(22, 60)),
    }
    both = protect(records, [Partition("site", site), Partition("role", role)], 10)
    assert not ("office" in both["site"].lines and "administrator" in both["role"].lines)
    assert "secretary" in protect(records, [Partition("role", role)], 10)["role"].lines


def test_platforms_of_a_withheld_category_are_not_shown() -> None:
    records = [Record(f"p{i}", 5) for i in range(54)]
    category = {
        "wiki": frozenset(range(3)),
        "video": frozenset(range(3, 24)),
        "photo": frozenset(range(24, 54)),
    }
    platform = {"first": frozenset(range(3, 14)), "second": frozenset(range(14, 24))}
    parts = [Partition("category", category), Partition("video", platform, ("category", "video"))]
    shown = protect(records, parts, 10)
    assert shown["category"].withheld == {"wiki", "video"}
    assert shown["video"].closed


def test_single_minutes_do_not_tell_themselves() -> None:
    """Twelve platforms of one minute each sum to twelve: each would be known to be one."""
    records = [Record(f"p{i}", 1) for i in range(12)]
    lines = {f"x{i}": frozenset({i}) for i in range(12)}
    assert protect(records, [Partition("platform", lines)], 10)["platform"].closed


def test_a_small_whole_closes_every_table_and_an_empty_one_opens_it() -> None:
    lines = {"a": frozenset(range(3)), "b": frozenset()}
    assert protect([Record(f"p{i}", 1) for i in range(3)], [Partition("site", lines)], 10)["site"].closed
    empty = protect([], [Partition("site", {"a": frozenset()})], 10)["site"]
    assert empty == Shown(frozenset({"a"}), frozenset(), False)


def test_a_minimum_of_one_withholds_nothing() -> None:
    lines = {"a": frozenset({0}), "b": frozenset({1, 2})}
    records = [Record("p", 1), Record("q", 1), Record("r", 1)]
    assert protect(records, [Partition("site", lines)], 1)["site"].withheld == frozenset()
