"""The district folder: settings, employees, devices, schedules, calendar, exceptions, approved tools."""

from __future__ import annotations

from auditor.district.check import check_district
from auditor.district.init import STARTER, init_district
from auditor.district.load import DISTRICT_FILES, check_folder, load_district
from auditor.district.rows import (
    EVERY_SITE,
    NOT_EMPLOYEES,
    SCHOOL,
    STAFF,
    ApprovedToolRow,
    CalendarRow,
    DeviceRow,
    District,
    ExceptionRow,
    ScheduleRow,
    StaffRow,
)
from auditor.district.settings import PRONGS, Settings
from auditor.district.validity import exception_fault

__all__ = [
    "DISTRICT_FILES",
    "EVERY_SITE",
    "NOT_EMPLOYEES",
    "PRONGS",
    "SCHOOL",
    "STAFF",
    "STARTER",
    "ApprovedToolRow",
    "CalendarRow",
    "DeviceRow",
    "District",
    "ExceptionRow",
    "ScheduleRow",
    "Settings",
    "StaffRow",
    "check_district",
    "check_folder",
    "exception_fault",
    "init_district",
    "load_district",
]
