"""Every input that fuzzing kept, and every sound one that it began with, goes through its target again."""

from __future__ import annotations

from pathlib import Path

import pytest
from seeds import seeds
from targets import TARGETS

CORPUS = Path(__file__).resolve().parent / "corpus"


def test_every_target_has_a_corpus() -> None:
    assert set(TARGETS) == set(seeds()) == {path.name for path in CORPUS.iterdir()}


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_kept_holds(name: str) -> None:
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs
    for path in inputs:
        try:
            TARGETS[name](path.read_bytes())
        except Exception as error:
            error.add_note(f"input: {path}")
            raise


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_hold(name: str) -> None:
    for data in seeds()[name]:
        TARGETS[name](data)


def test_the_corpus_stays_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 1 << 20
