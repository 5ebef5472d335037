"""Opens a capture of any kind that is known, by its first bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditor.capture import pcap, pcapng
from auditor.capture.source import Source
from auditor.errors import BadInput, Problem
from auditor.records import Frames, Ledger

# first four bytes -> reader; a new format is a file of its own and a line here
READERS = (*((magic, pcap.read_pcap) for magic in pcap.MAGIC), (pcapng.MAGIC, pcapng.read_pcapng))


def read_capture(path: Path, ledger: Ledger, size: int | None = None) -> Iterator[Frames]:
    """The frames of a capture in blocks. Blocks share their arrays: use one before asking for the next.

    Raises BadInput for a file that can't be read, is empty or is no capture. One that is cut short or damaged
    is read as far as it goes; the ledger then says where it ended. With `size`, only so many bytes of the file
    are read.
    """
    with Source(path, size) as source:
        if not source.need(4):
            what = "is empty" if source.end == source.start and not source.damage else "is not a capture"
            raise BadInput(
                Problem(str(path), what, "pcap and pcapng files can be read, also with gzip, zstd or lz4")
            )
        magic = source.data[source.start : source.start + 4].tobytes()
        for known, reader in READERS:
            if magic == known:
                yield from reader(source, ledger)
                return
        raise BadInput(
            Problem(
                str(path),
                "is not a capture",
                "pcap and pcapng files can be read, also with gzip, zstd or lz4",
            )
        )


def first_time_ns(path: Path) -> int:
    """The time of the first frame, UTC nanoseconds; 0 for a capture without frames. Raises as `read_capture`."""
    for frames in read_capture(path, Ledger()):
        return int(frames.time_ns[0])
    return 0
