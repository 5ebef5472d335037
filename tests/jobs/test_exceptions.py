"""The register on disk: locked, whole at every moment, with a history; other bytes stay as they were."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from auditor.district import init_district
from auditor.errors import AuditorError, BadInput, Locked
from auditor.jobs import exceptions as register

NOW = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
GIVEN = {
    "employee_id": "E002",
    "platform": "youtube",
    "purpose": "films",
    "approved_by": "E001",
    "valid_from": "2026-11-17",
    "valid_to": "2026-11-20",
}
ADDED = "X-2026-002,E002,youtube,films,E001,2026-11-16T09:00,2026-11-17,2026-11-20,,,,"


@pytest.fixture
def district(tmp_path: Path) -> Path:
    folder = tmp_path / "d"
    init_district(folder)
    return folder


def file_of(district: Path) -> Path:
    return district / "exceptions.csv"


def history(district: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (district / "exceptions.log").read_text().splitlines()]


def test_a_row_and_a_line_of_history(district: Path) -> None:
    before = file_of(district).read_bytes()
    change = register.add(district, GIVEN, NOW)
    assert file_of(district).read_bytes() == before + f"{ADDED}\n".encode()
    (line,) = history(district)
    assert (line["when"], line["did"], line["exception_id"]) == (
        "2026-11-16T15:00:00+00:00",
        "add",
        "X-2026-002",
    )
    assert line["who"]
    assert line["before"] == {}
    assert line["after"] == dict(change.after)
    assert stat.S_IMODE((district / "exceptions.log").stat().st_mode) == 0o600
    register.expire(district, "X-2026-002", "2026-11-18", NOW)
    later = history(district)[1]
    assert (later["did"], later["before"]["valid_to"], later["after"]["valid_to"]) == (
        "expire", "2026-11-20", "2026-11-18",
    )  # fmt: skip
    assert later["file_before"] == line["file_after"]


def test_mark_line_ends_columns_and_comments_are_kept(district: Path) -> None:
    header = "Note,valid_to,valid_from,approved_at,approved_by,purpose,platform,employee_id,exception_id"
    text = f"# ours, and\r\n{header}\r\n"
    before = (
        b"\xef\xbb\xbf"
        + text.encode()
        + b'"a, b",2026-11-30 ,2026-11-10,2026-11-09,E001,w,youtube,E002,A1\r\n# end'
    )
    file_of(district).write_bytes(before)
    register.add(district, GIVEN, NOW)
    row = b"\r\n,2026-11-20,2026-11-17,2026-11-16T09:00,E001,films,youtube,E002,A2\r\n"
    assert file_of(district).read_bytes() == before + row
    register.expire(district, "A1", "2026-11-18", NOW)
    assert file_of(district).read_bytes() == before.replace(b"2026-11-30 ", b"2026-11-18") + row


def test_mode_and_link_are_kept(district: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.csv"
    file_of(district).rename(kept)
    kept.chmod(0o640)
    file_of(district).symlink_to(kept)
    register.add(district, GIVEN, NOW)
    assert file_of(district).is_symlink()
    assert ADDED in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == [".kept.csv.lock", "d", "kept.csv"]


def test_a_register_that_is_not_there_yet(district: Path) -> None:
    file_of(district).unlink()
    (district / "staff.csv").chmod(0o644)
    register.add(district, GIVEN, NOW)
    header, row = file_of(district).read_text().splitlines()
    assert header.startswith("exception_id,employee_id,")
    assert row == ADDED.replace("-002", "-001")
    assert stat.S_IMODE(file_of(district).stat().st_mode) == 0o644


def test_what_is_refused_changes_nothing(district: Path) -> None:
    before = file_of(district).read_bytes()
    with pytest.raises(BadInput):
        register.add(district, {**GIVEN, "approved_by": "E002"}, NOW)
    with pytest.raises(BadInput):
        register.expire(district, "X-2026-001", "2027-01-01", NOW)
    assert file_of(district).read_bytes() == before
    assert not (district / "exceptions.log").exists()


@pytest.mark.parametrize(
    ("tail", "told"),
    [
        (b'X-9,E002,youtube,"open,E001,2026-11-02,2026-11-03,2026-11-30,,,,\n', "can't be changed safely"),
        (b"X-9,E002,youtube,Jos\xe9,E001,2026-11-02,2026-11-03,2026-11-30,,,,\n", "is not UTF-8 text"),
    ],
)
def test_a_file_that_can_not_be_read_to_its_end(district: Path, tail: bytes, told: str) -> None:
    with file_of(district).open("ab") as file:
        file.write(tail)
    before = file_of(district).read_bytes()
    with pytest.raises(BadInput, match=told):
        register.add(district, GIVEN, NOW)
    assert file_of(district).read_bytes() == before


def test_errors_in_other_rows_and_files_do_not_stand_in_the_way(district: Path) -> None:
    with file_of(district).open("a") as file:
        file.write("X-9,E002,youtube\nX-10,E002,youtube,w,E001,yesterday,2026-11-03,2026-11-30,,,,\n")
    (district / "devices.csv").write_text("no,header\n")
    register.add(district, {**GIVEN, "exception_id": "mine"}, NOW)
    assert file_of(district).read_text().endswith(ADDED.replace("X-2026-002", "mine") + "\n")


def test_errors_in_staff_or_settings_do(district: Path) -> None:
    with (district / "staff.csv").open("a") as file:
        file.write("E002,,,high,teacher,E001,teacher,2026-18-08,\n")
    with pytest.raises(BadInput) as caught:
        register.add(district, GIVEN, NOW)
    assert {problem.where.partition(":")[0] for problem in caught.value.problems} == {"staff.csv"}


def test_another_run_holds_the_lock(district: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "WAIT_SECONDS", 0)
    with FileLock(district / ".exceptions.csv.lock", is_singleton=False), pytest.raises(Locked):
        register.add(district, GIVEN, NOW)


@pytest.mark.parametrize("name", [".~lock.exceptions.csv#", "~$exceptions.csv"])
def test_a_spreadsheet_has_it_open(district: Path, name: str) -> None:
    (district / name).touch()
    with pytest.raises(Locked, match="is open in"):
        register.add(district, GIVEN, NOW)


def test_a_file_that_something_else_changed_meanwhile(
    district: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: object) -> None:
        file_of(district).write_text("theirs\n")

    monkeypatch.setattr(register, "_as_it_was", changed)
    with pytest.raises(AuditorError, match="was changed meanwhile") as caught:
        register.add(district, GIVEN, NOW)
    assert caught.value.exit_code == 1
    assert file_of(district).read_text() == "theirs\n"
    assert not (district / "exceptions.log").exists()
    assert not [
        path
        for path in district.iterdir()
        if path.name.startswith(".exceptions.csv.") and path.suffix != ".lock"
    ]


def test_a_crash_leaves_the_old_file_or_the_new_one(district: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file_of(district).read_bytes()
    for name in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, _full)
            with pytest.raises(BadInput, match="can't be written: no space left"):
                register.add(district, GIVEN, NOW)
        assert file_of(district).read_bytes() == before


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_many_at_once_get_ids_of_their_own(district: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: register.add(district, GIVEN, NOW).row.exception_id, range(12)))
    assert sorted(ids) == [f"X-2026-{number:03}" for number in range(2, 14)]
    assert len(history(district)) == 12
    assert register.check(district) == ((), 0)


def test_check_tells_of_this_file_and_counts_the_errors_of_others(district: Path) -> None:
    with file_of(district).open("a") as file:
        file.write("A,E003,youtube,,E001,2026-11-02,2026-11-03,2026-11-30,,,,\n")
    (district / "devices.csv").write_text("no,header\n")
    (problem,), others = register.check(district)
    assert str(problem).startswith(
        "exceptions.csv:7: warning: exception A excuses nothing: no purpose is stated ("
    )
    assert others > 0


def test_the_list_says_how_each_one_stands(district: Path) -> None:
    register.add(district, GIVEN, NOW)
    with file_of(district).open("a") as file:
        file.write("A,E003,youtube,,E001,2026-11-02,2026-11-03,2026-11-30,,,,\n")
        file.write("B,E003,youtube,w,E001,2026-10-02,2026-10-03,2026-10-30,,,,\n")
        file.write("C,E003,youtube,w,E001,soon,2026-10-03,2026-10-30,,,,\n")
    rules = register.rules_of(district, NOW)
    rows = register.listed(rules)
    assert [(row["exception_id"], row["state"], row["place"]) for row in rows] == [
        ("X-2026-001", "active", "exceptions.csv:6"),
        ("X-2026-002", "not yet begun", "exceptions.csv:7"),
        ("A", "excuses nothing", "exceptions.csv:8"),
        ("B", "expired", "exceptions.csv:9"),
        ("C", "error", "exceptions.csv:10"),
    ]
    assert rows[2]["fault"] == "no purpose is stated"
    assert rows[4]["fault"] == "`approved_at` 'soon' is not a date or date-time"
    assert tuple(rows[0]) == register.LISTED
    assert [row["exception_id"] for row in register.listed(rules, employee="E003")] == ["A", "B", "C"]

    def on(day: date) -> list[str]:
        return [row["exception_id"] for row in register.listed(rules, active_on=day)]

    assert on(date(2026, 10, 5)) == ["B"]
    assert on(date(2026, 11, 18)) == ["X-2026-001", "X-2026-002"]  # a Wednesday
    assert on(date(2026, 11, 19)) == ["X-2026-002"]
