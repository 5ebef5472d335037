"""The findings of the days that have been decided, and one of them by its id."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from auditor.district import District
from auditor.errors import BadInput, Problem
from auditor.jobs.access import log_access
from auditor.jobs.inputs import check_range, key_of
from auditor.policy.findings import STORED_FINDINGS, checked_reason
from auditor.policy.findings import identify as identified
from auditor.warehouse import Warehouse


def findings(
    district: District, first: date, last: date, identify: bool = False, reason: str = ""
) -> pa.Table:
    """The findings of the days decided, with the contract's columns.

    With `identify`, `person` is the employee_id; it needs a reason, and a line in the access log comes first.
    """
    check_range(first, last)
    warehouse = Warehouse.open(district.warehouse)
    if not identify:
        return warehouse.findings(first, last, STORED_FINDINGS)
    text = checked_reason(reason)
    key = key_of(district, warehouse)
    table = warehouse.findings(first, last, STORED_FINDINGS)
    log_access(warehouse, "findings --identify", text, first, last, table.num_rows)
    return identified(table, district, key)


def find(warehouse: Warehouse, finding_id: str) -> dict[str, Any]:
    """The row of one finding; BadInput where there is none of that id."""
    table = warehouse.findings(date.min, date.max, STORED_FINDINGS)
    found = table.filter(pc.equal(table["finding_id"], finding_id))
    if not found.num_rows:
        hint = "`auditor findings` lists them; a day that was audited anew may have other ones"
        raise BadInput(Problem(finding_id or "FINDING_ID", "there is no finding of this id", hint))
    row: dict[str, Any] = found.to_pylist()[0]
    return row
