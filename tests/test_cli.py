"""Manners of the installed command: what goes where, how it ends, and that nobody meets a traceback."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pytest
from made_run import AUDITOR, SAMPLE, installed, run, sample, snapshot

from auditor import cli, console
from auditor.console import Format, Table, write_rows

CAPTURE = SAMPLE / "captures" / "high" / "2026-11-11.pcap"
HEAVY = ("numpy", "numba", "pyarrow", "pandas", "duckdb", "scapy", "jinja2", "cryptography", "pydantic")
VERBS = (
    "demo", "init", "check", "extract", "ingest", "audit", "findings", "report", "explain", "nightly",
    "signatures list", "signatures which", "signatures check",
)  # fmt: skip


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = sample(tmp_path_factory.mktemp("decided") / "district")
    assert run("nightly", "-d", folder).code == 0
    return folder


def test_help_is_quick_and_loads_no_large_library() -> None:
    code = f"import sys; from auditor import cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [str(Path(AUDITOR).with_name("python")), "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert run("--help").code == 0
    assert run("--version").out == f"auditor {cli.__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_what_it_does(verb: str) -> None:
    told = run(*verb.split(), "--help")
    assert told.code == 0
    assert "violation" not in told.out.lower()


def test_data_on_stdout_talk_on_stderr(decided: Path, tmp_path: Path) -> None:
    district = Path(shutil.copytree(decided, tmp_path / "d"))
    for verb in ("ingest", "audit", "check"):
        assert run(verb, "-d", district).out == ""
    rows = list(csv.DictReader(io.StringIO(run("findings", "-d", district).out)))
    assert rows == json.loads(as_text(run("findings", "-d", district, "--format", "json").out))
    lines = run("findings", "-d", district, "--format", "ndjson").out.splitlines()
    assert [as_words(json.loads(line)) for line in lines] == rows
    assert run("ingest", "-q", "-d", district).err == ""
    assert run("audit", "-q", "-d", district).problems == []


def as_words(row: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items()}


def as_text(rows: str) -> str:
    return json.dumps([as_words(row) for row in json.loads(rows)])


def test_exit_code_with_findings(decided: Path) -> None:
    assert run("findings", "-d", decided, "--fail-on-findings").code == 3
    free = ("--from", "2026-11-01", "--to", "2026-11-02")
    assert run("findings", "-d", decided, "--fail-on-findings", *free).code == 0


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("chunks", [[], [0], [2], [0, 2, 0, 1], [1, 1]])
def test_tables_in_any_pieces(form: Format, chunks: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    schema = pa.schema([("name", pa.string()), ("count", pa.int64())])
    parts = [pa.table([["a"] * size, [7] * size], schema=schema) for size in chunks]
    write_rows([Table(pa.concat_tables([schema.empty_table(), *parts]))], form)
    shown = capsys.readouterr().out
    assert shown.isprintable() or set(shown) <= set(map(chr, range(32, 127))) | {"\n"}
    if form == Format.csv:
        assert shown == "name,count\n" + "a,7\n" * sum(chunks)


@pytest.mark.parametrize("text", ['a"b', "a,b", "a\nb", " a", "", "ä", "=1+1"])
def test_any_text_comes_through_csv(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows([Table(pa.table({"one": [text, "x"], "two": ["y", text]}))], Format.csv)
    assert list(csv.reader(io.StringIO(capsys.readouterr().out, newline=""))) == [
        ["one", "two"], [text, "y"], ["x", text],
    ]  # fmt: skip


# how it ends


def test_a_reader_that_goes_away() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{AUDITOR} signatures list --format ndjson | head -c 20; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout[20:].strip(), done.stderr) in {("1", ""), ("0", "")}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("verb", [("--version",), ("signatures", "list")])
def test_a_full_disk_behind_stdout(verb: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([AUDITOR, *verb], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "no space left on device (-v shows what was being done)\n"


def test_an_error_nobody_foresaw_is_a_line_and_with_v_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: object) -> None:
        raise KeyError("lost\nthing")

    monkeypatch.setattr("auditor.district.check_folder", broken)
    ran = run("check", "-d", ".")
    assert ran.code == 1
    assert ran.err.startswith("internal error: TypeError: ")  # `check` gives it more than it takes
    assert " at district.py:" in ran.err
    assert ran.err.count("\n") == 1
    assert console.unexpected(KeyError("lost"), verbose=True) == "KeyError: 'lost'"
    told = installed("check", "-v", "-d", "/proc/self/mem/x")
    assert told.code == 2


@pytest.mark.parametrize("verb", ["ingest", "nightly"])
def test_ctrl_c_ends_it_and_the_next_run_goes_on(tmp_path: Path, verb: str) -> None:
    district = sample(tmp_path / "d")
    running = subprocess.Popen([AUDITOR, verb, "-d", str(district)], stderr=subprocess.PIPE, text=True)
    marks = district / "warehouse" / "captures"
    while running.poll() is None and not (marks.is_dir() and any(marks.iterdir())):
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert "Traceback" not in told
    assert running.returncode in (0, 1, 130)  # 0: it was faster than the signal
    assert run("nightly", "-d", district).code == 0
    whole = sample(tmp_path / "whole")
    assert run("nightly", "-d", whole).code == 0
    assert findings(district) == findings(whole)


def findings(district: Path) -> str:
    ran = run("findings", "-d", district)
    assert ran.code == 0
    return ran.out


@pytest.fixture
def full_disk(tmp_path: Path) -> object:
    """A file system of 3 MB, where this user may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = (
        shutil.which("mount")
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)], capture_output=True, check=False
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(full_disk: Path, tmp_path: Path) -> None:
    district = sample(full_disk / "d")
    assert run("ingest", "-d", district).code == 0
    assert run("audit", "-d", district).code == 0
    before, listed = snapshot(district), findings(district)
    with (full_disk / "filler").open("wb", buffering=0) as filler:
        while True:
            try:
                filler.write(bytes(4096))
            except OSError:
                break
    for arguments in (
        ("audit",),
        ("findings", "--identify", "--reason", "a test"),
        ("report", "nightly", "--out", district),
    ):
        ran = run(*arguments, "-d", district)
        assert ran.code == 2
        assert "can't be written: no space left on device" in ran.problems[-1].lower()
        assert {name: now for name, now in snapshot(district).items() if now and name in before} == before
    assert findings(district) == listed
    (full_disk / "filler").unlink()
    assert run("audit", "-d", district).code == 0
    assert findings(district) == listed


# names of files

ODD = os.fsdecode(b"Gr\xfc\xdfe an\t'alle' %s {0}")  # Latin-1, as old servers have it


def test_odd_names_of_folders_and_captures(tmp_path: Path) -> None:
    try:
        district = sample(tmp_path / ODD)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (district / "captures" / "high" / "2026-11-11.pcap").rename(
        district / "captures" / "high" / f"{ODD}.pcap"
    )
    ran = installed("nightly", "-d", district)
    assert ran.code == 0, ran.err
    assert all(Path(line).is_file() for line in ran.out.splitlines())
    plain = sample(tmp_path / "plain")
    assert run("nightly", "-d", plain).code == 0
    assert installed("findings", "-d", district).out == findings(plain)
    listed = installed("extract", district / "captures" / "high" / f"{ODD}.pcap", "--format", "ndjson")
    assert listed.code == 0
    assert json.loads(listed.out.splitlines()[0])["file"].endswith("Gr\\xfc\\xdfe an\t'alle' %s {0}.pcap")
    finding = findings(plain).splitlines()[1].split(",")[0]
    assert installed("explain", finding, "-d", district).code == 0


def test_captures_through_links_and_an_absolute_glob(tmp_path: Path) -> None:
    plain = sample(tmp_path / "plain")
    assert run("nightly", "-d", plain).code == 0
    linked = sample(tmp_path / "linked", ())
    (linked / "captures").symlink_to(plain / "captures")
    assert run("nightly", "-d", linked).code == 0
    settings = sample(tmp_path / "absolute", ()) / "auditor.toml"
    settings.write_text(settings.read_text().replace('"captures/', f'"{plain}/captures/'))
    assert run("nightly", "-d", settings.parent).code == 0
    assert findings(plain) == findings(linked) == findings(settings.parent)
    for folder in (linked, settings.parent):
        assert (
            "0 new captures, 1 known already"
            in run("ingest", "-d", folder, plain / "captures/high/2026-11-11.pcap").err
        )


def test_from_a_pipe() -> None:
    with CAPTURE.open("rb") as file:
        piped = subprocess.run(
            f"cat | {AUDITOR} extract /dev/stdin", shell=True, stdin=file, capture_output=True, check=True
        )
    assert piped.stdout.decode() == run("extract", CAPTURE).out.replace(str(CAPTURE), "/dev/stdin")
