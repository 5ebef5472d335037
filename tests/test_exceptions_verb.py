"""`auditor exceptions` as it is typed: in scripts, and on a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from made_run import AUDITOR, run

from auditor.district import init_district

TODAY = date.today()
DAYS = {number: (TODAY + timedelta(days=number)).isoformat() for number in (-30, -20, 10, 11, 20, 60, 400)}
FLAGS = {
    "--employee": "E002",
    "--platform": "youtube",
    "--purpose": "films",
    "--approved-by": "E001",
    "--from": DAYS[10],
    "--to": DAYS[60],
    "--id": "X-2",
}


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """The starter district, its days moved to where today is."""
    folder = tmp_path / "d"
    init_district(folder)
    staff = folder / "staff.csv"
    staff.write_text(staff.read_text().replace("2026-08-01", "").replace("2026-08-17", ""))
    header = (folder / "exceptions.csv").read_text().splitlines()[-2]
    row = f"X-1,E002,youtube,Physics films,E001,{DAYS[-30]},{DAYS[-20]},{DAYS[60]},,,,"
    (folder / "exceptions.csv").write_text(f"# ours\n{header}\n{row}\n")
    return folder


def flags(**changes: str) -> list[str]:
    chosen = {**FLAGS, **{f"--{name.replace('_', '-')}": text for name, text in changes.items()}}
    return [part for flag, text in chosen.items() if text for part in (flag, text)]


def test_add_says_what_it_excuses_and_prints_the_id(district: Path) -> None:
    ran = run("exceptions", "add", "-d", district, *flags(weekdays="mon-fri", start="9:00", end="11:45"))
    assert (ran.code, ran.out) == (0, "X-2\n")
    assert ran.err.startswith(
        "exceptions.csv:4: X-2 excuses E002's use of youtube on any device, mon-fri, from 9:00 to 11:45, from "
        f"{DAYS[10]} through {DAYS[60]}, for: films (approved by E001)"
    )
    assert run("check", "-d", district).err == "0 errors, 0 warnings\n"


def test_add_in_a_script_names_all_flags_that_are_missing(district: Path) -> None:
    ran = run("exceptions", "add", "-d", district, *flags(platform="", to=""))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "exceptions add: lacks --platform, --to (on a terminal it asks for them)\n"


def test_list_check_and_expire(district: Path) -> None:
    listed = run("exceptions", "list", "-d", district, "--format", "csv")
    assert listed.out.splitlines()[1].startswith("X-1,E002,youtube,Physics films")
    assert run("exceptions", "check", "-d", district).err == "exceptions.csv: 0 errors, 0 warnings\n"
    ended = run("exceptions", "expire", "X-1", "--on", DAYS[10], "-d", district)
    assert (ended.code, ended.err) == (0, f"exceptions.csv:3: X-1 ends at {DAYS[11]}T00:00\n")
    again = run("exceptions", "expire", "X-1", "--on", DAYS[20], "-d", district)
    assert (again.code, again.err[:33]) == (2, "--on: X-1 ends no later than that")
    with (district / "exceptions.csv").open("a") as file:
        file.write("X-2,E002,youtube,films,E001,soon,2026-11-02,2026-11-30,,,,\nX-3,E002,x\n")
    ran = run("exceptions", "check", "-q", "-d", district)
    assert ran.code == 2
    assert [line.split(":")[1] for line in ran.err.splitlines()] == ["4", "5"]


def on_a_terminal(*arguments: str, answers: list[str]) -> tuple[int, str, str]:
    """Exit code, stdout and what the terminal showed, each answer being typed once a question stands there."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [AUDITOR, *arguments], stdin=slave, stderr=slave, stdout=subprocess.PIPE, text=True, close_fds=True
    )
    os.close(slave)
    shown, begun = "", time.monotonic()
    waiting = list(answers)
    while time.monotonic() - begun < 60:
        if not select.select([master], [], [], 0.2)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            part = os.read(master, 4096).decode()
        except OSError:
            break
        if not part:
            break
        shown += part
        if shown.endswith(": ") and waiting:
            os.write(master, waiting.pop(0).encode())
    out = process.communicate(timeout=30)[0]
    os.close(master)
    return process.returncode, out, shown.replace("\r\n", "\n")


def test_on_a_terminal_it_asks_until_the_answer_holds(district: Path) -> None:
    answers = [
        "e002\n",
        "E002\n",
        "youtub\n",
        "YouTube\n",
        "\n",
        "films\n",
        "E003\n",
        "\n",
        "\n",
        "2036-01-01\n",
    ]
    code, out, shown = on_a_terminal("exceptions", "add", "-d", str(district), answers=[*answers, "\x04"])
    assert (code, out) == (2, "")
    assert "'e002' is not in staff.csv (did you mean `E002`? Capitals count)" in shown
    assert "platform `youtub` is not in the catalogue (did you mean `youtube`?)" in shown
    assert "is empty (each exception needs one)" in shown
    assert "E003 was not the employee's supervisor on " in shown
    assert "Approved by (employee id of the supervisor) [E001]: " in shown
    assert "it is longer than 180 days; the last day that can be is " in shown
    assert "exceptions add: was not finished (nothing was written)" in shown
    assert not (district / "exceptions.log").exists()


def test_on_a_terminal_only_what_is_missing_is_asked(district: Path) -> None:
    code, out, shown = on_a_terminal(
        "exceptions", "add", "-d", str(district), *flags(purpose=""), answers=["for the play\n"]
    )
    assert code == 0, shown
    assert out == "X-2\n"
    assert shown.count("]: ") + shown.count("words: ") == 1
    assert "for the play" in (district / "exceptions.csv").read_text()
