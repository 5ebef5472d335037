"""An employee's work time and a site's school hours on a day in words, with the rows they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from auditor.district.rows import CalendarRow, District
from auditor.policy import clock
from auditor.policy.cited import Cited, calendar_words, schedule_words
from auditor.policy.explain import Known
from auditor.policy.wording import local_time

# What they hang on.
FILES = ("staff.csv", "schedules.csv", "calendar.csv", "calendar.ics", "auditor.toml")
Told = tuple[str, tuple[Cited, ...]]  # in words, and the rows


def work_time_of(known: Known) -> Told:
    """When the employee works on the finding's day; "" where the lists are no longer those of the audit."""
    if not known.is_unchanged(*FILES):
        return "", ()
    return work_time(known.district, known.employee_id, known.day)


def school_time_of(known: Known) -> Told:
    """The school hours of the finding's site; "" where the lists are no longer those of the audit."""
    if not known.is_unchanged(*FILES):
        return "", ()
    district, site = known.district, known.finding["site"]
    hours = [hour for hour in clock.school_time(district, known.day) if hour.site == site]
    row = clock.school_row(district, known.day, site)
    return _told("school hours", district, hours, row, f"no school hours at {site} on this day")


def work_time(district: District, employee_id: str, day: date) -> Told:
    """When an employee works on a day."""
    own = replace(district, staff=district.staff_by_id.get(employee_id, ()))
    staff = district.staff_on(employee_id, day)
    row = clock.work_row(district, day, staff) if staff else None
    none = "no work time on this day"
    if staff and not staff.schedule:
        none += ": staff.csv gives no schedule"
    return _told("work time", district, clock.duty(own, day), row, none)


def _told(
    what: str,
    district: District,
    spans: Sequence[clock.Duty | clock.SchoolTime],
    special: CalendarRow | None,
    none: str,
) -> Told:
    rows = [*_schedules(district, spans)]
    if special:
        rows.append(Cited(special.file, special.line, calendar_words(special)))
    if not spans:
        return none, tuple(rows)
    hours = (
        f"{local_time(district, one.start_minute)} to {local_time(district, one.end_minute)}" for one in spans
    )
    return f"{what} on this day is {', '.join(hours)}", tuple(rows)


def _schedules(district: District, spans: Iterable[clock.Duty | clock.SchoolTime]) -> Iterable[Cited]:
    by_line = {row.line: row for row in district.schedules}
    for line in dict.fromkeys(span.schedule_line for span in spans):
        yield Cited("schedules.csv", line, schedule_words(by_line[line]))
