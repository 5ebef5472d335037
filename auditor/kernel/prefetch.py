"""Asks the processor to fetch a row of a table before it is needed; says nothing about what is in it.

The tables are larger than the caches, and which row a packet needs is known some packets ahead.
"""

from __future__ import annotations

from auditor.kernel.jit import JIT_IS_OFF, late
from auditor.kernel.types import Ints, Records

LINE_BYTES = 64  # of a processor's cache

if JIT_IS_OFF:

    def fetch_row(table: Records | Ints, number: int, lines: int) -> None:
        """Nothing to do where Python runs."""

else:
    fetch_row = late("native_prefetch", "fetch_row")
