"""Behind a router and inside tunnels: whose traffic it is, from captures to the chain behind a finding."""

from __future__ import annotations

import csv
import io
import json
import struct
from pathlib import Path

import made_run
import pyarrow.parquet as pq
import pytest
from made_captures import Stamped, pcap
from made_claims import advertisement, arp
from made_packets import ROUTER_MAC, ethernet, framed, http_request, ipv4, ipv6, tcp, udp

DAY = "2026-11-09"  # a Monday
START_S = 1_794_236_400  # 15:00 UTC, 09:00 in the district
TEACHER_MAC, OTHER_MAC, STUDENT_MAC = 0x00_00_5E_00_53_10, 0x00_00_5E_00_53_11, 0x00_00_5E_00_53_29
TEACHER, OTHER = "HS-LT-01", "HS-LT-02"
CLIENT, CLIENT6, SERVER, SERVER6 = "10.30.1.7", "2001:db8:30::7", "192.0.2.80", "2001:db8:99::80"
AP, CONTROLLER = "10.9.0.2", "10.9.0.1"


def visit(minute: int, client: str = CLIENT, mac: int = ROUTER_MAC) -> list[Stamped]:
    """A request and an answer, as seen behind a router."""
    server, port = SERVER6 if ":" in client else SERVER, 50_000 + minute
    up = tcp(http_request("www.instagram.com"), port, 80)
    down = tcp(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(3000), 80, port)
    frames = [framed(up, 6, client, server, mac), framed(down, 6, server, client, ROUTER_MAC)]
    return at(minute, 20, *frames)


def at(minute: int, second: int, *frames: bytes) -> list[Stamped]:
    start = START_S + 60 * minute + second
    return [(start * 1_000_000_000 + number * 1_000_000, frame) for number, frame in enumerate(frames)]


def district(folder: Path, *stamped: list[Stamped], sees_mac: bool = False) -> Path:
    """The sample district with one capture, audited."""
    made_run.sample(folder, ())
    settings = folder / "auditor.toml"
    text = settings.read_text(encoding="utf-8")
    if not sees_mac:
        text = text.replace("sees_client_mac = true", "sees_client_mac = false")
    settings.write_text(text, encoding="utf-8")
    capture = folder / "captures" / "high" / "made.pcap"
    capture.parent.mkdir(parents=True)
    capture.write_bytes(pcap([frame for frames in stamped for frame in frames]))
    ingested = made_run.run("ingest", "-d", folder)
    assert ingested.code == 0, ingested.err
    audited = made_run.run("audit", "-d", folder, "--from", DAY, "--to", DAY)
    assert audited.code == 0, audited.err
    return folder


def findings(folder: Path) -> list[dict[str, str]]:
    ran = made_run.run("findings", "-d", folder, "--from", DAY, "--to", DAY, "--format", "csv")
    return list(csv.DictReader(io.StringIO(ran.out)))


def devices(folder: Path) -> list[tuple[str, str]]:
    """(device, local start) of each finding."""
    return [(row["device_id"], row["started_at"][11:16]) for row in findings(folder)]


def explained(folder: Path) -> str:
    (row,) = findings(folder)
    return made_run.run("explain", "-d", folder, row["finding_id"]).out


def stored(folder: Path, kind: str) -> list[dict[str, object]]:
    return [
        row
        for path in (folder / "warehouse" / kind).rglob("*.parquet")
        for row in pq.read_table(path).to_pylist()
        if not row.get("logged")  # the sample district's lease files
    ]


@pytest.mark.parametrize(
    ("claim", "client", "words"),
    [
        (arp(CLIENT, TEACHER_MAC), CLIENT, "known by ARP: it said that the address was its own"),
        (advertisement(CLIENT6, TEACHER_MAC), CLIENT6, "known by neighbour discovery"),
    ],
)
def test_a_claim_names_the_device(claim: bytes, client: str, words: str, tmp_path: Path) -> None:
    folder = district(tmp_path / "d", at(0, 0, claim), visit(0, client), visit(1, client))
    assert devices(folder) == [(TEACHER, "09:00")]
    text = explained(folder)
    assert words in text
    assert "[captures/high/made.pcap frame 1]" in text
    assert findings(folder)[0]["confidence"] != "high"


def test_dhcpv6_names_the_device(tmp_path: Path) -> None:
    given = b"\0\5\0\x18" + bytes.fromhex("20010db8003000000000000000000007") + struct.pack(">II", 600, 900)
    duid = b"\0\1\0\x0a\0\3\0\1" + TEACHER_MAC.to_bytes(6)
    association = struct.pack(">HHIII", 3, 12 + len(given), 1, 0, 0) + given
    reply = udp(b"\x07\0\0\1" + duid + association, 547, 546)
    frame = framed(reply, 17, "fe80::1", "fe80::7", ROUTER_MAC)
    folder = district(tmp_path / "d", at(0, 0, frame), visit(0, CLIENT6), visit(1, CLIENT6))
    assert devices(folder) == [(TEACHER, "09:00")]
    assert "known by DHCPv6, the lease of its address" in explained(folder)
    (lease,) = stored(folder, "leases")
    assert (lease["kind"], lease["to_minute"] - lease["from_minute"]) == ("dhcpv6", 16)  # type: ignore[operator]


def test_an_address_that_is_handed_on_in_mid_session_splits_it(tmp_path: Path) -> None:
    """One device is last seen to have it, then another says so; the connection's minutes go on."""
    frames = [*at(0, 0, arp(CLIENT, TEACHER_MAC)), *visit(0), *visit(1)]
    frames += [*at(2, 0, arp(CLIENT, OTHER_MAC)), *visit(2), *visit(3)]
    assert devices(district(tmp_path / "d", frames)) == [(TEACHER, "09:00"), (OTHER, "09:02")]


def test_a_claim_holds_for_five_minutes_more(tmp_path: Path) -> None:
    frames = [*at(0, 0, arp(CLIENT, TEACHER_MAC)), *(frame for minute in range(8) for frame in visit(minute))]
    found = findings(district(tmp_path / "d", frames))
    assert [(row["device_id"] == TEACHER, row["minutes"]) for row in found] == [(True, "6"), (False, "2")]


def test_a_students_claim_keeps_their_traffic_out(tmp_path: Path) -> None:
    folder = district(tmp_path / "d", at(0, 0, arp(CLIENT, STUDENT_MAC)), visit(0), visit(1))
    assert stored(folder, "activity") == []
    assert sum(row["value"] for row in stored(folder, "coverage") if row["measure"] == "flows_student") == 2  # type: ignore[misc]


def test_claims_are_stored_only_where_they_can_matter(tmp_path: Path) -> None:
    said = at(0, 0, arp(CLIENT, TEACHER_MAC), arp("10.30.1.8", OTHER_MAC), arp("10.77.1.8", OTHER_MAC))
    assert len(stored(district(tmp_path / "behind", said, visit(0)), "leases")) == 2, (
        "of the clients' networks"
    )
    seen = district(tmp_path / "seen", said, visit(0, mac=TEACHER_MAC), sees_mac=True)
    assert devices(seen) == [(TEACHER, "09:00")]
    assert stored(seen, "leases") == []
    bare = ethernet(
        ipv4(ipv4(tcp(http_request("www.instagram.com"), 50_000, 80), CLIENT, SERVER, 6), AP, CONTROLLER, 4)
    )
    partly = district(tmp_path / "partly", said, at(0, 1, bare), sees_mac=True)
    assert len(stored(partly, "leases")) == 1, "of the address that came without a MAC"


def vxlan(inner: bytes, near: str, far: str) -> bytes:
    packet = udp(b"\x08" + bytes(7) + inner, 5, 4789)
    return framed(packet, 17, near, far, ROUTER_MAC)


def tunnelled(minute: int, near: str = AP) -> list[Stamped]:
    frames = visit(minute, mac=TEACHER_MAC)
    ends = [(near, CONTROLLER), (CONTROLLER, near)]
    return [(when, vxlan(frame, *pair)) for (when, frame), pair in zip(frames, ends, strict=True)]


def test_the_access_point_is_named(tmp_path: Path) -> None:
    folder = district(tmp_path / "d", tunnelled(0), tunnelled(1), sees_mac=True)
    assert devices(folder) == [(TEACHER, "09:00")]
    assert f"seen through {AP}, an access point or the end of a tunnel" in explained(folder)
    ran = made_run.run(
        "report", "-d", folder, "coverage", "--from", DAY, "--to", DAY, "--format", "json", "--out", tmp_path
    )
    assert ran.code == 0, ran.err
    (path,) = tmp_path.glob("*.json")
    tables = json.loads(path.read_text(encoding="utf-8"))
    (row,) = tables["tables"]["through"]
    assert (row["sensor"], row["seen_through"], row["days"], row["flows"]) == ("high", AP, 1, 2)
    assert row["bytes"] > 6000
    assert not [row for row in tables["tables"]["measures"] if "through" in row["measure"]]


def test_two_access_points_in_one_session(tmp_path: Path) -> None:
    folder = district(tmp_path / "d", tunnelled(0), tunnelled(1, "10.9.0.3"), sees_mac=True)
    text = explained(folder)
    assert f"seen through {AP}," in text
    assert "seen through 10.9.0.3," in text


@pytest.mark.parametrize("end", ["10.30.9.9", "2001:db8:30::9"])
def test_an_end_that_may_be_the_clients_own_machine_is_not_named(end: str, tmp_path: Path) -> None:
    """Bare IP inside the tunnel; or an address of the clients' networks."""
    request = tcp(http_request("www.instagram.com"), 50_000, 80)
    wrap, far = (ipv6, SERVER6) if ":" in end else (ipv4, CONTROLLER)
    kind = 0x86DD if ":" in end else 0x0800
    bare = ethernet(
        wrap(ipv4(request, CLIENT, SERVER, 6), "2001:db8:5::5" if ":" in end else "172.16.0.5", far, 4), kind
    )
    framed_inside = vxlan(framed(request, 6, CLIENT, SERVER, TEACHER_MAC), end, far)
    folder = district(tmp_path / "d", at(0, 0, bare), at(1, 0, framed_inside), sees_mac=True)
    assert {row["seen_through"] for row in stored(folder, "activity")} == {""}
    measures = {
        row["measure"]: row["value"] for row in stored(folder, "coverage") if "through" in str(row["measure"])
    }
    assert set(measures) == {"flows_through others", "bytes_through others"}
