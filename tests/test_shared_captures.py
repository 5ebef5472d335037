"""Captures that lie beside the repository: those of peers' test suites, and one of real browsers."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_run import AUDITOR, run

SHARED = Path(__file__).resolve().parents[2] / "shared"
PEERS, BROWSERS = SHARED / "peer_captures", SHARED / "browser_capture"
KINDS = ("tls", "quic", "http", "dns_query", "dns_answer", "dhcp")
RECALL, PRECISION = 0.90, 0.99

# the clients of browser_capture/README.md; c3's MAC is randomised
VISITED = {
    "c1": {"pinterest", "vsco", "discord"},
    "c2": {"linkedin", "tumblr"},
    "c3": {"threads", "flickr"},
    "c4": set(),
}
SAME_NAME_AS_A_VISIT = {("c4", "instagram")}  # www.instagram.com/embed.js

SETTINGS = """
[district]
name = "Laboratory"
timezone = "America/Chicago"
[usage]
active_bytes = 1
[[sensors]]
name = "bridge"
site = "laboratory"
captures = "captures/*.pcap"
networks = ["10.77.8.0/24"]
"""
FOLDER = {
    "auditor.toml": SETTINGS,
    "staff.csv": "employee_id,name,email,site,role,supervisor_id,schedule\n"
    + "".join(f"E{n},Client {n},c{n}@example.org,laboratory,tester,,always\n" for n in (1, 2, 3, 4)),
    "schedules.csv": "schedule,weekday,start,end\n"
    + "".join(f"always,{day},00:00,00:00\n" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
    "calendar.csv": "date,site,kind,schedule,note\n",
    "exceptions.csv": "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to\n",
    "approved_tools.csv": "platform,basis,approved_by,valid_from,valid_to\n",
}


# peers' captures


@pytest.fixture(scope="module")
def scored() -> str:
    if not PEERS.is_dir():
        pytest.skip("the peers' captures are not here")
    command = [sys.executable, str(PEERS / "run"), "--command", AUDITOR]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=900).stdout


def test_no_capture_of_the_peers_fails(scored: str) -> None:
    failed = re.findall(r"^exit (\d+): (.*)$", scored, re.MULTILINE)
    assert [line for line in failed if line[0] != "2" or "Traceback" in line[1]] == []
    assert "674 captures" in scored


@pytest.mark.parametrize("kind", KINDS)
def test_names_in_the_captures_of_the_peers(scored: str, kind: str) -> None:
    (row,) = [line.split() for line in scored.splitlines() if line.startswith(f"{kind} ")]
    assert float(row[3]) >= RECALL
    assert float(row[6]) >= PRECISION


# real browsers


@pytest.fixture(scope="module")
def visits() -> list[dict[str, str]]:
    if not BROWSERS.is_dir():
        pytest.skip("the browsers' capture is not here")
    return list(csv.DictReader((BROWSERS / "visits.csv").read_text().splitlines()))


@pytest.fixture(scope="module")
def laboratory(visits: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district of four employees with a phone each."""
    folder = tmp_path_factory.mktemp("laboratory")
    for name, text in FOLDER.items():
        (folder / name).write_text(text)
    macs = sorted({(row["client"], row["mac"]) for row in visits})
    rows = "".join(f"{client},{mac},personal,E{client[1]}\n" for client, mac in macs)
    (folder / "devices.csv").write_text("device_id,mac,ownership,assigned_to\n" + rows)
    shutil.copytree(BROWSERS / "captures", folder / "captures")
    for verb in ("ingest", "audit"):
        ran = run(verb, "-d", folder)
        assert ran.code == 0, ran.err
    return folder


def rows_of(*arguments: object) -> list[dict[str, str]]:
    ran = run(*arguments, "--format", "csv")
    assert ran.code == 0, ran.err
    return list(csv.DictReader(io.StringIO(ran.out)))


def platforms(folder: Path) -> dict[str, set[str]]:
    """The platforms found, by client; the randomised MAC is nobody's, so what is left is c3's."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows_of("findings", "-d", folder):
        found[row["device_id"] if row["device_id"] in VISITED else "c3"].add(row["platform"])
    return found


def test_what_was_visited_is_what_is_known_of_it(visits: list[dict[str, str]]) -> None:
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for row in visits:
        (which,) = rows_of("signatures", "which", re.split("[/:]+", row["url"])[1])
        seen[row["client"]] |= {which["platform"]} - {""}
    assert {client: seen[client] for client in VISITED} == VISITED


def test_every_visited_platform_and_no_embedded_one(laboratory: Path) -> None:
    found = platforms(laboratory)
    for client, expected in VISITED.items():
        assert expected <= found[client]
        assert {(client, name) for name in found[client] - expected} <= SAME_NAME_AS_A_VISIT


def test_the_visit_under_ech_is_named_from_dns(laboratory: Path) -> None:
    flows = rows_of("extract", "--what", "flows", BROWSERS / "captures" / "lab.pcap")
    assert [row for row in flows if (row["host"], row["name_source"]) == ("discord.com", "dns")]
    (found,) = [row for row in rows_of("findings", "-d", laboratory) if row["platform"] == "discord"]
    assert "discord.com" in found["hosts"].split()
    assert "named by dns" in run("explain", found["finding_id"], "-d", laboratory).out


def test_a_randomised_mac_is_nobodys(laboratory: Path) -> None:
    rows = [row for row in rows_of("findings", "-d", laboratory) if row["platform"] in VISITED["c3"]]
    assert {row["disposition"] for row in rows} == {"unattributed"}
    assert {row["person"] for row in rows} == {""}


# the bytes of flows, as Wireshark counts them

FIELDS = (
    "frame.len", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
    "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport",
)  # fmt: skip
Ends = tuple[tuple[str, str], tuple[str, str], str]


def told_by_tshark(capture: Path) -> Iterator[tuple[Ends, int]]:
    command = [
        "tshark",
        "-r",
        str(capture),
        "-T",
        "fields",
        "-E",
        "occurrence=f",
        "-Y",
        "(tcp or udp) and not icmp and not icmpv6",
    ]
    for name in FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        size, v4_from, v4_to, v6_from, v6_to, *ports = line.split("\t")
        proto = "tcp" if ports[0] else "udp"
        source, target = ports[:2] if ports[0] else ports[2:]
        one, two = sorted([(v4_from or v6_from, source), (v4_to or v6_to, target)])
        yield (one, two, proto), int(size)


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_flows_hold_what_tshark_counts(visits: list[dict[str, str]]) -> None:
    capture = BROWSERS / "captures" / "lab.pcap"
    size, packets = Counter[Ends](), Counter[Ends]()
    for ends, length in told_by_tshark(capture):
        size[ends] += length
        packets[ends] += 1
    our_size, our_packets = Counter[Ends](), Counter[Ends]()
    for row in rows_of("extract", "--what", "flows", capture):
        one, two = sorted([(row["client"], row["client_port"]), (row["server"], row["server_port"])])
        our_size[one, two, row["proto"]] += int(row["bytes_up"]) + int(row["bytes_down"])
        our_packets[one, two, row["proto"]] += int(row["packets_up"]) + int(row["packets_down"])
    assert our_size == size
    assert our_packets == packets
    assert len(size) > 100
