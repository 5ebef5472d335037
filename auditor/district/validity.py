"""Why an exception excuses nothing. IV.B lets a use pass "on a case by case basis, when used for a work
related purpose and approved by the employee's supervisor".

That the approval came before the use is decided for each minute where use and exception meet, not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from auditor.district.localtime import first_minute, local_day, wall
from auditor.district.rows import District, ExceptionRow

_DAY = timedelta(days=1)
_WEEK = 7 * _DAY
_first_minute = lru_cache(maxsize=1 << 14)(first_minute)  # exceptions of one district share their days


def exception_fault(exception: ExceptionRow, district: District) -> str:
    """All reasons why the exception excuses nothing, joined by "; ". "" for a valid exception."""
    reasons = [
        _who(exception, district),
        "" if exception.platform else "no platform is named",
        "" if any(map(str.isalnum, exception.purpose)) else "no purpose is stated",
        approval_fault(exception, district),
        period_fault(exception, district),
    ]
    return "; ".join(reason for reason in reasons if reason)


def _who(exception: ExceptionRow, district: District) -> str:
    known = exception.employee_id in district.staff_by_id
    return "" if known else f"employee {exception.employee_id} is not in staff.csv"


def approval_fault(exception: ExceptionRow, district: District) -> str:
    """What is wrong with who approved it and when; "" for nothing."""
    approver, day = exception.approved_by, exception.approved_day
    if not approver:
        return "nobody approved it"
    if approver == exception.employee_id:
        return "the employee approved it for themselves"
    if day is None:
        return "no time of approval is given"
    if exception.employee_id not in district.staff_by_id:
        return ""  # said already
    row = district.staff_on(exception.employee_id, day)
    if row is None:
        return f"employee {exception.employee_id} was not in staff.csv on the day of approval, {day}"
    if row.supervisor_id != approver:
        supervisor = f"that was {row.supervisor_id}" if row.supervisor_id else "there was none"
        return f"{approver} was not the employee's supervisor on {day}: {supervisor}"
    return ""


def period_fault(exception: ExceptionRow, district: District) -> str:
    """What is wrong with when it holds; "" for nothing."""
    begin, end = exception.from_minute, exception.to_minute
    if begin is None and end is None:
        return "it has neither beginning nor end"
    if begin is None:
        return "it has no beginning"
    if end is None:
        return "it has no end"
    if end <= begin:
        return "its end is not after its beginning"
    longest = district.settings.policy.exception_max_days
    latest = wall(begin, district.timezone) + timedelta(days=longest)
    if end > first_minute(latest, district.timezone):
        return f"it is longer than {longest} days"
    approved = exception.approved_minute
    if approved is not None and approved >= end:
        return "it was approved only after its end"
    last = max((stop for _, stop in _spans(exception, begin, end, district.timezone)), default=None)
    if last is None:
        return "none of its weekdays and hours lies between its beginning and its end"
    if approved is not None and approved >= last:
        return "it was approved only after the last of its hours"
    return ""


def _spans(exception: ExceptionRow, begin: int, end: int, zone: str) -> Iterator[tuple[int, int]]:
    """The hours of an exception in its last days: in UTC minutes, and none where it has none at all.

    Weekdays and hours come again each week; a week and a day more shows them, hours past midnight too.
    """
    if not exception.weekdays and exception.start_minute is None and exception.end_minute is None:
        yield begin, end
        return
    last = local_day(end - 1, zone)
    day = max(local_day(begin, zone), last - _WEEK) - _DAY
    start, stop = exception.start_minute or 0, exception.end_minute
    length = 1440 - start if stop is None else (stop - start - 1) % 1440 + 1
    while day <= last:
        if not exception.weekdays or day.weekday() in exception.weekdays:
            midnight = datetime(day.year, day.month, day.day)
            opens = _first_minute(midnight + timedelta(minutes=start), zone)
            closes = _first_minute(midnight + timedelta(minutes=start + length), zone)
            if max(opens, begin) < min(closes, end):
                yield max(opens, begin), min(closes, end)
        day += _DAY
