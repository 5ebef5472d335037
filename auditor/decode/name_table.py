"""The kernel's name table and its texts, kept in step."""

from __future__ import annotations

from auditor.decode import tables
from auditor.kernel.names import Names
from auditor.kernel.table import Flows
from auditor.records import Ledger


class NameTable:
    """Host names by id. The list `texts` is replaced, not changed, where ids change."""

    def __init__(self) -> None:
        self.table: Names = tables.new_names()
        self.texts: list[str] = []

    def catch_up(self) -> None:
        """Adds the texts of names that the kernel has put in."""
        self.texts += tables.new_texts(self.table, len(self.texts))

    def intern(self, host: str) -> int:
        """The id of a host, put in where it is new."""
        self.make_room()
        number = tables.intern(self.table, host)
        self.catch_up()
        return number

    def make_room(self) -> None:
        """Lets the table grow where one more frame might find it full."""
        if tables.is_full(self.table):
            self.table = tables.larger_names(self.table)

    def cut_back(self, flows: Flows, ledger: Ledger) -> None:
        """At its bound keeps only the names of flows in the table."""
        if len(self.texts) > tables.MOST_NAMES or self.bytes > tables.MOST_NAME_BYTES:
            ledger.add("name table emptied, being full")
            self.table, self.texts = tables.names_in_use(self.texts, flows, ledger)

    @property
    def bytes(self) -> int:
        """How long all names are together."""
        return int(self.table.offset[self.table.count[0]])
