"""Schedules that change in the year, whom a calendar row applies to, school hours of sites."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.district import check_folder

NOTHING: frozenset[str] = frozenset()
SCHEDULES = "schedule,weekday,start,end,valid_from,valid_to\n"
CALENDAR = "date,site,kind,schedule,note,applies_to\n"
TOML = '[[sensors]]\nname = "s"\nsite = "hs"\ncaptures = "*.pcap"\n'
SITE = '[[sites]]\nname = "hs"\nschool_hours = "bell"\n'
BY_SCHOOL = '[policy]\ntime_prong = "school_hours"\n'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    files = {
        "auditor.toml": TOML,
        "staff.csv": "employee_id,name,email,site,role,supervisor_id,schedule\nE1,,,hs,Teacher,,day\n",
        "devices.csv": "device_id,mac,ownership,assigned_to\n",
        "schedules.csv": SCHEDULES + "day,mon,08:00,16:00,,\nbell,mon,08:30,15:00,,\n",
        "calendar.csv": CALENDAR,
        "exceptions.csv": "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to\n",
        "approved_tools.csv": "platform,basis,approved_by,valid_from,valid_to\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in check_folder(folder, NOTHING, NOTHING)]


def settings(folder: Path, text: str) -> list[str]:
    (folder / "auditor.toml").write_text(text)
    return problems(folder)


@pytest.mark.parametrize(
    ("rows", "clash"),
    [
        (["tue,08:00,12:00,,2026-12-31", "tue,09:00,13:00,2027-01-01,"], False),
        (["tue,08:00,12:00,,2026-12-29", "tue,09:00,13:00,2026-12-29,"], True),  # a Tuesday
        (["tue,08:00,12:00,,2026-12-31", "tue,09:00,13:00,2026-12-30,"], False),  # no Tuesday in both
        (["tue,22:00,06:00,,2026-12-29", "wed,05:00,12:00,2026-12-30,"], True),  # the last night's end
        (["tue,22:00,06:00,,2026-12-28", "wed,05:00,12:00,2026-12-30,"], False),
        (["sun,22:00,06:00,,2026-12-27", "mon,05:00,07:00,2026-12-28,"], True),
        (["sun,22:00,06:00,,2026-12-26", "mon,05:00,07:00,2026-12-28,"], False),
    ],
)
def test_ranges_that_hold_in_turn_do_not_clash(small: Path, rows: list[str], clash: bool) -> None:
    with (small / "schedules.csv").open("a") as file:
        file.writelines(f"s,{row}\n" for row in rows)
    expected = ["schedules.csv:5: schedule `s` has a range on line 4 already in that time"] if clash else []
    assert [text.partition(" (")[0] for text in problems(small)] == expected


def test_a_period_that_ends_before_it_begins(small: Path) -> None:
    with (small / "schedules.csv").open("a") as file:
        file.write("s,tue,08:00,12:00,2026-12-31,2026-12-01\n")
    assert problems(small) == [
        "schedules.csv:4: `valid_to` is before `valid_from` (are the two dates exchanged?)"
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2026-11-23,hs,no_school,,,", ""),
        ("2026-11-23,hs,use_schedule,day,,TEACHER", ""),
        ("2026-11-23,hs,no_work,,,staff", ""),
        ("2026-11-23,hs,use_schedule,bell,,School", ""),
        (
            "2026-11-23,hs,no_work,,,teachers",
            "calendar.csv:2: `applies_to` 'teachers' is neither `school`, `staff` nor a role of staff.csv "
            "(did you mean `teacher`?)",
        ),
        (
            "2026-11-23,hs,noschool,,,",
            "calendar.csv:2: `kind` 'noschool' is not known (did you mean `no_school`?)",
        ),
        (
            "2026-11-24,hs,use_schedule,bell,,",
            "calendar.csv:2: warning: schedule `bell` has no hours on tue 2026-11-24 "
            "(so there is no work time that day; add its hours to schedules.csv, or write `no_work`)",
        ),
    ],
)
def test_whom_a_day_applies_to(small: Path, row: str, problem: str) -> None:
    (small / "calendar.csv").write_text(CALENDAR + row + "\n")
    assert problems(small) == ([problem] if problem else [])


def test_one_row_for_the_same_people_a_site_and_a_day(small: Path) -> None:
    rows = [
        "2026-11-23,hs,no_work,,,",
        "2026-11-23,hs,no_school,,,teacher",
        "2026-11-23,hs,no_work,,,Teacher",
    ]
    (small / "calendar.csv").write_text(CALENDAR + "\n".join(rows) + "\n")
    assert problems(small) == [
        "calendar.csv:4: 2026-11-23 at site `hs` for `teacher` is on line 3 already (keep one of the two rows)"
    ]


def test_a_role_that_is_called_like_everybody(small: Path) -> None:
    with (small / "staff.csv").open("a") as file:
        file.write("E2,,,hs,Staff,E1,day\n")
    assert problems(small) == []
    (small / "calendar.csv").write_text(CALENDAR + "2026-11-23,hs,no_work,,,staff\n")
    assert [text.partition(" (")[0] for text in problems(small)] == [
        "staff.csv:3: warning: role `Staff`: in calendar.csv `staff` in `applies_to` does not mean this role alone"
    ]


def test_sites_name_a_site_and_a_schedule(small: Path) -> None:
    assert settings(small, TOML + SITE) == []
    assert settings(small, TOML + SITE.replace("hs", "hsx").replace("bell", "bells")) == [
        "auditor.toml:6: site `hsx` is neither in staff.csv nor a sensor's (did you mean `hs`?)",
        "auditor.toml:7: schedule `bells` is not in schedules.csv (did you mean `bell`?)",
    ]
    assert settings(small, TOML + SITE + SITE) == [
        "auditor.toml:9: site `hs` is already on line 6 (keep one [[sites]] section of each site)"
    ]
    assert settings(small, TOML + '[[sites]]\nname = "hs"\n') == [
        "auditor.toml:5: `sites[1].school_hours` is missing (add `school_hours = ...`)"
    ]


def test_where_school_hours_decide_they_must_be_known(small: Path) -> None:
    assert settings(small, BY_SCHOOL + TOML + SITE) == []
    assert settings(small, BY_SCHOOL + TOML) == [
        "auditor.toml:5: the school hours of site `hs` decide and are not known "
        '(add [[sites]] with name = "hs" and school_hours = a schedule of schedules.csv)'
    ]
    assert settings(small, BY_SCHOOL + 'enforce = ["wifi"]\n' + TOML) == []


def test_words_of_settings_are_those_of_their_key(small: Path) -> None:
    assert settings(small, '[policy]\ntime_prong = "schoolhours"\n' + TOML) == [
        "auditor.toml:2: `policy.time_prong`: 'schoolhours' is not known (did you mean `school_hours`?)"
    ]
    assert settings(small, '[policy]\nenforce = ["lunch"]\n' + TOML) == [
        "auditor.toml:2: `policy.enforce[1]`: 'lunch' is not known (one of work_time, equipment, wifi)"
    ]
