"""Captures that come twice, under other names, compressed, in part, or while a run is killed."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from made_captures import pcap
from made_ingest import new_district, put, rows, take_in
from made_traffic import cut, morning

from auditor.district import load_district
from auditor.jobs.ingest import ingest
from auditor.jobs.sweep import Ingested
from auditor.warehouse import Warehouse, files

FRAMES = morning()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new_district(tmp_path / "d")


def again(folder: Path) -> Ingested:
    return ingest(load_district(folder))


def packed(path: Path) -> Path:
    target = path.with_name(path.name + ".gz")
    target.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    return target


def test_the_same_capture_under_another_name(folder: Path) -> None:
    path = put(folder, 0, cut(FRAMES, [])[0])
    take_in(folder)
    before = rows(folder)
    (folder / "captures" / "copy.pcap").write_bytes(path.read_bytes())
    done = again(folder)
    assert (len(done.marks), done.known) == (0, 2)
    assert rows(folder) == before


def test_a_capture_that_is_compressed_afterwards_is_the_same(folder: Path) -> None:
    first, second = cut(FRAMES, [60])
    path = put(folder, 0, first)
    take_in(folder)
    packed(path)
    path.unlink()
    assert (len(again(folder).marks), again(folder).known) == (0, 1)
    (mark,) = Warehouse.open(folder / "warehouse").captures()
    assert mark.path == "captures/000.pcap.gz", "where it is found from now on"
    put(folder, 1, second)
    take_in(folder)
    whole = new_district(folder.parent / "whole")
    put(whole, 0, cut(FRAMES, [])[0])
    take_in(whole)
    assert rows(folder) == rows(whole), "it is read again from there, as what goes before the next one"


def test_a_compressed_capture_that_an_older_version_took_in(folder: Path) -> None:
    """It knew the capture by the hash of the file."""
    path = packed(put(folder, 0, cut(FRAMES, [])[0]))
    (folder / "captures" / "000.pcap").unlink()
    take_in(folder)
    (known,) = (folder / "warehouse" / "captures").glob("*.json")
    text = known.read_text()
    (mark,) = Warehouse.open(folder / "warehouse").captures()
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    known.with_name(f"{old[:16]}.json").write_text(
        text.replace(mark.sha256, old).replace(f'"content_bytes": {mark.content_bytes}', '"content_bytes": 0')
    )
    known.unlink()
    path.rename(folder / "captures" / "renamed.pcap.gz")
    assert len(again(folder).marks) == 0


def test_captures_that_overlap_are_named(folder: Path) -> None:
    put(folder, 0, pcap(FRAMES[:100]))
    put(folder, 1, pcap(FRAMES[80:]))
    (warning,) = again(folder).warnings
    assert warning.where == "captures/001.pcap"
    assert "holds at least 20 frames that captures/000.pcap holds, too" in warning.what


def test_captures_that_only_touch_are_not(folder: Path) -> None:
    put(folder, 0, pcap(FRAMES[::2]))
    put(folder, 1, pcap(FRAMES[1::2]))
    assert again(folder).warnings == []


class Killed(BaseException):
    """The run was killed."""


def kill_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the run be killed at that renaming or removal of a file of the warehouse."""
    left = iter(range(step))

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def one_step(*arguments: object, **options: object) -> object:
            if next(left, None) is None:
                raise Killed
            return real(*arguments, **options)

        return one_step

    monkeypatch.setattr(files.os, "replace", counted(os.replace))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))


def test_killed_at_any_step_of_taking_in_a_late_capture(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three captures cut in the middle of a minute and of a hello; the second comes last."""
    captures = cut(FRAMES, [len(FRAMES) // 3, 2 * len(FRAMES) // 3])
    for number in (0, 2):
        put(folder, number, captures[number])
    take_in(folder)
    put(folder, 1, captures[1])
    step, was_killed = 0, True
    while was_killed:
        with monkeypatch.context() as patch:
            kill_at(step, patch)
            try:
                again(folder)
                was_killed = False
            except Killed:
                step += 1
    assert step > 10
    whole = new_district(folder.parent / "whole")
    put(whole, 0, cut(FRAMES, [])[0])
    take_in(whole)
    assert rows(folder) == rows(whole)
