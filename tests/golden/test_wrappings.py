"""One capture for each link type and tunnel: our rows, tshark's, and the tables of docs/link-types.md agree."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import dpkt
import numba
import pytest

from auditor.capture.linktypes import READABLE
from auditor.kernel import link as kernel_link
from auditor.kernel.layers import DEPTH, NOT_IP
from auditor.shipped import shipped

GOLDEN = Path(__file__).resolve().parent / "wrappings"
ROOT = Path(__file__).resolve().parents[2]
FOLDER = shipped("sample_pcaps") / "wrappings"
NAMES = sorted(path.stem for path in FOLDER.glob("*.pcap") if not path.stem.startswith("refused-"))
REFUSED = sorted((path.name for path in FOLDER.glob("refused-*.pcap")), key=lambda name: int(name[8:-5]))
PAGE = (ROOT / "docs" / "link-types.md").read_text(encoding="utf-8")
HOST = "www.instagram.com"
NOT_TSHARKS = ("pppd",)  # its reader doesn't know the number
first_layer_of_ethertype = kernel_link.layer_of_ethertype


def extract(what: str, names: list[str]) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("auditor"))
    command = [program, "extract", *names, "--what", what, "--format", "csv"]
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def printed() -> dict[str, list[str]]:
    """Lines by table."""
    files = [f"{name}.pcap" for name in NAMES]
    return {what: extract(what, files).stdout.splitlines() for what in ("names", "flows")}


@pytest.mark.parametrize("name", NAMES)
def test_names_and_flows(name: str, printed: dict[str, list[str]]) -> None:
    for what, ending in (("names", ".csv"), ("flows", ".flows.csv")):
        header, *lines = printed[what]
        found = [header, *sorted(line for line in lines if line.startswith(f"{name}.pcap,"))]
        first, *expected = (GOLDEN / f"{name}{ending}").read_text(encoding="utf-8").splitlines()
        assert found == [first, *sorted(expected)]


def test_what_is_refused_is_named() -> None:
    run = extract("names", REFUSED)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (GOLDEN / "refused.txt").read_text(encoding="utf-8")


def test_the_script_makes_these_files() -> None:
    code = "import pickle, sys, make_wrappings as made; sys.stdout.buffer.write(pickle.dumps(made.files()))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "sample_pcaps"), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    made: dict[Path, bytes] = pickle.loads(run.stdout)
    there = {path for path in [*FOLDER.iterdir(), *GOLDEN.iterdir()] if path.name != "refused.txt"}
    assert {path.name for path in made} == {path.name for path in there}
    for path, data in made.items():
        where = FOLDER if path.suffix == ".pcap" else GOLDEN
        assert (where / path.name).read_bytes() == data, path.name


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_TSHARKS])
def test_tshark_sees_the_same_inside(name: str) -> None:
    """Addresses, ports and name of the innermost packet that holds the hello."""
    expected = (GOLDEN / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    row = dict(zip(expected[0].split(","), expected[-1].split(","), strict=True))
    ip = "ipv6" if ":" in row["client"] else "ip"
    fields = ["frame.number", f"{ip}.src", f"{ip}.dst", "tcp.srcport", "tcp.dstport"]
    wanted = [*fields, "tls.handshake.extensions_server_name"]
    command = ["tshark", "-n", "-r", f"{name}.pcap", "-Y", "tls.handshake.type == 1", "-T", "fields"]
    command += ["-E", "occurrence=l", "-o", "capwap.swap_fc:FALSE"]
    command += [part for field in wanted for part in ("-e", field)]
    run = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
    ends = [row["client"], row["server"], row["client_port"], row["server_port"]]
    assert run.stdout.split() == [row["frame"], *ends, HOST]


def tables() -> list[list[str]]:
    """Rows of the page's tables: what, number, source, MAC, samples."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
    ]
    return [row for row in cells if len(row) == 5 and row[3] in ("yes", "no")]


ROWS = tables()


def samples_of(text: str) -> list[str]:
    return re.findall(r"`([a-z0-9-]+)`", text)


def test_the_page_lists_each_sample_once() -> None:
    listed = [name for row in ROWS for name in samples_of(row[4])]
    assert sorted(listed) == NAMES
    assert samples_of(PAGE.partition("Samples: ")[2].partition("\n\n")[0]) == [
        Path(name).stem for name in REFUSED
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_a_row_of_the_page(row: list[str]) -> None:
    """The MAC is shown as the row says, and the sample has the row's number."""
    for name in samples_of(row[4]):
        lines = (GOLDEN / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert {line.split(",")[4] != "" for line in lines[1:]} == {row[3] == "yes"}, name
        with (FOLDER / f"{name}.pcap").open("rb") as file:
            reader = dpkt.pcap.Reader(file)
            link, frame = reader.datalink(), next(iter(reader))[1]
        numbers = [int(number, 0) for number in re.findall(r"0x[0-9A-F]+|\d+", row[1])]
        if row[1].startswith("0x"):
            assert any(struct.pack(">H", number) in frame[12:20] for number in numbers), name
        elif row[1].startswith(("UDP", "protocol")):
            outer = dpkt.ethernet.Ethernet(frame).data
            inner = outer.data
            assert (inner.dport if row[1].startswith("UDP") else outer.p) in numbers, name
        else:
            assert link in numbers, name


@numba.njit(_nrt=False)
def layer(ethertype):
    return first_layer_of_ethertype(ethertype)


def test_the_page_has_every_number_and_the_bound() -> None:
    links = {
        int(number)
        for row in ROWS
        for number in re.findall(r"\d+", row[1])
        if row[1][0].isdigit() and "x" not in row[1]
    }
    assert links == READABLE
    ethertypes = {int(number, 16) for number in re.findall(r"0x[0-9A-F]{4}", PAGE)}
    assert {number for number in range(0x600, 0x10000) if layer(number) != NOT_IP} == ethertypes
    assert f"At the most {DEPTH} rounds" in PAGE
