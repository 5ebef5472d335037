"""What each exception excused, and what it would have excused: the register of the reports."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from policy_given import KEY, USUAL, make_activity, make_leases, make_warehouse, rows_of

from auditor.district import load_district
from auditor.jobs import register
from auditor.jobs.audit import audit
from auditor.jobs.register import exception_register

HEADER = (USUAL / "exceptions.csv").read_text().splitlines()[0]
FIRST, LAST = date(2026, 11, 9), date(2026, 11, 13)
APPROVED = "PRINCIPAL,2026-11-02T09:00"
ACTIVITY = [
    # Monday: ten minutes; Wednesday: two sessions of five; Thursday: two on the phone; Friday: three of YouTube
    "2026-11-09T09:00,10,LAPTOP,www.instagram.com",
    "2026-11-11T09:00,5,LAPTOP,www.instagram.com",
    "2026-11-11T10:00,5,LAPTOP,www.instagram.com",
    "2026-11-12T09:00,2,PHONE,www.instagram.com",
    "2026-11-13T09:00,3,LAPTOP,www.youtube.com",
]
COUNTED = ("excused_minutes", "alone_minutes", "shared_minutes", "excused_sessions")
COUNTED += ("would_have_excused_minutes", "before_approval_minutes")


def counted(folder: Path, *exceptions: str) -> list[tuple[str, list[int]]]:
    """The state of each exception, and its counts in the order of COUNTED."""
    rows = [
        dict(zip(("start", "minutes", "device", "host"), line.split(","), strict=True)) for line in ACTIVITY
    ]
    for path in USUAL.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    lines = [HEADER, *(f"X{number},{row}" for number, row in enumerate(exceptions))]
    (folder / "exceptions.csv").write_text("".join(f"{line}\n" for line in lines))
    district = load_district(folder)
    leases = make_leases(district, rows_of(folder / "leases.csv"))
    warehouse = make_warehouse(district, make_activity(district, rows), leases)
    audit(district, FIRST, LAST)
    found = exception_register(district, warehouse, KEY, FIRST, LAST)
    assert [row["place"] for row in found] == [f"exceptions.csv:{number + 2}" for number in range(len(found))]
    return [(row["state"], [row[name] for name in COUNTED]) for row in found]


@pytest.mark.parametrize(
    ("exception", "state", "counts"),
    [
        (f"TEACHER,instagram,w,{APPROVED},2026-11-09,2026-11-13,,,,", "used", [22, 22, 0, 4, 0, 0]),
        (f"TEACHER,category:photo,w,{APPROVED},2026-11-09,2026-11-13,mon wed,09:00,09:30,", "used",
         [15, 15, 0, 2, 0, 0]),
        (f"TEACHER,*,w,{APPROVED},2026-11-09,2026-11-13,,,,PHONE", "used", [2, 2, 0, 1, 0, 0]),
        (f"TEACHER,reddit,w,{APPROVED},2026-11-09,2026-11-13,,,,", "not used", [0, 0, 0, 0, 0, 0]),
        (f"TEACHER,*,w,{APPROVED},2026-11-02,2026-11-08,,,,", "expired", [0, 0, 0, 0, 0, 0]),
        (f"TEACHER,*,w,{APPROVED},2026-11-14,2026-11-20,,,,", "not yet begun", [0, 0, 0, 0, 0, 0]),
        # approved in mid-session, on Wednesday at 09:03: Monday's ten and three of Wednesday came before
        ("TEACHER,instagram,w,PRINCIPAL,2026-11-11T09:03,2026-11-09,2026-11-13,,,,", "used", [9, 9, 0, 3, 0, 13]),
        # with a fault
        (f"TEACHER,instagram,,{APPROVED},2026-11-09,2026-11-13,,,,", "not used", [0, 0, 0, 0, 22, 0]),
        ("TEACHER,instagram,w,AIDE,2026-11-11T09:03,2026-11-09,2026-11-13,,,,", "not used", [0, 0, 0, 0, 9, 13]),
        ("TEACHER,instagram,w,PRINCIPAL,2026-11-20,2026-11-09,2026-11-13,,,,", "not used", [0, 0, 0, 0, 22, 0]),
        ("TEACHER,instagram,w,PRINCIPAL,,2026-11-09,2026-11-13,,,,", "not used", [0, 0, 0, 0, 22, 0]),
        (f"TEACHER,*,w,{APPROVED},2026-11-11,,,,,", "not used", [0, 0, 0, 0, 15, 0]),
        (f"AIDE,*,,{APPROVED},2026-11-09,2026-11-13,,,,", "not used", [0, 0, 0, 0, 0, 0]),
    ],
)  # fmt: skip
def test_one_exception(tmp_path: Path, exception: str, state: str, counts: list[int]) -> None:
    assert counted(tmp_path, exception) == [(state, counts)]


def test_minutes_that_several_excuse_are_told_apart(tmp_path: Path) -> None:
    assert (
        counted(
            tmp_path,
            f"TEACHER,instagram,w,{APPROVED},2026-11-09T09:04,2026-11-09T09:08,,,,",
            f"TEACHER,*,w,{APPROVED},2026-11-09T09:00,2026-11-09T09:06,,,,",
            f"TEACHER,category:photo,,{APPROVED},2026-11-09,2026-11-09,,,,",  # would have excused what no other does
        )
        == [
            ("used", [4, 2, 2, 1, 0, 0]),
            ("used", [6, 4, 2, 1, 0, 0]),
            ("not used", [0, 0, 0, 0, 2, 0]),
        ]
    )


def test_days_are_counted_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exceptions = (
        f"TEACHER,*,w,{APPROVED},2026-11-09,2026-11-12,,,,",
        f"TEACHER,*,,{APPROVED},2026-11-09,2026-11-13,,,,",
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    at_once = counted(tmp_path / "a", *exceptions)
    monkeypatch.setattr(register, "_DAYS_AT_ONCE", 1)
    assert counted(tmp_path / "b", *exceptions) == at_once == [
        ("used", [22, 22, 0, 4, 0, 0]),
        ("not used", [0, 0, 0, 0, 3, 0]),
    ]  # fmt: skip
