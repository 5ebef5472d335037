"""The kernel gives the same rows compiled, as plain Python, and compiled with every index checked."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from made_frames import frames

import auditor.kernel
from auditor.kernel.layers import VERDICTS

HERE = Path(__file__).resolve().parent
MODES = {"compiled": {}, "plain": {"NUMBA_DISABLE_JIT": "1"}, "checked": {"NUMBA_BOUNDSCHECK": "1"}}
Rows = dict[str, Any]


@pytest.fixture(scope="module")
def frames_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frames") / "frames.pickle"
    path.write_bytes(pickle.dumps([tuple(frame) for frame in frames()]))
    return path


@pytest.fixture(scope="module")
def rows(frames_file: Path, request: pytest.FixtureRequest) -> dict[tuple[str, str], Rows]:
    """Rows by mode and by how the frames were given."""
    found = {}
    for mode, variables in MODES.items():
        environment = {**os.environ, **variables}
        if mode != "compiled":
            environment["NUMBA_CACHE_DIR"] = str(
                cache_folder(request.config, mode) or frames_file.parent / mode
            )
        for how in ("each", "block"):
            target = frames_file.with_name(f"{mode}-{how}.json")
            command = [sys.executable, str(HERE / "kernel_rows.py"), str(frames_file), str(target), how]
            run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert run.returncode == 0, f"{mode}, {how}: {run.stderr}"
            assert run.stderr == "", f"{mode}, {how}"
            found[mode, how] = json.loads(target.read_text(encoding="utf-8"))
    return found


def cache_folder(config: pytest.Config, mode: str) -> Path | None:
    """Where code of this mode is kept: numba's cache tells neither modes nor changed imports apart."""
    digest = hashlib.sha256()
    for source in sorted(Path(auditor.kernel.__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    if not hasattr(config, "cache"):  # switched off
        return None
    return Path(config.cache.mkdir(f"kernel-{mode}-{digest.hexdigest()[:16]}"))


@pytest.mark.long
@pytest.mark.parametrize("how", ["each", "block"])
@pytest.mark.parametrize("mode", ["plain", "checked"])
def test_the_same_rows(rows: dict[tuple[str, str], Rows], mode: str, how: str) -> None:
    for part in ("sightings", "slices", "verdicts", "walks"):
        assert rows[mode, how][part] == rows["compiled", how][part]


@pytest.mark.long
def test_a_frames_neighbours_in_the_buffer_do_not_matter(rows: dict[tuple[str, str], Rows]) -> None:
    """Where one block holds many odd repetitions of a segment, some names are given up, and some that are passed
    over as repeated one by one are read; none is made up: each stands in its frame."""
    each, block = rows["compiled", "each"], rows["compiled", "block"]
    assert each["verdicts"] == block["verdicts"]
    assert [unnamed(row) for row in each["slices"]] == [unnamed(row) for row in block["slices"]]
    known, made = each["sightings"], frames()
    more = [row for row in block["sightings"] if row not in known]
    for row in more:
        assert row["name"].encode() in made[row["frame"] - 1].data.lower(), row
    assert len(more) < 0.01 * len(known)
    assert len(block["sightings"]) > 0.99 * len(known)


def unnamed(row: Rows) -> Rows:
    return {field: value for field, value in row.items() if not field.startswith("name") and field != "ech"}


@pytest.mark.long
def test_the_frames_are_worth_reading(rows: dict[tuple[str, str], Rows]) -> None:
    found = rows["compiled", "each"]
    assert {row["kind"] for row in found["sightings"]} >= {1, 3, 4, 5, 7}
    assert {row["proto"] for row in found["slices"]} == {6, 17}
    assert set(found["verdicts"]) == set(VERDICTS.values())
    assert len({row["name"] for row in found["sightings"]}) > 50
    packets = sum(row["packets_up"] + row["packets_down"] for row in found["slices"])
    assert packets + sum(found["verdicts"].values()) == len(frames())
