"""An auditor of network-traffic usage under a school district's social-media policy, clause IV.B."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.analyst import OpenWarehouse

__version__ = "0.1.0"


def open_warehouse(path: Path | str) -> OpenWarehouse:
    """A district's warehouse as pandas DataFrames; `path` is the district folder or the warehouse folder."""
    from auditor.analyst import open_warehouse as opened  # pandas only for those who ask for it

    return opened(path)
