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

WITHIN_A_DAY = ("HOURLY", "MINUTELY", "SECONDLY")  # frequencies (RFC 5545, 3.3.10)
ICS_FILE = "calendar.ics"
NO_WORK = ("no school", "no work", "holiday")
_LAST_DAY = date(2099, 12, 31)  # how far a repetition without end is followed
# What broken files and broken rules make the two libraries raise.
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, OverflowError)


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
    except _BROKEN as error:
        what = f"is not an iCalendar file: {(str(error).splitlines() or ['it is empty'])[0]}"
        problems.append(Problem(f"{ICS_FILE}:1", what, "export the calendar as .ics again"))
        return ()
    lines: dict[str, int] = {}  # by the event's UID, which its changed occurrences share
    sound = []
    left_out = 0
    for event, line in zip(events, _event_lines(text), strict=False):
        fault = _fault(event)
        if not fault:
            lines.setdefault(_uid(event), line)
            sound.append(event)
        elif _says_no_work(event):
            hint = "mend the event and export the calendar as .ics again"
            problems.append(Problem(f"{ICS_FILE}:{line}", f"an event can't be read: {fault}", hint))
        else:
            left_out += 1
    no_work = {_uid(event) for event in sound if _is_no_work(event)}
    chosen = [event for event in sound if _uid(event) in no_work]
    left_out += len(sound) - len(chosen)
    if left_out:
        names = ", ".join(f"`{word}`" for word in NO_WORK)
        what = f"{left_out} events are left out: not all-day, or not named {names}"
        problems.append(
            Problem(ICS_FILE, what, "name such days `No school ...`, or use calendar.csv", "warning")
        )
    own = {row.day for row in calendar if row.site == EVERY_SITE}
    return tuple(row for row in _days(chosen, lines, problems) if row.day not in own)


def _days(events: Sequence[Any], lines: dict[str, int], problems: list[Problem]) -> list[CalendarRow]:
    """One row for each day of events without fault, repetitions followed."""
    rows: dict[date, CalendarRow] = {}
    series: dict[str, list[Any]] = {}
    for event in events:
        series.setdefault(_uid(event), []).append(event)
    for uid, own in series.items():
        line = lines[uid]
        try:
            occurrences = _occurrences(own)
        except _BROKEN as error:
            hint = "mend the event's RRULE and the like, and export the calendar as .ics again"
            problems.append(Problem(f"{ICS_FILE}:{line}", f"an event's days can't be found: {error}", hint))
            continue
        for event in occurrences:
            note = str(event.get("SUMMARY", ""))
            for day in _each_day(event) if _is_no_work(event) else ():
                rows.setdefault(day, CalendarRow(line, day, EVERY_SITE, "no_work", "", note, ICS_FILE))
    return [rows[day] for day in sorted(rows)]


def _occurrences(series: Sequence[Any]) -> Sequence[Any]:
    """Each time that the events of one UID take place."""
    import recurring_ical_events
    from icalendar import Calendar

    calendar = Calendar()
    calendar.subcomponents.extend(series)
    first = min(_day(event["DTSTART"].dt) for event in series)
    occurrences: Sequence[Any] = recurring_ical_events.of(calendar).between(first, _LAST_DAY)
    return occurrences


def _is_no_work(event: Any) -> bool:
    return not isinstance(event["DTSTART"].dt, datetime) and _says_no_work(event)


def _says_no_work(event: Any) -> bool:
    labels = [str(event.get("SUMMARY", "")), *_categories(event)]
    called_off = str(event.get("STATUS", "")).casefold() == "cancelled"
    return not called_off and any(label.strip().casefold().startswith(NO_WORK) for label in labels)


def _fault(event: Any) -> str:
    """What keeps the days of an event from being read; "" where nothing does."""
    for name, message in event.errors:
        if name in ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"):
            return f"{name}: {message}"
    if "DTSTART" not in event:
        return "it has no DTSTART"
    if isinstance(event["DTSTART"], list) or isinstance(event.get("DTEND"), list):
        return "it has DTSTART or DTEND twice"
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start
    if not isinstance(start, date) or not isinstance(end, date):
        return "DTSTART or DTEND is no date"
    if isinstance(start, datetime) != isinstance(end, datetime):
        return "of DTSTART and DTEND only one has a time of day"
    if _day(end) < _day(start):
        return "it ends before it begins"
    if (_day(end) - _day(start)).days > 366:
        return "it lasts longer than a year"
    return "RRULE: it repeats within the day" if _repeats_within_a_day(event) else ""


def _repeats_within_a_day(event: Any) -> bool:
    """A rule that means nothing for whole days, and that takes minutes to follow through a year."""
    rules = event.get("RRULE", [])
    each = rules if isinstance(rules, list) else [rules]
    return any(str(name).upper() in WITHIN_A_DAY for rule in each for name in rule.get("FREQ", ()))


def _uid(event: Any) -> str:
    return str(event.get("UID", ""))


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
