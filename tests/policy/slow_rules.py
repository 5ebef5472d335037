"""The second opinion's answers of one minute: is the employee on duty, is the minute excused, and by what?

Each function asks the rows of the district one question of IV.B in plain words.
"""

from __future__ import annotations

from datetime import date, timedelta

from slow_clock import begun, furthest, inside, local_day, wall

from auditor.district import SCHOOL, STAFF, CalendarRow, DeviceRow, District, ExceptionRow, StaffRow

A_DAY = timedelta(days=1)


def employed(district: District, employee_id: str, day: date) -> StaffRow | None:
    """The employee's row of staff.csv on a day."""
    for row in district.staff:
        if row.employee_id != employee_id:
            continue
        if row.valid_from is not None and day < row.valid_from:
            continue
        if row.valid_to is not None and day > row.valid_to:
            continue
        return row
    return None


def on_duty(district: District, employee_id: str, minute: int) -> tuple[int, str, int] | None:
    """The line of schedules.csv by which the minute is work time, and the calendar's row; None where it is not.

    A shift goes by the schedule, the site, the role and the calendar of the day on which it began: today or
    yesterday.
    """
    today = local_day(minute, district.timezone)
    shifts = []
    for day in (today - A_DAY, today):
        staff = employed(district, employee_id, day)
        if staff is None or not staff.schedule:
            continue
        role = staff.role.casefold()
        people = [STAFF, ""] if role in (SCHOOL, STAFF) else [role, STAFF, ""]
        special = calendar_row(district, day, staff.site, people)
        if special is not None and special.kind == "no_work":
            continue
        schedule = (
            special.schedule if special is not None and special.kind == "use_schedule" else staff.schedule
        )
        source = ("", 0) if special is None else (special.file, special.line)
        shifts += [(*shift, *source) for shift in running(district, schedule, day, minute)]
    return min(shifts)[1:] if shifts else None


def in_school_hours(district: District, site: str, minute: int) -> int | None:
    """The line of schedules.csv by which school is held at a site; 0 where it isn't, None where nobody knows."""
    named = [one.school_hours for one in district.settings.sites if one.name == site]
    if not named:
        return None
    today = local_day(minute, district.timezone)
    hours = []
    for day in (today - A_DAY, today):
        special = calendar_row(district, day, site, [SCHOOL, ""])
        if special is None:
            hours += running(district, named[0], day, minute)
        elif special.kind == "use_schedule":
            hours += running(district, special.schedule, day, minute)
    return min(hours)[1] if hours else 0


def running(district: District, schedule: str, day: date, minute: int) -> list[tuple[int, int]]:
    """The ranges of a schedule begun on a day that hold at a minute: when each began, and its line.

    Where two hold, the one that began first speaks.
    """
    zone = district.timezone
    return [
        (begun(minute, zone, day, row.start_minute), row.line)
        for row in district.schedules
        if row.schedule == schedule
        and row.weekday == day.weekday()
        and (row.valid_from is None or day >= row.valid_from)
        and (row.valid_to is None or day <= row.valid_to)
        and inside(minute, zone, day, row.start_minute, row.end_minute)
    ]


def calendar_row(district: District, day: date, site: str, people: list[str]) -> CalendarRow | None:
    """The calendar's row for a day: the site's own first, and there that of the people named first."""
    for place in (site, "*"):
        for whom in people:
            for row in district.calendar:
                if (row.day, row.site, row.applies_to) == (day, place, whom):
                    return row
    return None


def is_valid(exception: ExceptionRow, district: District) -> bool:
    """Whether an exception can excuse anything. When it was approved is asked of each minute."""
    begins, ends, approved = exception.from_minute, exception.to_minute, exception.approved_minute
    if not exception.platform or not any(letter.isalnum() for letter in exception.purpose):
        return False
    if approved is None or not exception.approved_by:
        return False
    if exception.approved_by == exception.employee_id:
        return False
    asked = employed(district, exception.employee_id, local_day(approved, district.timezone))
    if asked is None or asked.supervisor_id != exception.approved_by:
        return False
    if begins is None or ends is None or begins >= ends:
        return False
    longest = timedelta(days=district.settings.policy.exception_max_days)
    return furthest(ends - 1, district.timezone) < wall(begins, district.timezone) + longest


def is_in_its_time(exception: ExceptionRow, minute: int, zone: str) -> bool:
    """Whether a minute lies between the exception's ends and in its hours, on its weekdays.

    Hours past midnight belong to the day on which they begin.
    """
    if exception.from_minute is not None and minute < exception.from_minute:
        return False
    if exception.to_minute is not None and minute >= exception.to_minute:
        return False
    start = 0 if exception.start_minute is None else exception.start_minute
    end = 24 * 60 if exception.end_minute is None else exception.end_minute
    today = local_day(minute, zone)
    return any(
        inside(minute, zone, day, start, end)
        for day in (today - A_DAY, today)
        if not exception.weekdays or day.weekday() in exception.weekdays
    )


def excuses(
    exception: ExceptionRow, district: District, minute: int, platform: str, category: str, device: str
) -> bool:
    """Whether an exception excuses its employee's use of a platform on a device in a minute."""
    if exception.platform not in ("*", platform, f"category:{category}"):
        return False
    if exception.device_id not in ("", device):
        return False
    if exception.approved_minute is None or exception.approved_minute > minute:
        return False
    return is_in_its_time(exception, minute, district.timezone) and is_valid(exception, district)


def holds(row: DeviceRow, minute: int) -> bool:
    """Whether a row of devices.csv holds at a minute."""
    begun_by_then = row.from_minute is None or row.from_minute <= minute
    return begun_by_then and (row.to_minute is None or minute < row.to_minute)
