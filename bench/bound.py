"""The bound: a compiled loop that does nothing but walk the record headers of a mapped file.

Prints seconds and packets of that loop alone, page faults of the mapping included: the file lies in the page cache
and its pages are mapped as the loop comes to them. Interpreter start and compilation are left out, so the fraction
of the bound that a whole process reaches is stated at its lowest.
"""

from __future__ import annotations

import mmap
import sys
import time
from pathlib import Path

import numba
import numpy as np


@numba.njit(cache=True)
def walk(data: np.ndarray, at: int) -> tuple[int, int]:
    """(records, bytes of their frames) of a little-endian classic capture whose records begin at `at`."""
    records = size = 0
    while at + 16 <= len(data):
        length = (
            int(data[at + 8]) | int(data[at + 9]) << 8 | int(data[at + 10]) << 16 | int(data[at + 11]) << 24
        )
        records += 1
        size += length
        at += 16 + length
    return records, size


def main() -> None:
    walk(np.frombuffer(b"\0" * 16, np.uint8), 0)
    with Path(sys.argv[1]).open("rb") as file:
        data = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
        start = time.perf_counter()
        records, _ = walk(data, 24)
        print(time.perf_counter() - start, records)


if __name__ == "__main__":
    main()
