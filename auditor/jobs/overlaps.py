"""Captures of one sensor that hold the same frames, as a ring buffer leaves them when it is started anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from auditor.capture.read import read_capture
from auditor.errors import BadInput
from auditor.records import Frames, IntArray, Ledger

COMPARED_BYTES = 64  # of each frame: addresses, ports and sequence numbers are there
MOST_FRAMES = 1 << 20  # of each capture that are compared, from where they overlap: 16 MB


def shared_frames(one: Path, other: Path, from_ns: int, to_ns: int) -> int:
    """How many frames of one capture another one holds, too, from `from_ns` to `to_ns`: those of the same time,
    length and beginning.

    Of long captures the first MOST_FRAMES of that time are compared. 0 where one of them can't be read.
    """
    try:
        first, second = (_frames_of(path, from_ns, to_ns) for path in (one, other))
    except BadInput:
        return 0
    return len(np.intersect1d(first, second))


def _frames_of(path: Path, from_ns: int, to_ns: int) -> IntArray:
    """A number for each frame of that time."""
    found: list[IntArray] = []
    count = 0
    for frames in read_capture(path, Ledger()):
        inside = (frames.time_ns >= from_ns) & (frames.time_ns <= to_ns)
        found.append(_numbers_of(frames)[inside])
        count += len(found[-1])
        if count >= MOST_FRAMES:
            break
    return np.concatenate(found or [np.zeros(0, np.int64)])[:MOST_FRAMES]


def _numbers_of(frames: Frames) -> IntArray:
    """Time, length and beginning of each frame as one number, by multiplying and adding, which wraps around."""
    numbers = frames.time_ns * 65_599 + frames.wire
    for place in range(COMPARED_BYTES):
        inside = np.minimum(place, np.maximum(frames.captured - 1, 0))
        at = np.minimum(frames.offset + inside, len(frames.data) - 1)
        numbers = numbers * 65_599 + frames.data[at]
    return numbers
