"""Every type that crosses a border between stages, in pipeline order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from auditor.kernel.dtypes import KIND_NAMES, SIGHTING, SLICE, SOURCE_NAMES

__all__ = ["KIND_NAMES", "SIGHTING", "SLICE", "SOURCE_NAMES", "Frames", "HostMatch", "Ledger", "Observed"]

ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frames:
    """capture -> decode: a run of captured frames, columns of one length.

    Frame i is `data[offset[i] : offset[i] + captured[i]]`. The arrays may be reused by the reader
    for the next block: copy what is to outlive it.
    """

    data: ByteArray
    offset: IntArray
    captured: IntArray  # bytes present
    wire: IntArray  # bytes on the wire
    time_ns: IntArray  # UTC
    link: IntArray  # link type, a LINKTYPE_ number of tcpdump.org/linktypes.html
    first: int  # number of the first frame, 1-based in its capture


@dataclass(slots=True)
class Observed:
    """decode -> flows -> identify: what a block of frames said."""

    sightings: npt.NDArray[np.void]  # of dtype SIGHTING
    slices: npt.NDArray[np.void]  # of dtype SLICE
    names: list[str]  # the name table; `name` fields index it


@dataclass(frozen=True, slots=True)
class HostMatch:
    """identify -> pipeline: which platform a host belongs to, and what seeing it proves."""

    platform: str  # id: "instagram"
    category: str  # id of the III.A category: "social_network"
    evidence: str  # visit content shared embed tracker push shortener tunnel
    rule: str  # the catalogue's suffix that matched
    reference: bool = False  # a III.A wiki, forum or blog that is mostly a work of reference


@dataclass(slots=True)
class Ledger:
    """Everything that was counted and not kept; printed at the end of each report, by what was seen."""

    counts: Counter[str] = field(default_factory=Counter)  # a verdict ("truncated frame") -> how often
    notes: list[str] = field(default_factory=list)  # "FILE: the capture ends in mid-packet after frame 17"

    def add(self, verdict: str, count: int = 1) -> None:
        if count:
            self.counts[verdict] += int(count)
