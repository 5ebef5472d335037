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
from kernel_rows import Given
from made_frames import frames
from made_mutants import mutants
from many_frames import MODES, run_rows

import auditor.kernel
from auditor.kernel.dtypes import (
    DHCPV6,
    KIND_NAMES,
    TO_DHCP,
    TO_DHCPV6,
    TO_DNS_STREAM,
    TO_FRAGMENTS,
    TO_QUIC,
    TO_STREAM,
)  # fmt: skip
from auditor.kernel.layers import COPY, FRAGMENT, NOT_IP, OTHER_PROTOCOL, SHORT, VERDICTS

STEP_NS = 50_000_000  # so that slices of some minutes come
MUTANTS = 6000  # `make frames` takes a million
HOWS = ("each", "block", "mutants")
Rows = dict[str, Any]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frames")
    made = [Given(frame.link, frame.data, len(frame.data), STEP_NS) for frame in frames()]
    for how, given in {"each": made, "block": made, "mutants": list(mutants(20_261_122, MUTANTS))}.items():
        (folder / f"{how}.pickle").write_bytes(pickle.dumps([tuple(frame) for frame in given]))
    return folder


@pytest.fixture(scope="module")
def rows(given: Path, request: pytest.FixtureRequest) -> dict[tuple[str, str], Rows]:
    """Rows by mode and by how the frames were given."""
    found = {}
    for mode in MODES:
        cache = cache_folder(request.config, mode) or given / mode
        for how in HOWS:
            target = given / f"{mode}-{how}.json"
            run_rows(mode, cache, given / f"{how}.pickle", target, "block" if how == "block" else "each")
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
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("mode", ["plain", "checked"])
def test_the_same_rows(rows: dict[tuple[str, str], Rows], mode: str, how: str) -> None:
    for part in ("sightings", "slices", "verdicts", "handovers", "walks"):
        assert rows[mode, how][part] == rows["compiled", how][part]


@pytest.mark.long
def test_a_frames_neighbours_in_the_buffer_do_not_matter(rows: dict[tuple[str, str], Rows]) -> None:
    """Where one block holds many odd repetitions of a segment, some names are given up, and some that are passed
    over as repeated one by one are read; none is made up: each stands in its frame."""
    each, block = rows["compiled", "each"], rows["compiled", "block"]
    assert each["verdicts"] == block["verdicts"]
    assert [unnamed(row) for row in each["slices"]] == [unnamed(row) for row in block["slices"]]
    known, made = {named(row) for row in each["sightings"]}, frames()
    more = [row for row in block["sightings"] if named(row) not in known]
    for row in more:
        assert (row["name"] or "").encode() in made[row["frame"] - 1].data.lower(), row
    assert len(more) < 0.01 * len(each["sightings"])
    assert len(block["sightings"]) > 0.99 * len(each["sightings"])


def named(row: Rows) -> tuple[object, ...]:
    return row["frame"], row["kind"], row["name"]


def unnamed(row: Rows) -> Rows:
    return {field: value for field, value in row.items() if not field.startswith("name") and field != "ech"}


@pytest.mark.long
def test_the_frames_are_worth_reading(rows: dict[tuple[str, str], Rows]) -> None:
    found = rows["compiled", "each"]
    assert {row["kind"] for row in found["sightings"]} >= {1, 3, 4, 5, 7, 9, 10}
    assert {row["proto"] for row in found["slices"]} == {6, 17}
    apart = {VERDICTS[COPY]}  # these frames come too far apart in time: see test_mirrored.py
    assert set(found["verdicts"]) == set(VERDICTS.values()) - apart
    assert len({row["name"] for row in found["sightings"]}) > 50
    packets = sum(row["packets_up"] + row["packets_down"] for row in found["slices"])
    assert packets + sum(found["verdicts"].values()) == len(frames())


def test_the_checked_mode_checks() -> None:
    """A read past a buffer's end is an error there; else the comparison would prove nothing."""
    source = (
        "import numpy as np\n"
        "from auditor.kernel.walk import walk_pcap\n"
        "columns = [np.zeros(4, np.int64) for _ in range(4)]\n"
        "walk_pcap(np.zeros(8, np.uint8), 0, 100, False, 1, 0, *columns)\n"
    )
    environment = {**os.environ, **MODES["checked"]}
    run = subprocess.run(
        [sys.executable, "-c", source], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "IndexError" in run.stderr


@pytest.mark.long
def test_the_mutants_are_worth_reading(rows: dict[tuple[str, str], Rows]) -> None:
    """They come far enough in to give names of every kind, and are spoilt enough to end in most verdicts."""
    found = rows["compiled", "mutants"]
    kinds = {row["kind"] for row in found["sightings"]}
    assert kinds >= set(range(1, len(KIND_NAMES))) - {DHCPV6}, "DHCPv6 takes two packets that are whole"
    assert {row["proto"] for row in found["slices"]} == {6, 17}
    assert set(found["verdicts"]) >= {VERDICTS[each] for each in (SHORT, NOT_IP, FRAGMENT, OTHER_PROTOCOL)}
    whys = {why for _, _, _, _, _, _, _, _, _, why, *_ in found["handovers"]}
    assert whys == {TO_STREAM, TO_QUIC, TO_DNS_STREAM, TO_DHCP, TO_DHCPV6, TO_FRAGMENTS}
