"""Which rule a host falls under: by whole labels, the longest rule first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from auditor.identify.names import suffixes

Value = TypeVar("Value")


def longest(rules: Mapping[str, Value], host: str) -> Value | None:
    """The value of the longest suffix of `host` among `rules`, None where there is none.

    One look-up a label, about a microsecond. `netflix.com` is not under `x.com`, and an IP address is under
    nothing, as no rule may end in a number.
    """
    for suffix in suffixes(host):
        found = rules.get(suffix)
        if found is not None:
            return found
    return None
