"""The folders that are checked for the table: nothing is timed here."""

from __future__ import annotations

from pathlib import Path

from auditor.district import check_folder
from bench import folder_check


def test_the_sound_folder_is_sound_and_the_other_is_not(tmp_path: Path) -> None:
    folder_check.make(tmp_path / "sound", 2_100, spoilt=False)
    folder_check.make(tmp_path / "spoilt", 300, spoilt=True)
    known = frozenset({"youtube"})
    assert check_folder(tmp_path / "sound", known, frozenset()) == ()
    told = {problem.where for problem in check_folder(tmp_path / "spoilt", known, frozenset())}
    assert len(told) >= 300 * 5


def test_the_table(tmp_path: Path) -> None:
    text = folder_check.page(folder_check.measure((20,), rounds=1))
    assert text.count("\n") == 4
    assert "| sound | 20 | " in text
