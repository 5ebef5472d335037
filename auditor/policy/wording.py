"""Words and small phrases of an explanation."""

from __future__ import annotations

from auditor.district.rows import District
from auditor.policy import clock
from auditor.policy.explain import Known, Row

CLAUSE = (
    'IV.B: "the use of these media for personal use during school work time and/or on School District '
    'equipment (including the District\'s "wi fi" network) is prohibited"'
)
EXCEPTION_CLAUSE = (
    'IV.B: "only permitted on a case by case basis, when used for a work related purpose and approved by the '
    "employee's supervisor\""
)
PRONG_WORDS = {
    "work_time": "during school work time",
    "equipment": "on School District equipment",
    "wifi": "on the District's wi-fi network",
}
SCHOOL_HOURS = "during school hours"
DISPOSITIONS = {
    "unapproved": "use without a matching approval",
    "excepted": "use that a supervisor had approved",
    "approved_tool": "use of an approved tool",
    "permitted": "use to which no enforced part of the clause applies",
    "unattributed": "use that can't be laid to a person",
}
NOBODYS = {
    "randomised": "the device hides behind a randomised MAC address",
    "shared": "the device is shared",
    "unassigned": "the device is assigned to nobody",
    "unknown_device": "the device is not in devices.csv",
    "no_lease": "no MAC address was seen, and no lease or claim tells whose the IP address was",
    "disputed": "the IP address may have been another device's",
    "two_named": "two people are named for it, by devices.csv or by log-ons",
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def lines_of(known: Known, column: str) -> list[int]:
    """The lines of a file that the minutes rest on."""
    return sorted({row[column] for row in known.minutes} - {0})


def count_of(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def span(district: District, rows: list[Row]) -> str:
    first, last = local_time(district, rows[0]["minute"]), local_time(district, rows[-1]["minute"] + 1)
    return f"{first} to {last} ({len(rows)})"


def local_time(district: District, minute: int) -> str:
    return clock.local_iso(minute, district.timezone)[11:16]


def clock_text(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def prong_words(known: Known, prong: str) -> str:
    """A prong in the words of the clause; the first as the reading in force takes it."""
    return SCHOOL_HOURS if prong == "work_time" and known.time_prong == "school_hours" else PRONG_WORDS[prong]


def verdict(row: Row) -> str:
    """What became of a minute, in words."""
    if row["excused"]:
        return f"excused by {row['exception_id']}"
    if row["prohibited"]:
        return "nothing excuses it"
    if row["approved"]:
        return "approved tool"
    return "not an employee's" if not row["person"] else "no enforced part applies"
