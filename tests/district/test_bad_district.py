"""A district folder with one of every mistake, all told in one go; and cells that hold anything at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.district import DISTRICT_FILES, check_folder, exception_fault
from auditor.district.load import read_folder
from auditor.district.rows import StaffRow
from auditor.district.settings import Settings
from auditor.district.supervisors import supervisor_circles

PLATFORMS, CATEGORIES = frozenset({"youtube", "instagram"}), frozenset({"video"})
# Behind ` << ` stands how what is told of the line begins, and behind ` | ` how its hint does.
HERE = Path(__file__).parent / "bad_district"
FILES = {
    name: (HERE / name).read_text(encoding="utf-8") for name in DISTRICT_FILES if (HERE / name).is_file()
}


def test_every_mistake_of_a_folder_is_told_in_one_go_with_its_line_and_a_hint(tmp_path: Path) -> None:
    (tmp_path / "auditor.toml").write_text('[[sensors]]\nname = "s"\nsite = "hs"\ncaptures = "*.pcap"\n')
    expected = []
    for file, text in FILES.items():
        lines = text.splitlines()
        for number, line in enumerate(lines, start=1):
            row, _, told = line.partition(" << ")
            lines[number - 1] = row
            if told:
                expected.append((f"{file}:{number}", *told.split(" | ")))
        (tmp_path / file).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    found = check_folder(tmp_path, PLATFORMS, CATEGORIES)
    assert [problem.where for problem in found] == [where for where, *_ in expected]
    for problem, (_, what, hint) in zip(found, expected, strict=True):
        mark = "warning: " if problem.severity == "warning" else ""
        assert f"{mark}{problem.what}".startswith(what)
        assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (lambda text: text.encode("utf-16"), "staff.csv:1: is UTF-16 text, not UTF-8 ("),
        (lambda text: text.replace("E002,", "E002,José").encode("latin-1"),
         "staff.csv:3: is not UTF-8 text (byte 0xe9): it seems to be Latin-1, where that is `é` ("),
        (lambda text: text.replace(",", ";").encode(), "staff.csv:1: has one column only (put commas"),
        (lambda text: text.replace(",", "\t").encode(), "staff.csv:1: has one column only (put commas"),
        (lambda text: f"sep=,\n{text}".encode(), "staff.csv:1: is a line for Excel, not the header ("),
        (lambda text: text.replace("E002", "E0\x0002").encode(), "staff.csv:3: holds a NUL byte ("),
        (lambda text: text.replace("name", "Site").encode(), "staff.csv:1: column `site` comes twice ("),
        (lambda text: text.replace("E002,", 'E002,"').encode(), "staff.csv:3: is not CSV from here on: "),
    ],
)  # fmt: skip
def test_a_file_that_is_no_csv(tmp_path: Path, data: Callable[[str], bytes], told: str) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text.splitlines()[0] + "\n")
    (tmp_path / "auditor.toml").write_text("")
    text = "".join(f"{line}\n" for line in FILES["staff.csv"].splitlines()[:3])
    (tmp_path / "staff.csv").write_bytes(data(text))
    found = [str(problem) for problem in check_folder(tmp_path, PLATFORMS, CATEGORIES)]
    assert any(line.startswith(told) for line in found), found


def test_a_staff_list_that_cannot_be_read_makes_no_exception_seem_void(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "auditor.toml").write_text("")
    (tmp_path / "staff.csv").write_bytes(FILES["staff.csv"].encode("utf-16"))
    found = [str(problem) for problem in check_folder(tmp_path, PLATFORMS, CATEGORIES)]
    assert any(line.startswith("staff.csv:1: is UTF-16") for line in found)
    assert not any("excuses nothing" in line for line in found), found


ODD = [
    "E001",
    "e001",
    "D1",
    "X1",
    "hs",
    "*",
    "mon",
    "mon-fri",
    "07:30",
    "24:00",
    "2026-11-16",
    "1970-01-01",
    "2199-12-31",
    "2026-11-01T01:30",
    "2026-11-16T08:05+14:00",
    "2026-13-01",
    "11/16/2026",
    "46342.5",
    "=1+1",
    "#REF!",
    "category:",
    "category:video",
    "no_work",
    "use_schedule",
    "day",
    "student",
    "shared",
    "3c22fb000001",
    "district",
    "youtube",
    "a.example.org",
    "III.B",
    '"',
    "“",
    "\ufeff",
    "-",
    "#",
    "sep=,",
    ";",
    "'",
]
CELL = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from([*ODD, "7:30 PM", "\x1b[2J", "a\nb", "\0"]),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(FILES)), st.lists(st.lists(CELL, min_size=1, max_size=12), max_size=6))
def test_any_cells_give_problems_and_no_traceback(tmp_path: Path, name: str, rows: list[list[str]]) -> None:
    (tmp_path / "auditor.toml").write_text("")
    for file, text in FILES.items():
        header = text.splitlines()[0]
        own = ["".join(f",{cell}" for cell in row)[1:] for row in rows] if file == name else []
        (tmp_path / file).write_text("\n".join((header, *own)), encoding="utf-8", newline="")
    for problem in check_folder(tmp_path, PLATFORMS, CATEGORIES):
        assert "\n" not in str(problem)
        assert "\x1b" not in str(problem)
    district, _ = read_folder(tmp_path)
    for exception in district.exceptions:
        exception_fault(exception, district)


def test_circles_are_looked_for_in_one_walk_a_day() -> None:
    """The steps taken, counted: a chain of supervisors as long as the staff is walked once, not once for each."""

    class Counting:
        def __init__(self, rows: int) -> None:
            self.steps = 0
            self.settings = Settings()
            self.staff = tuple(
                StaffRow(n, f"E{n}", "", "", "", "", f"E{n + 1}", "", None, None) for n in range(rows)
            )
            self.known = {row.employee_id: row for row in self.staff}

        def staff_on(self, employee_id: str, _: object) -> StaffRow | None:
            self.steps += 1
            return self.known.get(employee_id)

    for rows in (100, 1000):
        district = Counting(rows)
        assert list(supervisor_circles(district)) == []  # type: ignore[arg-type]
        assert district.steps <= 2 * rows
