"""The warehouse for analysts: findings, sessions, minutes and coverage as pandas DataFrames.

Times are in the district's zone, days are midnights without a zone, repeated words are categories.
Persons are pseudonyms.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from auditor.district import load_district
from auditor.errors import BadInput, Problem
from auditor.policy.decide import MINUTES
from auditor.policy.findings import STORED_FINDINGS
from auditor.warehouse import Warehouse

Day = date | str | None

# What a session is without what the policy says of it.
SESSION_COLUMNS = (
    "finding_id", "day", "person", "device_id", "ownership", "site", "role", "platform", "category",
    "started_at", "ended_at", "minutes", "span_minutes", "confidence", "bytes_up", "bytes_down", "hosts",
)  # fmt: skip
_CATEGORIES = (
    "ownership",
    "site",
    "role",
    "platform",
    "category",
    "prongs",
    "disposition",
    "enforced",
    "calendar_file",
    "sensor",
    "measure",
)
_WITH_NA: dict[str, pd.Int64Dtype | pd.BooleanDtype] = {  # pandas' types that know <NA>
    "school_minutes": pd.Int64Dtype(),
    "school_hours": pd.BooleanDtype(),
}
_CONFIDENCE = pd.CategoricalDtype(["low", "medium", "high"], ordered=True)


class OpenWarehouse:
    """A warehouse to read. `first` and `last` are days, dates or `YYYY-MM-DD`, both included."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def findings(self, first: Day = None, last: Day = None) -> pd.DataFrame:
        """One row a session, with what the policy says of it: the columns of `auditor findings`."""
        return self._frame(self._warehouse.findings(*_range(first, last), STORED_FINDINGS))

    def sessions(self, first: Day = None, last: Day = None) -> pd.DataFrame:
        """One row a session, as observed: without what the policy says of it."""
        return self.findings(first, last)[list(SESSION_COLUMNS)]

    def minutes(self, first: Day = None, last: Day = None) -> pd.DataFrame:
        """One row an active minute of a session; `minute` is its beginning."""
        return self._frame(self._warehouse.minutes(*_range(first, last), MINUTES))

    def coverage(self, first: Day = None, last: Day = None) -> pd.DataFrame:
        """What was counted, seen and not seen: `day, sensor, measure, value`."""
        return self._frame(self._warehouse.coverage(*_range(first, last)))

    @property
    def timezone(self) -> str:
        """The district's time zone, as at its last audit; UTC before the first."""
        audits = self._warehouse.audits(date.min, date.max)
        return str(audits[max(audits)]["timezone"]) if audits else "UTC"

    def _frame(self, table: pa.Table) -> pd.DataFrame:
        frame: pd.DataFrame = table.to_pandas()
        for name in frame.columns:
            column = frame[name]
            if name == "day":
                frame[name] = pd.to_datetime(column, format="%Y-%m-%d")
            elif name in ("started_at", "ended_at"):
                frame[name] = pd.to_datetime(column, format="ISO8601", utc=True).dt.tz_convert(self.timezone)
            elif name == "minute":
                frame[name] = pd.to_datetime(column * 60, unit="s", utc=True).dt.tz_convert(self.timezone)
            elif name == "confidence":
                frame[name] = column.astype(_CONFIDENCE)
            elif name in _WITH_NA:
                frame[name] = column.astype(_WITH_NA[name])
            elif name in _CATEGORIES:
                frame[name] = column.astype("category")
            elif pa.types.is_string(table.schema.field(name).type):
                frame[name] = column.astype("str")
        return frame


def open_warehouse(path: Path | str) -> OpenWarehouse:
    """The warehouse of a district folder, or a warehouse folder itself; BadInput where it is neither."""
    folder = Path(path)
    if (folder / "auditor.toml").is_file():
        return OpenWarehouse(Warehouse.open(load_district(folder).warehouse))
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "there is no such folder"
        raise BadInput(Problem(str(folder), what, "give a district folder or its warehouse folder"))
    return OpenWarehouse(Warehouse.open(folder))


def _range(first: Day, last: Day) -> tuple[date, date]:
    return _day(first, date.min), _day(last, date.max)


def _day(value: Day, otherwise: date) -> date:
    if value is None:
        return otherwise
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadInput(Problem(repr(value), "is not a day", "write it as 2026-11-09")) from None
