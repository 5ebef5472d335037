"""When days were decided, and why once more: a line each time beside the day's audit, which itself holds no time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from auditor.district import District
from auditor.warehouse import Warehouse

CUT_SHORT = "the audit before was cut short"


def decision_line(changed: Sequence[str]) -> str:
    """A line of the history: when it was decided, and what had changed since the time before, in words."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"decided_at": now, "changed": list(changed)}, ensure_ascii=False) + "\n"


def decided_anew(district: District, warehouse: Warehouse, days: Iterable[date]) -> list[dict[str, Any]]:
    """Each time that one of the days was decided once more: `day`, `decided_on` (a local day), `why`."""
    zone = ZoneInfo(district.timezone)
    return [
        {
            "day": day.isoformat(),
            "decided_on": datetime.fromisoformat(entry["decided_at"]).astimezone(zone).date().isoformat(),
            "why": "; ".join(entry["changed"]),
        }
        for day in sorted(set(days))
        for entry in warehouse.history(day)
        if entry["changed"]
    ]


def reading_of(audit: Mapping[str, Any]) -> str:
    """The reading under which a day was decided, as in the column `enforced`; earlier versions knew one time."""
    prongs = ("work_time", "equipment", "wifi")
    words = {"work_time": audit.get("time_prong", "work_time")}
    return " ".join(words.get(prong, prong) for prong in prongs if prong in audit.get("enforce", ()))
