"""Why an exception excuses nothing. IV.B lets a use pass "on a case by case basis, when used for a work
related purpose and approved by the employee's supervisor".

That the approval came before the use is decided for each minute where use and exception meet, not here.
"""

from __future__ import annotations

from datetime import timedelta

from auditor.district.localtime import first_minute, wall
from auditor.district.rows import District, ExceptionRow


def exception_fault(exception: ExceptionRow, district: District) -> str:
    """All reasons why the exception excuses nothing, joined by "; ". "" for a valid exception."""
    reasons = [
        _who(exception, district),
        "" if exception.platform else "no platform is named",
        "" if exception.purpose else "no purpose is stated",
        _approval(exception, district),
        _period(exception, district),
    ]
    return "; ".join(reason for reason in reasons if reason)


def _who(exception: ExceptionRow, district: District) -> str:
    known = exception.employee_id in district.staff_by_id
    return "" if known else f"employee {exception.employee_id} is not in staff.csv"


def _approval(exception: ExceptionRow, district: District) -> str:
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


def _period(exception: ExceptionRow, district: District) -> str:
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
    if exception.approved_minute is not None and exception.approved_minute >= end:
        return "it was approved only after its end"
    return ""
