"""The files together: `load_district`, `check_folder` and the checks across files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import process_time

import pytest

from auditor.district import check_district, check_folder, load_district
from auditor.errors import BadInput

NOTHING: frozenset[str] = frozenset()
STAFF = "employee_id,name,email,site,role,supervisor_id,schedule,valid_from,valid_to\n"
DEVICES = "device_id,mac,ownership,assigned_to,kind,valid_from,valid_to\n"
SCHEDULES = "schedule,weekday,start,end\n"
CALENDAR = "date,site,kind,schedule,note\n"
EXCEPTIONS = (
    "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to,"
    "weekdays,start,end,device_id\n"
)
TOOLS = "platform,basis,approved_by,valid_from,valid_to\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The smallest district without a warning: E1 supervises E2."""
    files = {
        "auditor.toml": '[[sensors]]\nname = "s"\nsite = "hs"\ncaptures = "*.pcap"\n',
        "staff.csv": STAFF + "E1,,,hs,principal,,day,,\nE2,,,hs,teacher,E1,day,,\n",
        "devices.csv": DEVICES + "D1,3c:22:fb:00:00:01,district,E2,,,\n",
        "schedules.csv": SCHEDULES + "day,mon,08:00,16:00\n",
        "calendar.csv": CALENDAR,
        "exceptions.csv": EXCEPTIONS,
        "approved_tools.csv": TOOLS,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def add(folder: Path, name: str, *lines: str) -> None:
    with (folder / name).open("a") as file:
        file.write("".join(line + "\n" for line in lines))


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in check_folder(folder, NOTHING, NOTHING)]


def test_the_small_district_is_sound(small: Path) -> None:
    assert problems(small) == []


def test_rows_are_typed(folder: Path) -> None:
    district = load_district(folder)
    teacher = district.staff[1]
    assert (teacher.line, teacher.employee_id, teacher.valid_from) == (8, "E002", date(2026, 8, 17))
    assert district.devices[3].mac == "3c:22:fb:10:00:04"
    assert district.devices[3].to_minute == district.devices[4].from_minute
    assert (district.schedules[0].start_minute, district.schedules[0].end_minute) == (450, 705)
    assert [(row.kind, row.applies_to) for row in district.calendar[:2]] == [
        ("no_school", ""),
        ("use_schedule", "school"),
    ]
    assert district.exceptions[0].weekdays == (0, 2, 4)
    assert district.approved_tools[0].basis == "IV.C"
    assert district.staff_on("E002", date(2026, 8, 16)) is None
    assert district.staff_on("E002", date(2026, 8, 17)) is teacher


@pytest.mark.parametrize(
    ("file", "line", "problem"),
    [
        (
            "staff.csv",
            "E3,,,hs,t,E9,day,,",
            "staff.csv:4: `supervisor_id` E9 is not in staff.csv (known are E1, E2, E3)",
        ),
        (
            "staff.csv",
            "E3,,,hs,t,,dya,,",
            "staff.csv:4: schedule `dya` is not in schedules.csv (did you mean `day`?)",
        ),
        (
            "staff.csv",
            "E2,,,hs,t,E1,day,2026-09-01,",
            "staff.csv:4: employee E2 is on line 3 already in that time "
            "(end the earlier row with `valid_to`: rows of one employee follow each other)",
        ),
        (
            "staff.csv",
            "E3,,,hs,t,,day,2026-09-02,2026-09-01",
            "staff.csv:4: `valid_to` is before `valid_from` (are the two dates exchanged?)",
        ),
        (
            "staff.csv",
            "E3,,,hs,t,,day,09/01/2026,",
            "staff.csv:4: `valid_from` '09/01/2026' is not a date "
            "(did you mean 2026-09-01 or 2026-01-09? Dates are YYYY-MM-DD, such as 2026-11-16)",
        ),
        (
            "staff.csv",
            ",,,hs,t,,day,,",
            "staff.csv:4: `employee_id` is empty (each row needs one)",
        ),
        (
            "staff.csv",
            "E 3,,,hs,t,,day,,",
            "staff.csv:4: `employee_id` 'E 3' has a space in it (ids are written without spaces)",
        ),
        (
            "staff.csv",
            "guest,,,hs,t,,day,,",
            "staff.csv:4: `employee_id` can't be 'guest' (the word has a meaning of its own in devices.csv)",
        ),
        (
            "devices.csv",
            "D2,3c:22:fb:00:00,district,E1,,,",
            "devices.csv:3: `mac` '3c:22:fb:00:00' is not a MAC address "
            "(12 hex digits, such as 3c:22:fb:01:02:03)",
        ),
        (
            "devices.csv",
            "D2,3c:22:fb:00:00:02,district,E11,,,",
            "devices.csv:3: `assigned_to` E11 is not in staff.csv (did you mean `E1`?)",
        ),
        (
            "devices.csv",
            "D2,3C22.FB00.0001,personal,E1,,,",
            "devices.csv:3: 3c:22:fb:00:00:01 has an owner on line 2 already in that time "
            "(end the earlier row with `valid_to`: an address has one owner at a time)",
        ),
        (
            "devices.csv",
            "D1,3c:22:fb:00:00:02,district,E1,,,",
            "devices.csv:3: device D1 is district and assigned to E2 on line 2 in that time, "
            "here district and assigned to E1 (all MAC addresses of a device have one owner at a time)",
        ),
        (
            "devices.csv",
            "D2,3c:22:fb:00:00:02,school,E1,,,",
            "devices.csv:3: `ownership` 'school' is not known (one of district, personal)",
        ),
        (
            "devices.csv",
            "D2,3c:22:fb:00:00:02,district,E1,,2026-11-16T08:00,2026-11-16T08:00",
            "devices.csv:3: `valid_to` is not after `valid_from` (are the two dates exchanged?)",
        ),
        (
            "devices.csv",
            "D2,3e:22:fb:00:00:02,personal,E1,,,",
            "devices.csv:3: warning: 3e:22:fb:00:00:02 is a randomised address: its traffic is never laid to "
            "a person (register the hardware address of the device)",
        ),
        (
            "schedules.csv",
            "day,mon,15:00,17:00",
            "schedules.csv:3: schedule `day` has a range on line 2 already in that time "
            "(ranges of one schedule follow each other)",
        ),
        (
            "schedules.csv",
            "day,sun,22:00,08:01",
            "schedules.csv:3: schedule `day` has a range on line 2 already in that time "
            "(ranges of one schedule follow each other)",
        ),
        (
            "schedules.csv",
            "day,mun,22:00,23:00",
            "schedules.csv:3: `weekday` 'mun' is not a weekday (one of mon, tue, wed, thu, fri, sat, sun)",
        ),
        (
            "schedules.csv",
            "day,tue,8,23:00",
            "schedules.csv:3: `start` '8' is not a time of day "
            "(times are HH:MM from 00:00 to 24:00, such as 07:30)",
        ),
        (
            "calendar.csv",
            "2026-11-26,hs,use_schedule,,",
            "calendar.csv:2: `use_schedule` names no schedule "
            "(write one of schedules.csv in the column `schedule`)",
        ),
        (
            "calendar.csv",
            "2026-11-26,hs,use_schedule,short,",
            "calendar.csv:2: schedule `short` is not in schedules.csv (known are day)",
        ),
        (
            "calendar.csv",
            "2026-11-26,ms,no_work,,",
            "calendar.csv:2: site `ms` is neither in staff.csv nor a sensor's (known are *, hs)",
        ),
        (
            "calendar.csv",
            "2026-11-26,*,nowork,,",
            "calendar.csv:2: `kind` 'nowork' is not known (did you mean `no_work`?)",
        ),
        (
            "exceptions.csv",
            "X1,E2,*,films,E1,yesterday,2026-11-01,2026-11-30,,,,",
            "exceptions.csv:2: `approved_at` 'yesterday' is not a date or date-time "
            "(write 2026-11-16, 2026-11-16T08:05 or 2026-11-16T08:05-06:00)",
        ),
        (
            "exceptions.csv",
            "X1,E2,*,,E1,2026-10-31,2026-11-01,2026-11-30,,,,",
            "exceptions.csv:2: warning: exception X1 excuses nothing: no purpose is stated "
            "(mend it, or leave it as a record)",
        ),
        (
            "exceptions.csv",
            "X1,E2,*,films,E1,2026-10-31,2026-11-01,2026-11-30,,,,D7",
            "exceptions.csv:2: warning: `device_id` D7 is not in devices.csv (known are D1)",
        ),
        (
            "approved_tools.csv",
            "https://x.com/,III.B,,2026-08-01,",
            "approved_tools.csv:2: `platform` 'https://x.com/' is neither a platform id nor a host "
            "(write `youtube`, or a host such as `classroom.google.com` without https:// and path)",
        ),
        (
            "approved_tools.csv",
            "x.com,III.C,,2026-08-01,",
            "approved_tools.csv:2: `basis` 'III.C' is not known (did you mean `III.B`?)",
        ),
        (
            "approved_tools.csv",
            "x.com,III.B,,,",
            "approved_tools.csv:2: `valid_from` is empty (each row needs one)",
        ),
        (
            "auditor.toml",
            "[[sensors]]\nname='t'\nsite='ms'\ncaptures='*'",
            "auditor.toml:7: warning: sensor `t`: no employee in staff.csv has the site `ms` (known are hs)",
        ),
    ],
)
def test_a_bad_row_gives_one_line_with_a_hint(small: Path, file: str, line: str, problem: str) -> None:
    add(small, file, line)
    assert problems(small) == [problem]


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        (
            "devices.csv",
            [
                "D2,3c:22:fb:00:00:02,district,E1,,,2026-10-31",
                "D2,3c:22:fb:00:00:02,district,E2,,2026-11-01,",
            ],
        ),
        ("devices.csv", ["D2,3c:22:fb:00:00:02,district,,,,", "D3,3c:22:fb:00:00:03,personal,SHARED,,,"]),
        ("staff.csv", ["E3,,,hs,t,E1,,2026-08-01,2026-10-31", "E3,,,hs,t,E2,day,2026-11-01,"]),
        ("schedules.csv", ["day,mon,16:00,08:00"]),
        ("schedules.csv", ["day,sun,22:00,08:00", "other,mon,08:00,16:00"]),
        ("calendar.csv", ["2026-11-23,*,no_work,,", "2026-11-23,hs,use_schedule,day,"]),
        ("approved_tools.csv", ["*.Edmodo.com,iv.c,,2026-08-01,2026-08-01"]),
    ],
)
def test_rows_that_only_touch_are_sound(small: Path, file: str, lines: list[str]) -> None:
    add(small, file, *lines)
    assert problems(small) == []


def test_both_rows_of_an_exception_id_and_of_a_calendar_day_are_named(small: Path) -> None:
    add(small, "exceptions.csv", *["X1,E2,*,films,E1,2026-10-31,2026-11-01,2026-11-30,,,,"] * 2)
    add(small, "calendar.csv", *["2026-11-26,hs,no_work,,"] * 2)
    assert problems(small) == [
        "calendar.csv:3: 2026-11-26 at site `hs` is on line 2 already (keep one of the two rows)",
        "exceptions.csv:3: exception X1 is already on line 2 (give each exception an id of its own)",
    ]


def test_supervisors_in_a_circle_are_a_warning_once(small: Path) -> None:
    add(
        small,
        "staff.csv",
        "E3,,,hs,t,E4,day,,",
        "E4,,,hs,t,E5,day,,",
        "E5,,,hs,t,E3,day,,",
        "E6,,,hs,t,E3,day,,",
    )
    add(small, "staff.csv", "E7,,,hs,t,E7,day,,")
    assert problems(small) == [
        "staff.csv:4: warning: supervisors go in a circle: E3 -> E4 -> E5 -> E3 "
        "(leave `supervisor_id` empty at the top)",
        "staff.csv:8: warning: E7 -> E7: is their own supervisor (leave `supervisor_id` empty at the top)",
    ]


def test_supervisors_who_change_places_are_no_circle(small: Path) -> None:
    add(small, "staff.csv", "E3,,,hs,t,E4,day,,2026-10-31", "E3,,,hs,t,,day,2026-11-01,")
    add(small, "staff.csv", "E4,,,hs,t,,day,,2026-10-31", "E4,,,hs,t,E3,day,2026-11-01,")
    assert problems(small) == []


def test_load_raises_every_error_of_every_file_at_once(small: Path) -> None:
    add(small, "auditor.toml", "[usage]", "idle = 5")
    add(small, "staff.csv", "E3,,,hs,t,,day,x,")
    add(small, "devices.csv", "D2,zz,district,E3,,,", "D3,3e:22:fb:00:00:02,personal,E1,,,")
    with pytest.raises(BadInput) as caught:
        load_district(small)
    assert [problem.where for problem in caught.value.problems] == [
        "auditor.toml:6",
        "staff.csv:4",
        "devices.csv:3",
    ]


def test_warnings_stay_with_the_district(small: Path) -> None:
    add(small, "devices.csv", "D3,3e:22:fb:00:00:02,personal,E1,,,")
    assert [problem.where for problem in load_district(small).warnings] == ["devices.csv:3"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("employee,name\nE1,x\n"),
        lambda path: path.write_text(STAFF + '"E1,,,hs,principal,,day,,\n'),
        lambda path: path.write_bytes(STAFF.encode() + b"E1,Jos\xe9,,hs,t,,day,,\n"),
    ],
)
def test_a_file_that_cant_be_read_makes_no_other_file_look_wrong(
    small: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(small / "staff.csv")
    with pytest.raises(BadInput) as caught:
        load_district(small)
    assert {problem.where.partition(":")[0] for problem in caught.value.problems} == {"staff.csv"}


def test_files_that_may_be_missing_are_warnings(small: Path) -> None:
    for name in ("calendar.csv", "exceptions.csv", "approved_tools.csv"):
        (small / name).unlink()
    district = load_district(small)
    assert [problem.where for problem in district.warnings] == [
        "calendar.csv",
        "exceptions.csv",
        "approved_tools.csv",
    ]


def test_no_folder_and_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name, what in (("nowhere", "there is no such folder"), ("file", "is not a folder")):
        with pytest.raises(BadInput) as caught:
            load_district(tmp_path / name)
        assert str(caught.value).startswith(f"{tmp_path / name}: {what} (")


def test_the_catalogue_knows_what_platforms_there_are(small: Path) -> None:
    valid = "E2,{},films,E1,2026-10-31,2026-11-01,2026-11-30,,,,"
    named = ("youtube", "YouTube", "*", "category:video", "youtub", "category:vidoe")
    add(small, "exceptions.csv", *(f"X{n}," + valid.format(name) for n, name in enumerate(named)))
    add(small, "approved_tools.csv", "edublog,IV.C,,2026-08-01,", "some.host,IV.C,,2026-08-01,")
    found = check_district(load_district(small), frozenset({"youtube", "edublogs"}), frozenset({"video"}))
    assert [str(problem) for problem in found] == [
        "exceptions.csv:6: warning: platform `youtub` is not in the catalogue (did you mean `youtube`?)",
        "exceptions.csv:7: warning: category `vidoe` is not in the catalogue (did you mean `video`?)",
        "approved_tools.csv:2: warning: platform `edublog` is not in the catalogue "
        "(did you mean `edublogs`?)",
    ]


def test_ten_thousand_rows_take_no_time_worth_speaking_of(small: Path) -> None:
    add(small, "staff.csv", *(f"S{n},,,hs,t,E1,day,2026-08-01," for n in range(10_000)))
    add(
        small,
        "devices.csv",
        *(f"L{n},3c22fb1{n:05x},district,S{n},,2026-08-01,2026-12-01T08:00" for n in range(10_000)),
    )
    begun = process_time()
    assert len(load_district(small).staff) == 10_002
    assert process_time() - begun < 2


def test_ten_thousand_unknown_owners_neither(small: Path) -> None:
    add(small, "staff.csv", *(f"S{n},,,hs,t,E1,day,2026-08-01," for n in range(10_000)))
    add(small, "devices.csv", *(f"L{n},3c22fb1{n:05x},district,T{n},,," for n in range(10_000)))
    begun = process_time()
    assert len(problems(small)) == 10_000
    assert process_time() - begun < 4
