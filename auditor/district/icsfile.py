"""`calendar.ics` beside calendar.csv: the all-day events that say "no school" are days without work.

Only events whose summary or a category begins with one of `NO_WORK` count; the others are left out with a
warning that says how many. Where calendar.csv has a row for every site on the same day, that row holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.district.rows import EVERY_SITE, CalendarRow
from auditor.district.textfile import read_text
from auditor.errors import Problem

ICS_FILE = "calendar.ics"
NO_WORK = ("no school", "no work", "holiday")
_LAST_DAY = date(2099, 12, 31)  # how far a repetition without end is followed


def read_ics(
    folder: Path, calendar: Sequence[CalendarRow], problems: list[Problem]
) -> tuple[CalendarRow, ...]:
    """The days without work of calendar.ics, one row a day; `line` is where the event begins.

    `calendar`: the rows of calendar.csv.
    """
    if not (folder / ICS_FILE).exists():
        return ()
    text = read_text(folder / ICS_FILE, problems, hint="")
    if text is None:
        return ()
    from icalendar import Calendar

    try:
        events = Calendar.from_ical(text).walk("VEVENT")
    except ValueError as error:
        what = f"is not an iCalendar file: {(str(error).splitlines() or ['it is empty'])[0]}"
        problems.append(Problem(f"{ICS_FILE}:1", what, "export the calendar as .ics again"))
        return ()
    lines: dict[str, int] = {}  # by the event's UID, which its changed occurrences share
    readable = []
    for event, line in zip(events, _event_lines(text), strict=False):
        if event.errors or "DTSTART" not in event:
            what = "an event can't be read: " + (
                str(event.errors[0][1]) if event.errors else "it has no DTSTART"
            )
            problems.append(Problem(f"{ICS_FILE}:{line}", what, "export the calendar as .ics again"))
            continue
        lines.setdefault(str(event.get("UID", "")), line)
        readable.append(event)
    own = {row.day for row in calendar if row.site == EVERY_SITE}
    return tuple(row for row in _days(readable, lines, problems) if row.day not in own)


def _days(events: Sequence[Any], lines: dict[str, int], problems: list[Problem]) -> list[CalendarRow]:
    import recurring_ical_events
    from icalendar import Calendar

    counted = {str(event.get("UID", "")) for event in events if _is_no_work(event)}
    chosen = [event for event in events if str(event.get("UID", "")) in counted]
    left_out = len(events) - len(chosen)
    if left_out:
        what = f"{left_out} events are left out: not all-day, or not named " + ", ".join(
            f"`{word}`" for word in NO_WORK
        )
        problems.append(
            Problem(ICS_FILE, what, "name such days `No school ...`, or use calendar.csv", "warning")
        )
    if not chosen:
        return []
    series = Calendar()
    series.subcomponents.extend(chosen)
    first = min(_day(event["DTSTART"].dt) for event in chosen)
    try:
        occurrences = recurring_ical_events.of(series).between(first, _LAST_DAY)
    except ValueError as error:
        problems.append(Problem(ICS_FILE, f"a repetition can't be followed: {error}", "mend its RRULE"))
        return []
    rows: dict[date, CalendarRow] = {}
    for event in occurrences:
        if _is_no_work(event):
            line = lines[str(event.get("UID", ""))]
            for day in _each_day(event):
                note = str(event.get("SUMMARY", ""))
                rows.setdefault(day, CalendarRow(line, day, EVERY_SITE, "no_work", "", note, ICS_FILE))
    return [rows[day] for day in sorted(rows)]


def _is_no_work(event: Any) -> bool:
    if isinstance(event["DTSTART"].dt, datetime):
        return False
    labels = [str(event.get("SUMMARY", "")), *_categories(event)]
    return any(label.strip().casefold().startswith(NO_WORK) for label in labels)


def _categories(event: Any) -> list[str]:
    found = event.get("CATEGORIES", [])
    return [str(name) for one in (found if isinstance(found, list) else [found]) for name in one.cats]


def _each_day(event: Any) -> list[date]:
    """The days of an all-day event; its end is exclusive (RFC 5545, 3.6.1)."""
    first = event["DTSTART"].dt
    last = event["DTEND"].dt if "DTEND" in event else first
    return [first + timedelta(days=step) for step in range(max(1, (last - first).days))]


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _event_lines(text: str) -> list[int]:
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip().upper() == "BEGIN:VEVENT"
    ]
