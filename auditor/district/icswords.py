"""What the name of an event in `calendar.ics` says of work and school that day.

Names are compared by their words: case, hyphens, dashes, dots and spaces don't count, nor does a plural `s`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

NO_WORK = (
    "no school", "no work", "holiday", "closed", "school closed", "schools closed", "district closed", "snow day",
)  # fmt: skip
NO_SCHOOL = (
    "no students", "student holiday", "staff development", "professional development", "pd day", "in-service",
    "teacher workday", "teacher in-service", "staff workday", "staff only",
)  # fmt: skip
# These need a schedule with the hours of such a day; without one nobody can say what they mean.
OTHER_HOURS = (
    "early release", "early dismissal", "early out", "half day", "minimum day", "late start", "late arrival",
    "delayed opening", "delayed start", "hour delay", "hr delay",
)  # fmt: skip
_STAFF = ("staff", "teacher", "employee")

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a day's name says: a row of the calendar, or `other_hours` that no schedule tells."""

    kind: Literal["no_work", "no_school", "use_schedule", "other_hours"]
    schedule: str = ""


def meaning(
    name: str, categories: Iterable[str], schedules: Iterable[str], usual: frozenset[str]
) -> Meaning | None:
    """What an event's name says or, where it says nothing, a category; None where none does.

    `schedules`: the names of schedules.csv. One that is `usual` (somebody's own, a school's own) means its hours only
    where it is the whole name: "Office party" is no day of the schedule `office`.
    """
    named = sorted(set(schedules), key=lambda name: (-len(name), name))
    said = _meaning(_words(name), named, usual)
    if said is None or said.kind == "other_hours":
        found = (_meaning(_words(label), (), usual) for label in categories)
        said = next((one for one in found if one and one.kind != "other_hours"), said)
    return said


def _meaning(words: Words, schedules: Sequence[str], usual: frozenset[str]) -> Meaning | None:
    if _is_for_staff_only(words):
        return Meaning("no_school")
    for schedule in schedules:
        rest = _after(words, schedule)
        if rest is not None and (not rest or schedule not in usual):
            return Meaning("use_schedule", schedule)
    if _begins(words, NO_WORK) or _begins(words, NO_SCHOOL):
        return Meaning("no_work")
    return Meaning("other_hours") if _holds(words, OTHER_HOURS) else None


def _is_for_staff_only(words: Words) -> bool:
    """ "Teacher workday", "No school - PD day", "No school for students"; not "No school for students and staff"."""
    if _holds(words, ("no staff", "and staff", "or staff", "and teachers", "or teachers")):
        return False
    if _begins(words, NO_SCHOOL):
        return True
    off = _begins(words, ("no school", "school closed", "schools closed", "closed"))
    students = _holds(words, ("students",)) and not _holds(words, _STAFF)
    return off and (students or _holds(words, NO_SCHOOL))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _begins(words: Words, phrases: Iterable[str]) -> bool:
    return any(_after(words, phrase) is not None for phrase in phrases)


def _holds(words: Words, phrases: Iterable[str]) -> bool:
    return any(_begins(words[at:], phrases) for at in range(len(words)))


def _after(words: Words, phrase: str) -> Words | None:
    """The words behind a phrase with which they begin, "workday" being "work day"; None where they don't."""
    sought = "".join(_words(phrase)).removesuffix("s")
    for count in range(1, len(words) + 1):
        joined = "".join(words[:count]).removesuffix("s")
        if joined == sought and sought:
            return words[count:]
        if len(joined) > len(sought) + 1:
            return None
    return None
