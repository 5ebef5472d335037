from __future__ import annotations

from pathlib import Path

import pytest

from auditor.district import exception_fault, load_district
from auditor.district.rows import District

FILES = {
    "auditor.toml": "[policy]\nexception_max_days = 30\n",
    # E3 has E1 for a supervisor until the end of October, then E2; E1 is at the top.
    "staff.csv": "employee_id,name,email,site,role,supervisor_id,schedule,valid_from,valid_to\n"
    "E1,,,hs,principal,,day,,\n"
    "E2,,,hs,dean,E1,day,,\n"
    "E3,,,hs,teacher,E1,day,2026-08-01,2026-10-31\n"
    "E3,,,hs,teacher,E2,day,2026-11-01,\n",
    "devices.csv": "device_id,mac,ownership,assigned_to\n",
    "schedules.csv": "schedule,weekday,start,end\nday,mon,08:00,16:00\n",
    "calendar.csv": "date,site,kind\n",
    "approved_tools.csv": "platform,basis,approved_by,valid_from\n",
}
HEADER = "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to\n"


def faults(folder: Path, row: str, header: str = HEADER) -> str:
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "exceptions.csv").write_text(header + f"X1,{row}\n")
    district: District = load_district(folder)
    return exception_fault(district.exceptions[0], district)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("E3,youtube,films,E2,2026-11-02,2026-11-03,2026-11-10", ""),
        ("E3,youtube,films,E2,2026-11-02T09:30,2026-11-02T10:00,2026-11-02T11:00", ""),
        ("E9,youtube,films,E2,2026-11-02,2026-11-03,2026-11-10", "employee E9 is not in staff.csv"),
        ("E3,,films,E2,2026-11-02,2026-11-03,2026-11-10", "no platform is named"),
        ("E3,youtube, ,E2,2026-11-02,2026-11-03,2026-11-10", "no purpose is stated"),
        ("E3,youtube,\u00a0\u200b,E2,2026-11-02,2026-11-03,2026-11-10", "no purpose is stated"),
        ("E3,youtube,-,E2,2026-11-02,2026-11-03,2026-11-10", "no purpose is stated"),
        ("E3,youtube,films,,2026-11-02,2026-11-03,2026-11-10", "nobody approved it"),
        ("E3,youtube,films,E3,2026-11-02,2026-11-03,2026-11-10", "the employee approved it for themselves"),
        ("E3,youtube,films,E2,,2026-11-03,2026-11-10", "no time of approval is given"),
        # the supervisor on the day of approval counts, not the one on the day of use
        (
            "E3,youtube,films,E1,2026-11-01,2026-11-03,2026-11-10",
            "E1 was not the employee's supervisor on 2026-11-01: that was E2",
        ),
        ("E3,youtube,films,E1,2026-10-31T23:59,2026-11-03,2026-11-10", ""),
        (
            "E3,youtube,films,E1,2026-11-01T05:00Z,2026-11-03,2026-11-10",  # 00:00 in Chicago
            "E1 was not the employee's supervisor on 2026-11-01: that was E2",
        ),
        ("E3,youtube,films,E1,2026-11-01T04:59Z,2026-11-03,2026-11-10", ""),
        (
            "E3,youtube,films,E1,2026-07-31,2026-11-03,2026-11-10",
            "employee E3 was not in staff.csv on the day of approval, 2026-07-31",
        ),
        (
            "E1,youtube,films,E2,2026-11-02,2026-11-03,2026-11-10",
            "E2 was not the employee's supervisor on 2026-11-02: there was none",
        ),
        (
            "E3,youtube,films,E9,2026-11-02,2026-11-03,2026-11-10",
            "E9 was not the employee's supervisor on 2026-11-02: that was E2",
        ),
        ("E3,youtube,films,E2,2026-11-02,2026-11-03,", "it has no end"),
        ("E3,youtube,films,E2,2026-11-02,,2026-11-10", "it has no beginning"),
        ("E3,youtube,films,E2,2026-11-02,,", "it has neither beginning nor end"),
        ("E3,youtube,films,E2,2026-11-02,2026-11-10,2026-11-09", "its end is not after its beginning"),
        (
            "E3,youtube,films,E2,2026-11-02,2026-11-10T08:00,2026-11-10T08:00",
            "its end is not after its beginning",
        ),
        # thirty days, both ends included
        ("E3,youtube,films,E2,2026-11-02,2026-11-03,2026-12-02", ""),
        ("E3,youtube,films,E2,2026-11-02,2026-11-03,2026-12-03", "it is longer than 30 days"),
        # thirty local days, though an hour longer where the clocks are set back
        ("E3,youtube,films,E1,2026-10-01,2026-10-15,2026-11-13", ""),
        ("E3,youtube,films,E1,2026-10-01,2026-10-15T08:00,2026-11-14T08:01", "it is longer than 30 days"),
        ("E3,youtube,films,E2,2026-11-11,2026-11-03,2026-11-10", "it was approved only after its end"),
        ("E3,youtube,films,E2,2026-11-10,2026-11-03,2026-11-10", ""),
        (
            "E9,youtube,,,,2026-11-03,",
            "employee E9 is not in staff.csv; no purpose is stated; nobody approved it; it has no end",
        ),
    ],
)
def test_why_an_exception_excuses_nothing(tmp_path: Path, row: str, reason: str) -> None:
    assert faults(tmp_path, row) == reason


NEVER = "none of its weekdays and hours lies between its beginning and its end"
LATE = "it was approved only after the last of its hours"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        # 2026-11-02 is a Monday
        ("2026-11-02,2026-11-02,2026-11-03,mon,,", ""),
        ("2026-11-02,2026-11-03,2026-11-06,mon,,", NEVER),
        ("2026-11-02,2026-11-03,2026-11-08,mon,,", NEVER),
        ("2026-11-02,2026-11-03,2026-11-09,mon,,", ""),
        ("2026-11-02,2026-11-03,2026-11-30,sat-sun,09:00,10:00", ""),
        ("2026-11-02,2026-11-03T10:00,2026-11-03T11:00,,12:00,13:00", NEVER),
        ("2026-11-02,2026-11-03T10:00,2026-11-03T12:00,,12:00,13:00", NEVER),
        ("2026-11-02,2026-11-03T10:00,2026-11-03T12:01,,12:00,13:00", ""),
        ("2026-11-02,2026-11-03,2026-11-03,mon,22:00,06:00", ""),  # Monday's hours run into Tuesday
        ("2026-11-02,2026-11-03T06:00,2026-11-03,mon,22:00,06:00", NEVER),
        ("2026-11-02,2026-11-03,2026-11-03,mon,06:00,06:00", ""),  # a whole day long
        ("2026-11-02T10:00,2026-11-02,2026-11-08,mon,09:00,10:00", LATE),
        ("2026-11-02T09:59,2026-11-02,2026-11-08,mon,09:00,10:00", ""),
        ("2026-11-02T10:00,2026-11-02,2026-11-09,mon,09:00,10:00", ""),
        # the hour that the clocks leave out: 2027-03-14, 02:00 to 03:00
        ("2027-03-14,2027-03-14,2027-03-14,,02:10,02:50", NEVER),
        ("2027-03-13,2027-03-13,2027-03-14,,02:10,02:50", ""),
    ],
)
def test_hours_that_never_come(tmp_path: Path, row: str, reason: str) -> None:
    header = HEADER.strip() + ",weekdays,start,end\n"
    assert faults(tmp_path, f"E3,youtube,films,E2,{row}", header) == reason
