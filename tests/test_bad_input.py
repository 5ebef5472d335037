"""What users get wrong: a clear line a problem, the documented exit code, and nothing is changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from made_run import AUDITOR, DAYS, SAMPLE, Ran, run, sample, snapshot

CAPTURE = SAMPLE / "captures" / "high" / "2026-11-11.pcap"
PERIOD = ("--from", DAYS[0], "--to", DAYS[1])
LINE = re.compile(r"[^:]+(:\d+)?: .+ \(.+\)")  # FILE:LINE: what is wrong (hint)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district whose captures are taken in and decided."""
    folder = sample(tmp_path_factory.mktemp("decided") / "district")
    assert run("ingest", "-d", folder).code == 0
    assert run("audit", "-d", folder).code == 0
    return folder


@pytest.fixture
def district(decided: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it, for one test; the test is run beside it."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield Path(shutil.copytree(decided, tmp_path / "d")).relative_to(tmp_path)
    os.chdir(before)


def refused(*arguments: object, code: int = 2, beside: Path | None = None) -> list[str]:
    """The problems of a run that must fail and change nothing."""
    before = snapshot(beside or Path())
    ran = run(*arguments)
    assert ran.code == code, ran
    assert snapshot(beside or Path()) == before
    assert all(LINE.fullmatch(line) for line in ran.problems), ran.problems
    assert ran.problems
    return ran.problems


def one(*arguments: object, code: int = 2) -> str:
    (problem,) = refused(*arguments, code=code)
    return problem


# captures


def no_capture(folder: Path, name: str) -> Path:
    """A file or folder that is no capture."""
    path = folder / name
    if name == "missing.pcap":
        return path
    if name == "folder.pcap":
        path.mkdir()
    elif name == "dangling.pcap":
        path.symlink_to("nowhere")
    else:
        path.write_bytes({"empty.pcap": b"", "two.pcap": b"\xd4\xc3"}.get(name, b"minute,host\n1,a\n"))
    return path


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("missing.pcap", "no such file or directory"),
        ("empty.pcap", "is empty"),
        ("two.pcap", "is not a capture"),
        ("text.pcap", "is not a capture"),
        ("folder.pcap", "is a directory"),
        ("dangling.pcap", "no such file or directory"),
    ],
)
def test_what_is_no_capture(district: Path, name: str, told: str) -> None:
    path = no_capture(Path(), name)
    assert one("extract", path).startswith(f"{name}: {told} (")
    assert one("extract", "--what", "flows", path).startswith(f"{name}: {told} (")
    assert one("ingest", "-d", district, path).startswith(f"{name}: ")


def test_all_captures_that_are_none_are_named_and_the_others_read(district: Path) -> None:
    paths = [no_capture(Path(), name) for name in ("missing.pcap", "empty.pcap", "text.pcap")]
    ran = run("extract", paths[0], CAPTURE, *paths[1:])
    assert ran.code == 2
    assert [line.split(":")[0] for line in ran.problems] == ["missing.pcap", "empty.pcap", "text.pcap"]
    assert ran.out == run("extract", CAPTURE).out
    assert ran.out.count("\n") > 10


@pytest.mark.parametrize("size", [20, 24, 30, 40, 5000])
def test_a_capture_cut_in_mid_packet_is_used_as_far_as_it_goes(tmp_path: Path, size: int) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(CAPTURE.read_bytes()[:size])
    ran = run("extract", cut)
    assert ran.code == 0
    whole = run("extract", CAPTURE).out.replace(str(CAPTURE), str(cut))
    if size == 24:  # just the header: a capture without frames
        assert ran.problems == []
    else:
        (told,) = ran.problems
        assert re.fullmatch(rf"{cut}: .+, after frame \d+; what is before it was used", told)
    assert ran.out in ("", whole[: len(ran.out)])


def test_a_truncated_capture_is_taken_in_and_the_ledger_says_so(tmp_path: Path) -> None:
    folder = sample(tmp_path / "d", ())
    cut = folder / "captures" / "high" / "cut.pcap"
    cut.parent.mkdir(parents=True)
    cut.write_bytes(CAPTURE.read_bytes()[:9000])
    ran = run("ingest", "-d", folder)
    assert ran.code == 0
    assert "the file ends in the middle of a packet, after frame" in ran.err
    (mark,) = (json.loads(path.read_text()) for path in (folder / "warehouse" / "captures").iterdir())
    assert mark["status"] == "truncated"
    assert mark["ledger"]["captures cut short or damaged"] == 1
    assert run("audit", "-d", folder).code == 0
    assert "after frame" in run("report", "nightly", "-d", folder).out


def test_unreadable_captures_of_a_sensor_do_not_hold_up_the_others(district: Path) -> None:
    no_capture(district / "captures" / "high", "text.pcap")
    shutil.copy(SAMPLE / "captures/high/2026-11-12-b.pcapng", district / "captures/high")
    ran = run("nightly", "-d", district)
    assert ran.code == 2
    assert "1 new captures, 3 known already, 1 unreadable" in ran.err
    assert ran.problems[-1].startswith("d/captures/high/text.pcap: is not a capture (")
    assert "d/reports/nightly_2026-11-12_2026-11-12.html" in ran.out


def test_a_source_of_no_sensor(district: Path) -> None:
    shutil.copy(CAPTURE, "elsewhere.pcap")
    assert one("ingest", "-d", district, "elsewhere.pcap").startswith(
        "elsewhere.pcap: belongs to no sensor ("
    )


# the district folder


def edited(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return edit


def swap(name: str, old: str, new: str, times: int = 1) -> Callable[[Path], None]:
    return edited(name, lambda text: text.replace(old, new, times))


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (swap("staff.csv", "employee_id", "emp"), ["staff.csv:1: column `employee_id` is missing"]),
        (
            swap("staff.csv", "2025-08-18", "2025-18-08", 2),
            [
                "staff.csv:2: `valid_from` '2025-18-08' is no day",
                "staff.csv:3: `valid_from` '2025-18-08' is no day",
            ],
        ),
        (
            swap("devices.csv", "00:00:5e:00:53:10", "00:00:5e:00:53:1g"),
            ["devices.csv:2: `mac` '00:00:5e:00:53:1g' is not a MAC"],
        ),
        (swap("devices.csv", ",E1002,", ",E9999,"), ["devices.csv:3: `assigned_to` E9999 is not in staff.csv"]),
        (
            edited("devices.csv", lambda text: text + "X-1,00-00-5E-00-53-10,district,E1003,laptop,2026-01-01,\n"),
            ["devices.csv:65: 00:00:5e:00:53:10 has an owner on line 2 already"],
        ),
        (
            edited("staff.csv", lambda text: text + text.splitlines()[1] + "\n"),
            ["staff.csv:44: employee E1001 is on line 2 already"],
        ),
        (
            swap("auditor.toml", "minimum_cell", "minimun_cell"),
            ["auditor.toml:25: unknown key `privacy.minimun_cell` (did you mean `minimum_cell`?)"],
        ),
        (swap("auditor.toml", "[policy]", "[policy"), ["auditor.toml:8: is not TOML"]),
        (swap("auditor.toml", "Chicago", "Chikago"), ["auditor.toml:6: `district.timezone`"]),
        (lambda folder: (folder / "staff.csv").unlink(), ["staff.csv: there is no such file"]),
        (lambda folder: (folder / "pseudonym.key").write_text("no key"), ["d/pseudonym.key:1: is not a key"]),
        (lambda folder: (folder / "pseudonym.key").unlink(), ["d/pseudonym.key: there is no such file"]),
        (lambda folder: (folder / "pseudonym.key").write_text("5" * 64), ["d/warehouse: its pseudonyms were"]),
    ],
)  # fmt: skip
def test_a_district_folder_with_a_mistake(
    district: Path, edit: Callable[[Path], None], told: list[str]
) -> None:
    edit(district)
    problems = refused("nightly", "-q", "-d", district)
    assert len(problems) == len(told), problems
    for problem, start in zip(problems, told, strict=True):
        assert problem.startswith(start)


def test_all_problems_of_all_files_come_in_one_go(district: Path) -> None:
    swap("staff.csv", "2025-08-18", "2025-18-08")(district)
    swap("devices.csv", "00:00:5e:00:53:10", "one")(district)
    swap("auditor.toml", "idle_minutes", "idle_minuets")(district)
    files = {problem.split(":")[0] for problem in refused("audit", "-q", "-d", district)}
    assert files == {"staff.csv", "devices.csv", "auditor.toml"}


def test_an_audit_runs_on_warnings_and_prints_them_even_if_quiet(district: Path) -> None:
    with (district / "exceptions.csv").open("a") as file:
        file.write("X-90,E1012,youtub,films,E1002,2026-11-06,2026-11-09,2026-11-13,,,,\n")
        file.write("X-91,E1012,youtube,films,E1012,2026-11-06,2026-11-09,2026-11-13,,,,\n")
    ran = run("audit", "-q", "-d", district)
    assert (ran.code, ran.out) == (0, "")
    assert (
        "\nexceptions.csv:20: warning: exception X-91 excuses nothing: the employee approved it for"
        in ran.err
    )
    assert "\nexceptions.csv:19: warning: platform `youtub` is not in the catalogue (did you mean" in ran.err


def test_an_audit_refuses_to_run_on_errors(district: Path) -> None:
    swap("exceptions.csv", "2026-11-02T09:00", "2 November")(district)
    (problem,) = refused("audit", "-q", "-d", district)
    assert problem.startswith("exceptions.csv:2: `approved_at` '2 November' is not a date or date-time (")


@pytest.mark.parametrize("verb", [("check",), ("audit",), ("findings",), ("nightly",), ("explain", "f-1")])
def test_no_district_folder(district: Path, verb: tuple[str, ...]) -> None:
    assert one(*verb, "-d", "nowhere").startswith("nowhere: there is no such folder (")
    assert one(*verb, "-d", district / "staff.csv").startswith("d/staff.csv: is not a folder (")


# the warehouse

READING = [("audit",), ("findings",), ("report", "aggregate"), ("explain", "f-1"), ("findings", *PERIOD)]


@pytest.mark.parametrize("verb", [*READING, ("ingest",), ("nightly",)])
def test_a_warehouse_of_another_version(district: Path, verb: tuple[str, ...]) -> None:
    (district / "warehouse" / "warehouse.json").write_text('{"format": 7}')
    told = one(*verb, "-q" if verb[0] != "report" and verb[0] != "explain" else "-v", "-d", district)
    assert told.startswith(
        "d/warehouse: the warehouse is in format 7; this program reads and writes format 1 ("
    )


@pytest.mark.parametrize("verb", READING)
def test_no_warehouse_yet(district: Path, verb: tuple[str, ...]) -> None:
    shutil.rmtree(district / "warehouse")
    told = one(*verb, "-d", district)
    assert told == "d/warehouse: there is no warehouse here (run `auditor ingest` first)"


@pytest.mark.parametrize("verb", ["ingest", "nightly"])
@pytest.mark.parametrize("place", ["staff.csv", "staff.csv/inside", "/proc/nowhere/warehouse", "captures"])
def test_a_warehouse_that_can_not_be_written(district: Path, verb: str, place: str) -> None:
    swap("auditor.toml", 'warehouse = "warehouse"', f'warehouse = "{place}"')(district)
    shutil.rmtree(district / "warehouse")
    told = one(verb, "-q", "-d", district)
    assert "can't be written: " in told or "is neither empty nor a warehouse" in told


@pytest.mark.parametrize("kind", ["captures", "activity", "leases", "coverage", "audits"])
def test_a_damaged_file_of_the_warehouse(district: Path, kind: str) -> None:
    path = next(path for path in sorted((district / "warehouse" / kind).rglob("*")) if path.is_file())
    path.write_bytes(b"x")
    told = [run(*verb, "-d", district) for verb in (("nightly", "-q"), ("report", "nightly"))]
    told.append(run("audit", "-q", "-d", district))
    assert any(ran.code == 1 and ran.problems[0].startswith(str(path)) for ran in told)
    for ran in told:
        assert ran.code in (0, 1)
        assert all(LINE.fullmatch(line) for line in ran.problems)


@pytest.mark.parametrize("verb", ["ingest", "audit", "nightly"])
def test_a_locked_warehouse(district: Path, verb: str) -> None:
    with FileLock(district / "warehouse" / "warehouse.lock", is_singleton=False):
        before = snapshot(district)
        done = subprocess.run([AUDITOR, verb, "-q", "-d", str(district)], capture_output=True, check=False)
        assert (done.returncode, snapshot(district)) == (4, before)
        *warnings, told = done.stderr.decode().splitlines()
        assert told.startswith("d/warehouse: another run is writing to this warehouse (")
        assert all(": warning: " in line for line in warnings)
        assert not warnings or verb == "audit"


# what is asked for


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("findings", "--from", DAYS[1], "--to", DAYS[0]), "--from: 2026-11-12 is after --to 2026-11-11"),
        (("audit", "--from", DAYS[1], "--to", DAYS[0]), "--from: 2026-11-12 is after --to 2026-11-11"),
        (("report", "nightly", "--from", DAYS[1], "--to", DAYS[0]), "--from: 2026-11-12 is after --to"),
        (("findings", "--identify"), "--identify: needs a reason"),
        (("findings", "--identify", "--reason", " \t"), "--identify: needs a reason"),
        (("explain", "f-000000000000"), "f-000000000000: there is no finding of this id"),
        (("explain", ""), "FINDING_ID: there is no finding of this id"),
        (("explain", "f-1", "--format", "xml"), "--format: xml is not a format of `explain`"),
        (("report", "weekly"), "weekly: is not a report"),
        (("report", "../nightly"), "../nightly: is not a report"),
        (("report", "nightly", "--format", "xls"), "--format xls: is not a format of reports"),
        (("report", "nightly", "--format", "pdf"), "--format pdf: is not in this version"),
        (("report", "nightly", "--out", "d/staff.csv/x.html"), "d/staff.csv/x.html: can't be written"),
        (("report", "nightly", "--out", "/proc/nowhere/x.html"), "/proc/nowhere/x.html: can't be written"),
    ],
)
def test_what_can_not_be_asked_for(district: Path, arguments: tuple[str, ...], told: str) -> None:
    assert one(*arguments, "-d", district).startswith(f"{told}")


def test_a_report_on_days_that_are_not_decided(district: Path) -> None:
    shutil.rmtree(district / "warehouse" / "audits" / f"day={DAYS[1]}")
    told = one("report", "nightly", "-d", district)
    assert "1 captured day(s) have not been decided, the first is 2026-11-12" in told
    listed = run("findings", "-d", district)
    assert listed.code == 0
    assert "1 captured days without an audit" in listed.err


def usage(*arguments: object) -> str:
    ran: Ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    return ran.err


def test_wrong_usage(district: Path) -> None:
    assert "No such command 'audti'" in usage("audti")
    assert "No such option: --form" in usage("findings", "--form", "csv")
    assert "'2026-13-01' does not match" in usage("findings", "--from", "2026-13-01")
    assert "Invalid value for '--format'" in usage("extract", CAPTURE, "--format", "xml")
    assert "Missing argument" in usage("extract")
    assert "explain: needs a finding, or an employee and a time" in usage("explain", "-d", district)


@pytest.mark.parametrize("place", ["d", "d/staff.csv", "d/staff.csv/x", "/proc/nowhere/x"])
@pytest.mark.parametrize("verb", [("init",), ("demo", "--out")])
def test_a_folder_that_can_not_be_begun(district: Path, verb: tuple[str, ...], place: str) -> None:
    assert one(*verb, place).startswith(f"{place}: ")
