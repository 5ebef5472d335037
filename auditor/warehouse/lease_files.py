"""The mark of a lease file or accounting log: what was read of it. It is written last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class LeaseFileMark:
    """One lease file or log that has been taken in."""

    sha256: str  # of its content, unpacked
    path: str  # as it was found, relative to the district folder where it lies inside
    format: str  # for people: "ISC dhcpd.leases"
    time_base: str  # "UTC", or what had to be concluded
    size_bytes: int
    modified_ns: int
    district_sha256: (
        str  # of what was known then of employees, devices and settings: it is read anew after a change
    )
    entries: int  # what was read in it
    ledger: Mapping[str, int] = field(default_factory=dict)  # what was passed over, and how often
    first_minute: int = 0  # of what it says; 0 and 0 where it says nothing
    last_minute: int = 0
    earlier: tuple[str, ...] = ()  # SHA-256 of its earlier versions, of which something may be stored

    @property
    def key(self) -> str:
        """What the file's rows in the warehouse are named after: the first 16 digits of its SHA-256."""
        return self.sha256[:16]

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"ledger": dict(sorted(self.ledger.items()))}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> LeaseFileMark:
        """The mark that `to_json` wrote; ValueError, TypeError or KeyError where the text is no mark."""
        fields = json.loads(text)
        return cls(**(fields | {"earlier": tuple(fields["earlier"])}))
