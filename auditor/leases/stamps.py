"""Stamps before a line of a log: RFC 3164, RFC 5424, ISO 8601, and what loggers print."""

from __future__ import annotations

import re
from typing import NamedTuple

from auditor.leases.seconds import clock_seconds, day_seconds

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_CLOCK = r"(\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?"
# "Nov  8 14:00:00", "Nov 8 2026 14:00:00", "Sun Nov  8 14:00:00 2026"
_BSD = re.compile(
    r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) {1,2}(\d{1,2})(?: (\d{4}))? "
    rf"{_CLOCK}(?: (\d{{4}}))?:? "
)
# "2026-11-08T14:00:00.123-06:00", "2026-11-08 14:00:00.123"
_ISO = re.compile(rf"(?:<\d{{1,3}}>)?(1 )?(\d{{4}})-(\d\d)-(\d\d)[T ]{_CLOCK}(Z|[+-]\d\d:?\d\d)?\s")
_TWO_DIGITS = slice(1, 3), slice(-2, None)


class Stamp(NamedTuple):
    """When a line was written, as far as it says."""

    end: int  # of the stamp in the line
    year: int  # 0: not written
    month: int
    day: int
    clock_s: int
    offset_s: int | None  # east of UTC; None: not written
    is_structured: bool  # RFC 5424: four fields and structured data follow


def stamp_of(line: str) -> Stamp | None:
    """The stamp that a line begins with; None where it begins with none."""
    found = _BSD.match(line)
    if found:
        month, clock_s = _MONTHS.get(found[1], 0), clock_seconds(found[4])
        if not month or clock_s is None:
            return None
        return Stamp(found.end(), int(found[3] or found[5] or 0), month, int(found[2]), clock_s, None, False)
    found = _ISO.match(line)
    if not found:
        return None
    clock_s = clock_seconds(found[5])
    if clock_s is None or day_seconds(int(found[2]), int(found[3]), int(found[4])) is None:
        return None
    date = int(found[2]), int(found[3]), int(found[4])
    return Stamp(found.end(), *date, clock_s, _offset(found[6]), found[1] is not None)


def _offset(text: str | None) -> int | None:
    if text is None or text == "Z":
        return None if text is None else 0
    hours, minutes = (int(text[part]) for part in _TWO_DIGITS)
    return (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)
