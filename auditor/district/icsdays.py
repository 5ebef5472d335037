"""The whole days of an event of `calendar.ics`, its repetitions followed (RFC 5545).

An event is all-day if it has dates, or if it has times of day and lies from midnight to midnight of the district's
zone, as Outlook and Google write some.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from auditor.district.localtime import first_minute, local_day, midnight, utc_minute

_LAST_DAY = date(2099, 12, 31)  # how far a repetition without end is followed
_DAY = timedelta(days=1)
_WITHIN_A_DAY = ("HOURLY", "MINUTELY", "SECONDLY")  # frequencies (RFC 5545, 3.3.10)
_TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")


def occurrences(series: Sequence[Any]) -> Sequence[Any]:
    """Each time that the events of one UID take place: copies of the event, or of the one that changed it.

    Raises what the two libraries raise on rules that can't be followed.
    """
    if len(series) == 1 and not any(name in series[0] for name in ("RRULE", "RDATE", "RECURRENCE-ID")):
        return series
    import recurring_ical_events
    from icalendar import Calendar

    calendar = Calendar()
    calendar.subcomponents.extend(series)
    first = min(day_of(event["DTSTART"].dt) for event in series) - _DAY
    found: Sequence[Any] = recurring_ical_events.of(calendar).between(first, _LAST_DAY)
    return found


def is_all_day(event: Any, zone: str) -> bool:
    """Whether an event without fault lasts whole days of the zone."""
    start, end = _span(event)
    if not isinstance(start, datetime):
        return True
    if str(event.get("X-MICROSOFT-CDO-ALLDAYEVENT", "")).casefold() == "true":
        return True
    begins, ends = _minute(start, zone), _minute(end, zone)
    # An end of 23:59 is meant as the day's end.
    return (
        begins < ends
        and _at_midnight(begins, zone)
        and (_at_midnight(ends, zone) or _at_midnight(ends + 1, zone))
    )


def each_day(occurrence: Any, zone: str) -> Iterator[date]:
    """The days of an occurrence of an all-day event; its end is exclusive (RFC 5545, 3.6.1).

    Times in UTC that repeat stand an hour beside midnight once the clocks have changed: the day at noon counts.
    """
    start, end = _span(occurrence)
    days = max(1, round((end - start) / _DAY))
    first = local_day(_minute(start, zone) + 720, zone) if isinstance(start, datetime) else start
    return (first + timedelta(days=step) for step in range(days))


def fault(event: Any) -> str:
    """What keeps the days of an event from being read; "" where nothing does."""
    for name, message in event.errors:
        if name in _TIMES:
            return f"{name}: {message}"
    if "DTSTART" not in event:
        return "it has no DTSTART"
    if any(isinstance(event.get(name), list) for name in ("DTSTART", "DTEND", "DURATION")):
        return "it has DTSTART, DTEND or DURATION twice"
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start
    if not isinstance(start, date) or not isinstance(end, date):
        return "DTSTART or DTEND is no date"
    if isinstance(start, datetime) != isinstance(end, datetime):
        return "of DTSTART and DTEND only one has a time of day"
    if "DURATION" in event and not isinstance(event["DURATION"].dt, timedelta):
        return "DURATION is none"
    if (
        isinstance(start, datetime)
        and isinstance(end, datetime)
        and (start.tzinfo is None) != (end.tzinfo is None)
    ):
        return "of DTSTART and DTEND only one has a time zone"
    if "DURATION" in event and event["DURATION"].dt > timedelta(days=366):
        return "it lasts longer than a year"
    start, end = _span(event)
    if day_of(end) < day_of(start):
        return "it ends before it begins"
    if (day_of(end) - day_of(start)).days > 366:
        return "it lasts longer than a year"
    return "RRULE: it repeats within the day" if _repeats_within_a_day(event) else ""


def day_of(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _span(event: Any) -> tuple[Any, Any]:
    """When it begins and ends, two dates or two date-times; a date without end is one day."""
    start = event["DTSTART"].dt
    if "DTEND" in event:
        return start, event["DTEND"].dt
    if "DURATION" in event:
        return start, start + event["DURATION"].dt
    return start, start


def _minute(moment: datetime, zone: str) -> int:
    """The UTC epoch minute; a time without zone is the district's."""
    return utc_minute(moment) if moment.tzinfo else first_minute(moment, zone)


def _at_midnight(minute: int, zone: str) -> bool:
    return minute == midnight(local_day(minute, zone), zone)


def _repeats_within_a_day(event: Any) -> bool:
    """A rule that means nothing for whole days, and that takes minutes to follow through a year."""
    rules = event.get("RRULE", [])
    each = rules if isinstance(rules, list) else [rules]
    return any(str(name).upper() in _WITHIN_A_DAY for rule in each for name in rule.get("FREQ", ()))
