from __future__ import annotations

from pathlib import Path

import pytest

from auditor import pseudonym
from auditor.district import District, Settings
from auditor.district.rows import StaffRow
from auditor.policy.hiding import ids_hidden

KEY = bytes(range(32))


def district(*ids: str) -> District:
    staff = tuple(StaffRow(n, name, "", "", "", "", "", "", None, None) for n, name in enumerate(ids))
    return District(Path(), Settings(), staff, (), (), (), (), ())


@pytest.mark.parametrize(
    ("ids", "text", "told"),
    [
        (
            ["E1", "E10"],
            "E1 supervises E10: E1 -> E10, not E100",
            "{E1} supervises {E10}: {E1} -> {E10}, not E100",
        ),
        (["E-1", "E"], "`E-1`, E-2 and E-1-old", "`{E-1}`, {E}-2 and {E-1}-old"),
        (["a.b@x.org", "x"], "a.b@x.org (x)", "{a.b@x.org} ({x})"),
        (["A/7", "#3"], "A/7 and #3, not A/71", "{A/7} and {#3}, not A/71"),
        ([], "nobody", "nobody"),
    ],
)
def test_ids_are_hidden_as_whole_words(ids: list[str], text: str, told: str) -> None:
    for name in sorted(ids, key=len, reverse=True):
        told = told.replace(f"{{{name}}}", pseudonym.person(KEY, name))
    assert ids_hidden(district(*ids), KEY)(text) == told
