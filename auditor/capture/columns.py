"""The arrays that a reader fills again and again."""

from __future__ import annotations

import numpy as np

from auditor.records import ByteArray, Frames

FRAMES = 16_384  # frames a block at the most: its columns stay in the processor's cache


class Columns:
    """Room for the columns of one block."""

    def __init__(self) -> None:
        self.offset, self.captured, self.wire, self.time_ns, self.link = np.zeros((5, FRAMES), dtype=np.int64)

    def frames(self, data: ByteArray, count: int, first: int) -> Frames:
        """The first `count` rows as a block."""
        return Frames(
            data=data,
            offset=self.offset[:count],
            captured=self.captured[:count],
            wire=self.wire[:count],
            time_ns=self.time_ns[:count],
            link=self.link[:count],
            first=first,
        )
