from __future__ import annotations

import threading

import pytest

from auditor.jobs.turns import cores, in_turns


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(at_once: int) -> None:
    assert list(in_turns(lambda item: item * item, range(12), at_once)) == [item * item for item in range(12)]
    assert list(in_turns(str, [], at_once)) == []


def test_two_are_worked_on_at_once_and_few_wait() -> None:
    begun: list[int] = []
    both = threading.Barrier(2, timeout=10)

    def work(item: int) -> int:
        begun.append(item)
        if item < 2:
            both.wait()
        return item

    results = in_turns(work, range(100), 2)
    assert next(results) == 0
    assert len(begun) <= 4
    results.close()


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_one_raises_is_raised(at_once: int) -> None:
    def work(item: int) -> int:
        if item == 1:
            raise ValueError("bad")
        return item

    results = in_turns(work, range(4), at_once)
    assert next(results) == 0
    with pytest.raises(ValueError, match="bad"):
        list(results)


def test_there_is_a_core() -> None:
    assert cores() >= 1
