"""What the district's files say at a minute. Knows only as much of their forms as the sample uses."""

from __future__ import annotations

import csv
import datetime
from dataclasses import dataclass
from pathlib import Path

from .network import plain_mac
from .plan import CENTRAL_STANDARD, epoch_minute, local

FOREVER = 10**9
LONGEST_DAYS = 180
Row = dict[str, str]


@dataclass(frozen=True)
class Owner:
    device_id: str
    ownership: str
    assigned_to: str


class Roster:
    def __init__(self, district: Path) -> None:
        def rows(name: str) -> list[Row]:
            with (district / name).open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))

        self._staff = rows("staff.csv")
        self._devices = rows("devices.csv")
        self._schedules = rows("schedules.csv")
        self._calendar = rows("calendar.csv")
        self._tools = rows("approved_tools.csv")
        self._exceptions = [row for row in rows("exceptions.csv") if self._is_good(row)]

    def owner(self, mac: str, minute: int) -> Owner | None:
        for row in self._devices:
            if plain_mac(row["mac"]) == mac and begin(row["valid_from"]) <= minute < end(row["valid_to"]):
                return Owner(row["device_id"], row["ownership"], row["assigned_to"])
        return None

    def employee(self, employee_id: str, day: str) -> Row | None:
        for row in self._staff:
            if row["employee_id"] == employee_id and row["valid_from"] <= day <= (row["valid_to"] or "9999"):
                return row
        return None

    def on_duty(self, employee_id: str, minute: int) -> bool:
        now = local(minute)
        return any(
            self._works(employee_id, now, now.date() - datetime.timedelta(days=back)) for back in (0, 1)
        )

    def _works(self, employee_id: str, now: datetime.datetime, shift_day: datetime.date) -> bool:
        """Whether `now` lies in a range of work that began on `shift_day`."""
        person = self.employee(employee_id, shift_day.isoformat())
        if person is None:
            return False
        schedule = person["schedule"]
        for row in self._calendar:
            if row["date"] == shift_day.isoformat() and row["site"] in ("*", person["site"]):
                if row["kind"] == "no_work":
                    return False
                schedule = row["schedule"]
        weekday = shift_day.strftime("%a").lower()
        midnight = datetime.datetime.combine(shift_day, datetime.time(), CENTRAL_STANDARD)
        since = int((now - midnight).total_seconds()) // 60
        for row in self._schedules:
            if row["schedule"] == schedule and row["weekday"] == weekday:
                start, stop = clock(row["start"]), clock(row["end"])
                if start <= since < (stop if stop > start else stop + 1_440):
                    return True
        return False

    def is_approved_tool(self, platform: str, host: str, day: str) -> bool:
        return any(
            row["valid_from"] <= day <= (row["valid_to"] or "9999")
            and (row["platform"] == platform or f".{host}".endswith("." + row["platform"]))
            for row in self._tools
        )

    def excuses(
        self, employee_id: str, device_id: str, platform: str, category: str, minute: int
    ) -> set[str]:
        """Ids of the good exceptions that cover this use in this minute."""
        now = local(minute)
        return {
            row["exception_id"]
            for row in self._exceptions
            if row["employee_id"] == employee_id
            and row["platform"] in (platform, f"category:{category}", "*")
            and row["device_id"] in ("", device_id)
            and begin(row["approved_at"]) <= minute
            and begin(row["valid_from"]) <= minute < end(row["valid_to"])
            and (not row["weekdays"] or now.strftime("%a").lower() in row["weekdays"].split())
            and (not row["start"] or clock(row["start"]) <= now.hour * 60 + now.minute < clock(row["end"]))
        }

    def _is_good(self, row: Row) -> bool:
        if not row["purpose"] or not row["valid_from"] or not row["valid_to"]:
            return False
        if row["approved_by"] == row["employee_id"]:
            return False
        person = self.employee(row["employee_id"], row["approved_at"][:10])
        if person is None or person["supervisor_id"] != row["approved_by"]:
            return False
        return end(row["valid_to"]) - begin(row["valid_from"]) <= LONGEST_DAYS * 1_440


def begin(text: str) -> int:
    """First minute of a date or a date-time."""
    if len(text) > 16:  # with its own offset
        return int(datetime.datetime.fromisoformat(text).timestamp()) // 60
    return epoch_minute(text)


def end(text: str) -> int:
    """The minute after the last: a date means through that day, nothing means never."""
    if not text:
        return FOREVER
    return begin(text) + (1_440 if len(text) == 10 else 0)


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
