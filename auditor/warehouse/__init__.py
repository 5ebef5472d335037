"""The floor the stages stand on: Parquet by local day for what was observed and what was decided.

One folder a district. A capture counts once its mark stands in `captures/`; a day is decided once its
`audits/day=.../audit.json` stands. Everything else may be half-written and is never read.
"""

from __future__ import annotations

from auditor.warehouse.layout import FORMAT_VERSION
from auditor.warehouse.lease_files import LeaseFileMark
from auditor.warehouse.marks import CaptureMark
from auditor.warehouse.store import Warehouse

__all__ = ["FORMAT_VERSION", "CaptureMark", "LeaseFileMark", "Warehouse"]
