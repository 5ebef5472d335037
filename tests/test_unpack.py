"""Compressed captures: the same frames as unpacked, as far as they go; a bomb is stopped."""

from __future__ import annotations

import gzip
import random
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import lz4.frame
import pytest

from auditor import unpack
from auditor.capture.read import read_capture
from auditor.errors import BadInput
from auditor.records import Ledger

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKERS = {"gzip": gzip.compress, "zstd": zstd.compress, "lz4": lz4.frame.compress}


def capture(payloads: list[bytes]) -> bytes:
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    records = (
        struct.pack("<IIII", 1, number, len(data), len(data)) + data for number, data in enumerate(payloads)
    )
    return header + b"".join(records)


NOISE = capture([random.Random(number).randbytes(700) for number in range(300)])


def frames_of(path: Path) -> tuple[list[bytes], Ledger]:
    ledger, found = Ledger(), []
    for block in read_capture(path, ledger):
        for at, size in zip(block.offset.tolist(), block.captured.tolist(), strict=True):
            found.append(block.data[at : at + size].tobytes())
    return found, ledger


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_the_same_frames(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "plain").write_bytes(NOISE)
    (tmp_path / "packed").write_bytes(pack(NOISE))
    frames, ledger = frames_of(tmp_path / "packed")
    assert frames == frames_of(tmp_path / "plain")[0]
    assert not ledger.notes


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_cut_or_damaged(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "plain").write_bytes(NOISE)
    whole, packed = frames_of(tmp_path / "plain")[0], pack(NOISE)
    for place in range(40, len(packed), len(packed) // 13):
        (tmp_path / "cut").write_bytes(packed[:place])
        with suppress(BadInput):  # where it is cut before anything came out
            frames, ledger = frames_of(tmp_path / "cut")
            assert frames == whole[: len(frames)]
            assert "compressed data ends early or is damaged" in ledger.notes[0]
        damaged = packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1 :]
        (tmp_path / "damaged").write_bytes(damaged)
        with suppress(BadInput):
            frames_of(tmp_path / "damaged")  # whatever it gives, nothing else is raised


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_a_bomb_is_stopped(
    tmp_path: Path, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = pack(capture([bytes(60_000)] * 400))
    (tmp_path / "bomb").write_bytes(bomb)
    assert len(frames_of(tmp_path / "bomb")[0]) == 400
    monkeypatch.setattr(unpack, "ALWAYS_ALLOWED", 0)
    monkeypatch.setattr(unpack, "MOST_RATIO", 20)
    frames, ledger = frames_of(tmp_path / "bomb")
    assert len(frames) <= (20 * len(bomb) + (1 << 16)) // 60_000
    assert "unpacks to more than" in ledger.notes[0]
