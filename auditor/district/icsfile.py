"""`calendar.ics` beside calendar.csv: all-day events whose names say what kind of day it is.

`icswords` tells what a name says, `icsdays` which days an event has. A LOCATION or a category that is a site's
id makes it that site's. Where calendar.csv has a row for the same day, site and people, that row holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from auditor.district.icsdays import day_of, each_day, fault, is_all_day, occurrences
from auditor.district.icswords import Meaning, meaning
from auditor.district.rows import EVERY_SITE, CalendarRow
from auditor.district.textfile import read_text
from auditor.errors import Problem

ICS_FILE = "calendar.ics"
_LINE = "X-AUDITOR-LINE"  # put into each event: occurrences are copies
# What broken files and broken rules make the two libraries raise; OSError: a TZID that is a folder of zones.
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError)
# Of two events that say two things of a day, the one with the least work time holds.
_LEAST_WORK = ("no_work", "use_schedule", "no_school")


@dataclass(frozen=True, slots=True)
class Around:
    """What an event is read beside."""

    zone: str
    sites: frozenset[str] = frozenset()
    schedules: frozenset[str] = frozenset()  # the names of schedules.csv
    usual: frozenset[str] = frozenset()  # those that are somebody's or a school's own


@dataclass(frozen=True, slots=True)
class _Event:
    """An event that says something of work or school."""

    line: int
    component: Any
    meaning: Meaning | None  # None: it takes back an occurrence of a series that has one
    all_day: bool

    @property
    def name(self) -> str:
        return " ".join(str(self.component.get("SUMMARY", "")).split()) or "(no name)"

    @property
    def where(self) -> str:
        return f"{ICS_FILE}:{self.line}"

    @property
    def told(self) -> str:
        return f"`{self.name}` on {day_of(self.component['DTSTART'].dt)}"


def read_ics(
    folder: Path, calendar: Sequence[CalendarRow], problems: list[Problem], around: Around
) -> tuple[CalendarRow, ...]:
    """The days that calendar.ics tells of, one row a day and site; `line` is where the event begins.

    `calendar`: the rows of calendar.csv.
    """
    if not (folder / ICS_FILE).exists():
        return ()
    text = read_text(folder / ICS_FILE, problems, hint="")
    if text is None:
        return ()
    from icalendar import Calendar

    try:
        components = Calendar.from_ical(text).walk("VEVENT")
    except _BROKEN as error:
        what = f"is not an iCalendar file: {(str(error).splitlines() or ['it is empty'])[0]}"
        problems.append(Problem(f"{ICS_FILE}:1", what, "export the calendar as .ics again"))
        return ()
    events = _events(components, _event_lines(text), problems, around)
    problems.extend(_not_followed(events))
    if left_out := sum(_meaning(one, around) is None for one in components) - sum(
        not one.meaning for one in events
    ):
        what = f"{left_out} events are left out: their names say nothing of work or school"
        hint = "the README lists the names that do; for other days use calendar.csv"
        problems.append(Problem(ICS_FILE, what, hint, "warning"))
    own = {(row.day, row.site, row.applies_to) for row in calendar}
    rows = _rows(events, problems, around)
    return tuple(row for row in rows if (row.day, row.site, row.applies_to) not in own)


def _events(
    components: Sequence[Any], lines: Sequence[int], problems: list[Problem], around: Around
) -> list[_Event]:
    """The events of all series in which one says something; one that can't be read is a problem."""
    sound: list[_Event] = []
    for component, line in zip(components, lines, strict=False):
        said = _meaning(component, around)
        all_day, wrong = _read_times(component, around.zone)
        if wrong:
            if said:
                hint = "mend the event and export the calendar as .ics again"
                problems.append(Problem(f"{ICS_FILE}:{line}", f"an event can't be read: {wrong}", hint))
            continue
        component[_LINE] = str(line)
        sound.append(_Event(line, component, said, all_day))
    matter = {_uid(event.component) for event in sound if event.meaning}
    return [event for event in sound if _uid(event.component) in matter]


def _read_times(component: Any, zone: str) -> tuple[bool, str]:
    """Whether an event is all-day, and what keeps its times from being read."""
    try:
        wrong = fault(component)
        return not wrong and is_all_day(component, zone), wrong
    except _BROKEN as error:
        return False, str(error) or "its times are out of range"


def _meaning(component: Any, around: Around) -> Meaning | None:
    if str(component.get("STATUS", "")).casefold() == "cancelled":
        return None
    name = str(component.get("SUMMARY", ""))
    return meaning(name, _categories(component), around.schedules, around.usual)


def _not_followed(events: Sequence[_Event]) -> Iterator[Problem]:
    """Warnings of events that seem to matter and are not followed, each name once."""
    told: set[str] = set()
    for event in events:
        if event.meaning is None or event.name.casefold() in told:
            continue
        if event.meaning.kind == "other_hours":
            told.add(event.name.casefold())
            hint = "write its hours into schedules.csv under the event's name, or the day into calendar.csv"
            what = f"{event.told} is not followed: no schedule of that name says what hours hold then"
            yield Problem(event.where, what, hint, "warning")
        elif not event.all_day:
            told.add(event.name.casefold())
            hint = (
                "make it an all-day event, or write the day into calendar.csv, if it is meant for work time"
            )
            yield Problem(event.where, f"{event.told} is left out: it is not all-day", hint, "warning")


def _rows(events: Sequence[_Event], problems: list[Problem], around: Around) -> list[CalendarRow]:
    """One row for each day and site, repetitions followed."""
    by_line = {event.line: event for event in events}
    series: dict[str, list[_Event]] = {}
    for event in events:
        series.setdefault(_uid(event.component), []).append(event)
    rows: dict[tuple[date, str], tuple[CalendarRow, _Event]] = {}
    clashes: set[tuple[int, int]] = set()
    for own in series.values():
        try:
            for one in occurrences([event.component for event in own]):
                event = by_line[int(one[_LINE])]
                for row in _days(event, one, around):
                    _enter(row, event, rows, clashes, problems)
        except _BROKEN as error:
            hint = "mend the event's RRULE and the like, and export the calendar as .ics again"
            problems.append(Problem(own[0].where, f"an event's days can't be found: {error}", hint))
    problems.extend(_unknown_places(events, around))
    return [rows[key][0] for key in sorted(rows)]


def _days(event: _Event, occurrence: Any, around: Around) -> Iterator[CalendarRow]:
    said = event.meaning
    if said is None or said.kind == "other_hours" or not event.all_day:
        return
    for day in each_day(occurrence, around.zone):
        for site in sorted(_sites(event.component, around)) or [EVERY_SITE]:
            yield CalendarRow(event.line, day, site, said.kind, said.schedule, event.name, ICS_FILE)


def _enter(
    row: CalendarRow,
    event: _Event,
    rows: dict[tuple[date, str], tuple[CalendarRow, _Event]],
    clashes: set[tuple[int, int]],
    problems: list[Problem],
) -> None:
    """Keeps one row a day and site, and says where two events don't agree."""
    kept, before = rows.setdefault((row.day, row.site), (row, event))
    if (kept.kind, kept.schedule) == (row.kind, row.schedule):
        return
    if _LEAST_WORK.index(row.kind) < _LEAST_WORK.index(kept.kind):
        rows[row.day, row.site] = row, event
        before, event = event, before
    if (pair := (before.line, event.line)) not in clashes:
        clashes.add(pair)
        what = (
            f"`{event.name}` and `{before.name}` (line {before.line}) disagree on {row.day}: the latter holds"
        )
        hint = "write the day into calendar.csv, which goes before both"
        problems.append(Problem(event.where, what, hint, "warning"))


def _sites(component: Any, around: Around) -> set[str]:
    labels = {
        label.strip().casefold() for label in (str(component.get("LOCATION", "")), *_categories(component))
    }
    return {site for site in around.sites if site.casefold() in labels}


def _unknown_places(events: Sequence[_Event], around: Around) -> Iterator[Problem]:
    """A place that is no site, once each: its events count everywhere, which may not be what was meant."""
    told: set[str] = set()
    for event in events:
        place = " ".join(str(event.component.get("LOCATION", "")).split())
        counts = event.all_day and event.meaning and event.meaning.kind != "other_hours"
        if place and counts and place not in told and not _sites(event.component, around):
            told.add(place)
            what = f"{event.told} has the LOCATION `{place}`, which is no site: it counts at every site"
            hint = "write the site's id of staff.csv as its place, or the day into calendar.csv"
            yield Problem(event.where, what, hint, "warning")


def _uid(event: Any) -> str:
    return str(event.get("UID", ""))


def _categories(event: Any) -> list[str]:
    found = event.get("CATEGORIES", [])
    return [str(name) for one in (found if isinstance(found, list) else [found]) for name in one.cats]


def _event_lines(text: str) -> list[int]:
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip().upper() == "BEGIN:VEVENT"
    ]
