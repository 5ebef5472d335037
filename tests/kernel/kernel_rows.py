"""Reads frames with the decoder and writes all rows as JSON: run as a program, once in each of numba's modes.

    python kernel_rows.py FRAMES.pickle ROWS.json [each|block]

`each` gives every frame a buffer that ends where it ends, so that a read past it is a read past the buffer.
"""

from __future__ import annotations

import json
import pickle
import random
import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from made_captures import START_S
from made_readings import frames_of

from auditor.capture.read import read_capture
from auditor.decode.decoder import Decoder
from auditor.errors import BadInput
from auditor.kernel.dtypes import SIGHTING, SLICE
from auditor.records import Frames, Ledger, Observed, RecordArray
from auditor.shipped import shipped

STEP_NS = 50_000_000  # so that slices of some minutes come


def rows(source: Path, how: str) -> dict[str, object]:
    """Sightings, slices and verdicts."""
    linked: list[tuple[int, bytes]] = pickle.loads(source.read_bytes())
    decoder = Decoder(Ledger())
    times = [START_S * 1_000_000_000 + number * STEP_NS for number in range(len(linked))]
    stamped = [(time, data) for time, (_, data) in zip(times, linked, strict=True)]
    links = [link for link, _ in linked]
    size = 1 if how == "each" else len(linked)
    parts: list[Observed] = []
    for start in range(0, len(linked), size):
        block = frames_of(stamped[start : start + size], links[start : start + size], first=start + 1)
        parts += decoder.feed(block)
    parts.append(decoder.end_capture())
    return {
        "sightings": [row for part in parts for row in plain(part.sightings, part.names)],
        "slices": [row for part in parts for row in plain(part.slices, part.names)],
        "verdicts": dict(sorted(decoder.ledger.counts.items())),
        "walks": walks() if how == "each" else [],
    }


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
    Path(sys.argv[2]).write_text(json.dumps(rows(Path(sys.argv[1]), sys.argv[3])), encoding="utf-8")
