"""Reads a capture's bytes and gives its frames, copied."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from auditor.capture.read import read_capture
from auditor.records import Ledger


class Frame(NamedTuple):
    time_ns: int
    data: bytes
    wire: int
    link: int


def frames_of(path: Path, ledger: Ledger | None = None) -> list[Frame]:
    """All frames; their numbers must be in order from 1."""
    frames: list[Frame] = []
    for block in read_capture(path, ledger or Ledger()):
        assert block.first == len(frames) + 1
        for at, size, wire, time_ns, link in zip(
            block.offset.tolist(), block.captured.tolist(), block.wire.tolist(),
            block.time_ns.tolist(), block.link.tolist(), strict=True,
        ):  # fmt: skip
            frames.append(Frame(time_ns, block.data[at : at + size].tobytes(), wire, link))
    return frames


def saved(folder: Path, data: bytes, name: str = "made.pcap") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
