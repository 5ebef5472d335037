"""The table of bounds in docs/developers.md says what the code says."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import auditor

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "developers.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| [^|]+ \| `(auditor\.[\w.]+)\.(\w+)` \| (\d+) \| (.+) \|$", TEXT, re.MULTILINE)
SOURCE = "\n".join(
    path.read_text(encoding="utf-8") for path in Path(auditor.__file__).parent.rglob("*.py")
)  # fmt: skip
FULL = " forgotten early, the table being full"  # what `Bounded` puts behind the words it is given


def test_there_are_rows() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize(("module", "name", "value", "then"), ROWS, ids=[".".join(row[:2]) for row in ROWS])
def test_a_row(module: str, name: str, value: str, then: str) -> None:
    assert getattr(importlib.import_module(module), name) == int(value)
    for words in re.findall(r"`([^`]+)`", then):
        assert f'"{words}"' in SOURCE or f'"{words.removesuffix(FULL)}"' in SOURCE, words
