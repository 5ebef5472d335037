"""What of a lease file could not be used: by what it was, how often, and on which line first."""

from __future__ import annotations

from pathlib import PurePath

from auditor.records import Ledger, path_text

NOT_UNDERSTOOD = "lines of lease files not understood"
NO_TIME = "leases without a time that says when they held"


class Doubts:
    """Counts while a file is read; `tell` puts it all into the ledger, a note for each verdict."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._first: dict[str, int] = {}

    def add(self, verdict: str, line: int, count: int = 1) -> None:
        self._counts[verdict] = self._counts.get(verdict, 0) + count
        self._first.setdefault(verdict, line)

    def tell(self, path: PurePath, ledger: Ledger) -> None:
        """Counts by verdict, and the first place of each as `FILE:LINE`."""
        for verdict, count in self._counts.items():
            ledger.add(verdict, count)
            ledger.notes.append(
                f"{path_text(path)}:{self._first[verdict]}: {verdict}: {count}, this is the first"
            )
        self._counts.clear()
        self._first.clear()
