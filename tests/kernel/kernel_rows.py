"""Reads frames with the decoder and writes all rows as JSON: run as a program, once in each of numba's modes.

    python kernel_rows.py FRAMES.pickle ROWS.json each|block [digest]

`each` gives every frame a buffer that ends where it ends, so that a read past it is a read past the buffer.
With `digest` a hash of the rows is written in their place.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import random
import secrets
import sys
import tempfile
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from made_captures import START_S
from made_readings import frames_of

from auditor.capture.read import read_capture
from auditor.decode.decoder import Decoder
from auditor.decode.rare import Note
from auditor.errors import BadInput
from auditor.kernel.dtypes import KIND_NAMES, SIGHTING, SLICE
from auditor.kernel.state import HANDED
from auditor.kernel.walk import MOST_NS
from auditor.records import Frames, Ledger, Observed, RecordArray
from auditor.shipped import shipped


class Given(NamedTuple):
    """A frame as it stands in a capture, and how long after the one before it it came."""

    link: int
    data: bytes
    wire: int
    step_ns: int


class Watched(Decoder):
    """A decoder that notes what the kernel hands over, and the bytes that go with it."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.handed: list[tuple[int | str, ...]] = []

    def _take_over(self, frames: Frames) -> list[Frames]:
        for fields in self._out.handovers[: self._out.count[HANDED]].tolist():
            note = Note(*fields)
            data = self._pool.data if note.pooled else frames.data
            self.handed.append((*fields, data[note.at : note.end].tobytes().hex()))
        return super()._take_over(frames)


def rows(given: list[Given], how: str) -> dict[str, Any]:
    """Sightings, slices, verdicts and handovers."""
    # the keys of the hashes decide which packets share a line of the table of copies: the same keys in each mode
    secrets.token_bytes = random.Random(7).randbytes  # type: ignore[assignment]
    decoder = Watched(Ledger())
    now_ns, stamped = START_S * 1_000_000_000, []
    for frame in given:
        now_ns = min(max(now_ns + frame.step_ns, -MOST_NS), MOST_NS)
        stamped.append((now_ns, frame.data))
    size = len(given) if how == "block" else 1
    parts: list[Observed] = []
    for start in range(0, len(given), size):
        piece = slice(start, start + size)
        links, wires = [frame.link for frame in given[piece]], [frame.wire for frame in given[piece]]
        parts += decoder.feed(frames_of(stamped[piece], links, first=start + 1, wire=wires))
    parts.append(decoder.end_capture())
    return {
        "sightings": [row for part in parts for row in plain(part.sightings, part.names)],
        "slices": [row for part in parts for row in plain(part.slices, part.names)],
        "verdicts": dict(sorted(decoder.ledger.counts.items())),
        "handovers": decoder.handed,
        "walks": walks() if how == "each" else [],
    }


def digest(found: dict[str, Any]) -> dict[str, Any]:
    """A hash of each kind of rows, and what they are, in numbers."""
    made: dict[str, Any] = {
        part: hashlib.sha256(json.dumps(held).encode()).hexdigest() for part, held in found.items()
    }
    made["counts"] = {
        **Counter(KIND_NAMES[row["kind"]] for row in found["sightings"]),
        "slices": len(found["slices"]),
        "handovers": len(found["handovers"]),
        **found["verdicts"],
    }
    return made


def walks() -> list[list[tuple[int, ...]]]:
    """Where the frames of small captures, whole and dirtied, lie and when they came."""
    rng, found = random.Random(7), []
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        for path in sorted(shipped("sample_pcaps").glob("*.pcap*")):
            for copy in range(12):
                data = bytearray(path.read_bytes()[: 3000 + copy * 10])
                for _ in range(copy):
                    data[rng.randrange(4, min(len(data), 400))] = rng.choice((0, 1, 0xFF, rng.randrange(256)))
                made.write_bytes(data)
                with suppress(BadInput):  # the link type is dirty, and refused
                    for block in map(copied, read_capture(made, Ledger())):
                        columns = (block.offset, block.captured, block.wire, block.time_ns, block.link)
                        found.append([column.tolist() for column in columns])
    return found


def copied(block: Frames) -> Frames:
    columns = (block.offset, block.captured, block.wire, block.time_ns, block.link)
    return Frames(block.data, *(column.copy() for column in columns), block.first)


def plain(table: RecordArray, names: list[str]) -> list[dict[str, object]]:
    """Rows with all fields, names in text."""
    fields = (SIGHTING if table.dtype == SIGHTING else SLICE).names or ()
    made = [dict(zip(fields, row, strict=True)) for row in table.tolist()]
    for row in made:
        row["name"] = names[row["name"]] if row["name"] >= 0 else None
    return made


if __name__ == "__main__":
    warnings.simplefilter("error")
    made = rows([Given(*frame) for frame in pickle.loads(Path(sys.argv[1]).read_bytes())], sys.argv[3])
    made = digest(made) if sys.argv[4:] == ["digest"] else made
    Path(sys.argv[2]).write_text(json.dumps(made), encoding="utf-8")
