"""The mark of a capture: what was read, how far, and what became of its frames.

It is written last; while it stands the capture is not read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class CaptureMark:
    """One capture (or lease file) that has been taken in."""

    sha256: str  # of the whole capture, unpacked, 64 hex digits
    path: str  # as it was found, relative to the district folder where it lies inside
    sensor: str
    site: str
    size_bytes: int
    first_ns: int  # time of the first and last frame, UTC nanoseconds; 0 where there is none
    last_ns: int
    frames: int
    status: Literal["whole", "truncated"]
    notes: tuple[str, ...] = ()  # one sentence each: "the capture ends in mid-packet after frame 17"
    ledger: Mapping[str, int] = field(default_factory=dict)  # a verdict -> how many frames or flows
    catalogue_version: str = ""
    program_version: str = ""
    modified_ns: int = 0  # when the file was last written to; 0 where that is not known
    content_bytes: int = (
        0  # what was hashed: the capture unpacked; 0 where the file itself was, by older versions
    )
    goes_on_from: str = ""  # SHA-256 of the capture whose last minute this one goes on with; '' for none
    answers_until_ns: int = 0  # until when DNS answers in it may name connections, where that is long
    # "29384021+60 29384100+1": stretches of UTC epoch minutes with frames, each with its length
    seen_minutes: str = ""
    rows_sha256: str = ""  # of all that was kept of it; another one means that it was read anew

    @property
    def key(self) -> str:
        """What the capture's files in the warehouse are named after: the first 16 digits of its SHA-256."""
        return self.sha256[:16]

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"ledger": dict(sorted(self.ledger.items()))}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> CaptureMark:
        """The mark that `to_json` wrote; ValueError, TypeError or KeyError where the text is no mark."""
        fields = json.loads(text)
        return cls(**(fields | {"notes": tuple(fields["notes"])}))
