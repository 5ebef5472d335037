"""`auditor extract` as a person runs it: columns, formats, exit codes, and what goes where."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from made_captures import evenly, pcap, pcap_header
from made_packets import dns_answer, dns_query, http_request, tcp_frame, udp_frame

PROGRAM = str(Path(sys.executable).with_name("auditor"))
NAMES = "file,frame,time,kind,client_mac,client,client_port,server,server_port,proto,host,ip,mac,ech"
FLOWS = (
    "file,minute,first,last,client_mac,client,client_port,server,server_port,proto,"
    "bytes_up,bytes_down,packets_up,packets_down,host,name_source"
)
FRAMES = [
    udp_frame(dns_query("i.instagram.com")),
    udp_frame(dns_answer("i.instagram.com", "192.0.2.80"), up=False),
    tcp_frame(http_request('a,"b".example'), server_port=80),
    tcp_frame(b"\x17\x03\x03", server_port=443),
]


def extract(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, "extract", *map(str, arguments)]
    run = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
    return run


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "made.pcap"
    path.write_bytes(pcap(evenly(FRAMES)))
    return path


@pytest.mark.parametrize(("what", "columns"), [("names", NAMES), ("flows", FLOWS)])
def test_the_contracts_columns_in_every_format(capture: Path, what: str, columns: str) -> None:
    texts = {
        form: extract(capture, "--what", what, "--format", form).stdout
        for form in ("csv", "json", "ndjson", "table")
    }
    assert texts["csv"].splitlines()[0] == columns
    in_csv = list(csv.DictReader(io.StringIO(texts["csv"])))
    in_json = json.loads(texts["json"])
    assert [json.loads(line) for line in texts["ndjson"].splitlines()] == in_json
    spelt = {None: "", True: "true", False: "false"}
    for row, printed in zip(in_json, in_csv, strict=True):
        flagged = {**row, "ech": spelt[row["ech"]]} if "ech" in row else row
        assert {name: str(value) for name, value in flagged.items()} == printed
    assert list(in_json[0]) == columns.split(",")
    assert len(in_json) == 3
    assert texts["table"].split("\n")[0].split() == columns.split(",")
    assert len(texts["table"].splitlines()) == 4
    assert 'a,"b".example' in texts["table"]


def test_the_values(capture: Path) -> None:
    rows = [
        json.loads(line)
        for line in extract("made.pcap", "--format", "ndjson", cwd=capture.parent).stdout.splitlines()
    ]
    assert rows[1] == {
        "file": "made.pcap", "frame": 2, "time": "2026-11-13T08:00:00.001000000Z", "kind": "dns_answer",
        "client_mac": "02:00:5e:10:00:01", "client": "10.1.2.3", "client_port": 50_000,
        "server": "192.0.2.80", "server_port": 53, "proto": "udp", "host": "i.instagram.com",
        "ip": "192.0.2.80", "mac": "", "ech": None,
    }  # fmt: skip
    flows = extract(
        "made.pcap", "--format", "ndjson", "--what", "flows", cwd=capture.parent
    ).stdout.splitlines()
    assert [(row["host"], row["name_source"]) for row in map(json.loads, flows)] == [
        ("", "none"), ('a,"b".example', "http"), ("i.instagram.com", "dns")
    ]  # fmt: skip


@pytest.mark.parametrize("what", ["names", "flows"])
def test_a_capture_without_frames_gives_a_header(tmp_path: Path, what: str) -> None:
    path = tmp_path / "none.pcap"
    path.write_bytes(pcap_header())
    run = extract(path, "--what", what, "--format", "csv")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip() == (NAMES if what == "names" else FLOWS)
    assert json.loads(extract(path, "--what", what, "--format", "json").stdout) == []


@pytest.mark.parametrize("what", ["names", "flows"])
def test_all_bad_files_are_named_and_the_good_one_is_read(capture: Path, what: str) -> None:
    folder = capture.parent
    (folder / "empty.pcap").write_bytes(b"")
    (folder / "text.pcap").write_text("minute,host\n", encoding="utf-8")
    run = extract(
        "none.pcap",
        "empty.pcap",
        "made.pcap",
        "text.pcap",
        ".",
        "--what",
        what,
        "--format",
        "csv",
        cwd=folder,
    )
    assert run.returncode == 2
    lines = run.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["none.pcap", "empty.pcap", "text.pcap", "."]
    assert "no such file" in lines[0]
    assert "is empty" in lines[1]
    assert "is not a capture" in lines[2]
    assert len(run.stdout.splitlines()) == 4, "the good capture's rows"


def test_a_truncated_capture_is_used_and_noted(capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-3])
    run = extract(capture, "--format", "csv")
    assert run.returncode == 0
    assert len(run.stdout.splitlines()) == 4
    assert len(run.stderr.splitlines()) == 1
    assert "after frame 3" in run.stderr
    assert str(capture) in run.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["--what", "everything", "x.pcap"], ["--format", "xml", "x.pcap"], ["--colour", "x"]]
)
def test_wrong_usage(arguments: list[str]) -> None:
    run = extract(*arguments)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "long.pcap"
    path.write_bytes(pcap(evenly(FRAMES[:1] * 60_000)))
    with subprocess.Popen(
        [PROGRAM, "extract", str(path), "--format", "csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b""
        assert run.wait() in (0, 1, 141)
