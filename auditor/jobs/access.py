"""The access log of a warehouse: who was told which persons are behind what, when and why. The line comes first."""

from __future__ import annotations

from datetime import UTC, date, datetime

from auditor.login import login
from auditor.policy.findings import access_line
from auditor.warehouse import Warehouse


def log_access(
    warehouse: Warehouse, verb: str, reason: str, first: date, last: date, rows: int, person: str = ""
) -> None:
    """Adds a line on the days from `first` to `last`; `person` is the pseudonym of who was asked about, "" for
    everybody. BadInput where that can't be done: then nobody is named."""
    now = datetime.now(UTC)
    warehouse.log_access(access_line(now, login(), verb, reason, first, last, rows, person))
