from __future__ import annotations

from pathlib import Path

import pytest

from auditor.district import init_district


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid district folder, to be spoilt."""
    target = tmp_path / "district"
    init_district(target)
    return target
