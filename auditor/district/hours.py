"""Hours that can't be what was meant: of a schedule that has none, of a school that nobody has told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from auditor.district.rows import SCHOOL, STAFF, District, ScheduleRow
from auditor.district.tomlfile import SETTINGS_FILE, Lines
from auditor.district.values import WEEKDAYS
from auditor.errors import Problem


def hours_problems(district: District, lines: Lines) -> Iterator[Problem]:
    """Errors and warnings on the hours of days, schools and roles. All schedules can be read."""
    yield from _schools_without_hours(district, lines)
    yield from _days_without_hours(district)
    yield from _roles_called_like_everybody(district)


def _schools_without_hours(district: District, lines: Lines) -> Iterator[Problem]:
    """Where school hours decide, they must be known wherever something is captured."""
    policy = district.settings.policy
    if policy.time_prong != "school_hours" or "work_time" not in policy.enforce:
        return
    known = {site.name for site in district.settings.sites}
    for index, sensor in enumerate(district.settings.sensors):
        if sensor.site not in known:
            where = f"{SETTINGS_FILE}:{lines.of(('sensors', index, 'site'))}"
            what = f"the school hours of site `{sensor.site}` decide and are not known"
            hint = f'add [[sites]] with name = "{sensor.site}" and school_hours = a schedule of schedules.csv'
            yield Problem(where, what, hint)


def _days_without_hours(district: District) -> Iterator[Problem]:
    """A schedule that the calendar calls for on a day on which it has no hours: then nobody works."""
    hours: defaultdict[str, list[ScheduleRow]] = defaultdict(list)
    for row in district.schedules:
        hours[row.schedule].append(row)
    for day in district.calendar:
        ranges = hours.get(day.schedule) if day.kind == "use_schedule" else None
        if ranges and not _has_hours(ranges, day.day):
            what = f"schedule `{day.schedule}` has no hours on {WEEKDAYS[day.day.weekday()]} {day.day}"
            hint = "so there is no work time that day; add its hours to schedules.csv, or write `no_work`"
            yield Problem(day.where, what, hint, "warning")


def _has_hours(ranges: list[ScheduleRow], day: date) -> bool:
    return any(row.weekday == day.weekday() and row.covers(day) for row in ranges)


def _roles_called_like_everybody(district: District) -> Iterator[Problem]:
    """A role named `staff` or `school` can't be told from the word of calendar.csv."""
    used = {row.applies_to for row in district.calendar}
    told: set[str] = set()
    for row in district.staff:
        role = row.role.casefold()
        if role in (SCHOOL, STAFF) and role in used and role not in told:
            told.add(role)
            what = (
                f"role `{row.role}`: in calendar.csv `{role}` in `applies_to` does not mean this role alone"
            )
            yield Problem(f"staff.csv:{row.line}", what, "give the role another name", "warning")
