"""What could not be seen, from a capture to the coverage of its day: tunnels, canaries, losses, copies."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from made_captures import block, enhanced, interface, option, section
from made_packets import (
    ACK,
    SYN,
    dns_answer,
    dns_query,
    framed,
    http_request,
    tcp_frame,
    udp_frame,
)
from made_run import run, sample

from auditor.district import load_district
from auditor.jobs.resolvers import RESOLVERS
from auditor.records import address_halves
from auditor.warehouse import Warehouse

CLIENT = "10.30.1.77"  # of no device that is known
START_US = 1_794_837_600_000_000  # 2026-11-16 14:00 UTC, a Monday
STEP_US = 50_000
Stamped = tuple[int, bytes]


def at(frames: Sequence[bytes], first: int = 0) -> list[Stamped]:
    return [(START_US + (first + number) * STEP_US, frame) for number, frame in enumerate(frames)]


def coverage(folder: Path, frames: Sequence[Stamped], *behind: bytes, cut: int = 0) -> dict[str, int]:
    """What is counted of the one day; `cut` bytes of the first frame were not captured."""
    district = sample(folder / "district", captures=())
    path = district / "captures" / "high" / "made.pcapng"
    path.parent.mkdir(parents=True)
    blocks = [
        enhanced(time, data, wire=len(data) + (0 if number else cut))
        for number, (time, data) in enumerate(frames)
    ]
    path.write_bytes(section() + interface() + b"".join(blocks) + b"".join(behind))
    assert run("ingest", "-d", district).code == 0
    rows = Warehouse.open(load_district(district).warehouse)
    (day,) = rows.days()
    return {row["measure"]: row["value"] for row in rows.coverage(day, day).to_pylist()}


def udp(data: bytes, port: int, up: bool = True, server: str = "192.0.2.80") -> bytes:
    return udp_frame(data, client=CLIENT, server=server, server_port=port, up=up)


def tcp(data: bytes, seq: int = 100, **options: object) -> bytes:
    return tcp_frame(data, seq, client=CLIENT, **options)  # type: ignore[arg-type]


def denied(host: str, code: int = 3, qtype: int = 1) -> bytes:
    """An answer with this response code and nothing else."""
    query = dns_query(host, qtype)
    return query[:2] + struct.pack(">H", 0x8180 | code) + query[4:]


WIREGUARD = [
    udp(b"\1\0\0\0\7\0\0\0" + bytes(140), 51820),
    udp(b"\2\0\0\0\5\0\0\0\7\0\0\0" + bytes(80), 51820, up=False),
]


@pytest.mark.parametrize(
    ("kind", "frames", "named"),
    [
        ("wireguard", WIREGUARD, False),
        ("dot", [tcp(b"\x17\3\3\0\x10" + bytes(16), server_port=853)], False),
        ("doq", [udp(b"\x40" + bytes(40), 853)], False),
        ("doh", [tcp(b"\x17\3\3\0\x10" + bytes(16), server="1.1.1.1")], False),
        ("doh", [tcp(http_request("dns.google"))], True),
        ("relay", [tcp(http_request("mask.icloud.com"))], True),
        ("vpn", [tcp(http_request("nordvpn.com"))], True),
        ("ipsec", [udp(b"\xc0\0\0\1" + bytes(40), 4500)], False),
    ],
)
def test_tunnels_by_kind(tmp_path: Path, kind: str, frames: list[bytes], named: bool) -> None:
    counts = coverage(tmp_path, at(frames))
    size = sum(map(len, frames))
    assert {name: value for name, value in counts.items() if "_tunnel_" in name} == {
        f"bytes_tunnel_{kind}": size, f"flows_tunnel_{kind}": 1
    }  # fmt: skip
    assert (counts.get("bytes_tunnel", 0), counts.get("bytes_unnamed", 0)) == (
        (size, 0) if named else (0, size)
    )


def test_what_is_no_tunnel(tmp_path: Path) -> None:
    frames = [
        tcp(http_request("www.vsco.co")),
        udp(b"\x17" + bytes(40), 9999),
        tcp(b"\x17\3\3\0\1\0", server_port=8443),
    ]
    counts = coverage(tmp_path, at(frames))
    assert not [name for name in counts if "tunnel" in name]


def test_a_tunnel_to_a_name_outside_the_catalogue_is_blind_too(tmp_path: Path) -> None:
    answer = udp_frame(
        dns_answer("vpn.firm.example", "192.0.2.80"), client=CLIENT, server="10.30.0.53", up=False
    )
    counts = coverage(tmp_path, at([answer, *WIREGUARD]))
    size = sum(map(len, WIREGUARD))
    assert counts["bytes_unlisted"] == counts["bytes_tunnel"] == counts["bytes_tunnel_wireguard"] == size


def test_tunnels_that_are_neither_tcp_nor_udp(tmp_path: Path) -> None:
    esp = framed(b"\0\0\x10\0" + bytes(60), 50, CLIENT)
    counts = coverage(tmp_path, at([esp, tcp(b"x"), esp]))
    assert counts["bytes_tunnel"] == counts["bytes_tunnel_ipsec"] == 2 * len(esp)
    assert (counts["frames"], counts["bytes"]) == (3, 2 * len(esp) + len(tcp(b"x")))


def canaries(folder: Path, *messages: bytes) -> dict[str, int]:
    frames = [udp_frame(data, client=CLIENT, server="10.30.0.53", up=not data[2] & 0x80) for data in messages]
    return {
        name.removeprefix("canary_"): value
        for name, value in coverage(folder, at(frames)).items()
        if name.startswith("canary_")
    }


MASK, MASK_H2, FIREFOX = "mask.icloud.com", "mask-h2.icloud.com", "use-application-dns.net"


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([dns_query(MASK), denied(MASK)], {"private_relay_asked": 1, "private_relay_denied": 1}),
        ([denied(MASK, 0)], {"private_relay_denied": 1}),
        ([denied(MASK_H2, 2), denied(MASK_H2, 5)], {"private_relay_denied": 2}),
        ([denied(MASK, 3, 28)], {"private_relay_denied": 1}),
        ([denied(MASK, 0, 28), denied(MASK, 0, 65)], {}),  # no AAAA, no HTTPS record: many names have none
        ([dns_answer(MASK, "17.248.1.1")], {"private_relay_allowed": 1}),
        ([dns_answer(FIREFOX, "44.236.1.1")], {"firefox_doh_allowed": 1}),
        ([denied(FIREFOX)], {"firefox_doh_denied": 1}),
        ([denied("www.vsco.co"), denied("x." + MASK), dns_answer("vsco.co", "192.0.2.1")], {}),
        ([denied(MASK)[:20]], {}),
        ([denied(MASK, 0)[:2] + b"\x83" + denied(MASK, 0)[3:]], {}),  # cut, to be asked again over TCP
    ],
)
def test_canaries(tmp_path: Path, messages: list[bytes], found: dict[str, int]) -> None:
    assert canaries(tmp_path, *messages) == found


def test_denials_are_no_rows_of_extract(tmp_path: Path) -> None:
    path = tmp_path / "made.pcapng"
    frame = udp_frame(denied(MASK), client=CLIENT, up=False)
    path.write_bytes(section() + interface() + enhanced(START_US, frame))
    done = run("extract", path, "--format", "csv")
    assert (done.code, len(done.out.splitlines())) == (0, 1)


def test_losses_and_copies(tmp_path: Path) -> None:
    frames = at(
        [
            tcp(b"", 99, flags=SYN),
            tcp(b"", 6999, flags=SYN | ACK, up=False, ack=100),
            tcp(b"x" * 50, 7000, up=False),
            tcp(b"x" * 50, 7100, up=False),  # 50 bytes before it are missing
            tcp(b"", 100, flags=ACK, ack=7150),
            tcp(b"", 100, flags=ACK, ack=7151),
        ]
    )
    twice = [*frames[:4], (frames[3][0] + 20, frames[3][1]), *frames[4:]]
    drops = block(5, bytes(12) + option(5, struct.pack("<Q", 12)) + option(7, struct.pack("<Q", 3)))
    counts = coverage(tmp_path, twice, drops, cut=7)
    assert counts["frames"] == 6
    assert (counts["frames_twice"], counts["bytes_twice"]) == (1, len(frames[3][1]))
    assert (counts["bytes_unseen"], counts.get("bytes_unseen_one_sided")) == (50, 0)
    assert (counts["frames_cut"], counts["bytes_cut"]) == (1, 7)
    assert counts["frames_dropped"] == 15


def test_a_whole_capture_has_no_losses(tmp_path: Path) -> None:
    counts = coverage(tmp_path, at([tcp(b"", 99, flags=SYN), tcp(b"x")]))
    lossy = (
        "frames_twice",
        "frames_cut",
        "frames_dropped",
        "frames_filtered",
        "bytes_unseen",
        "bytes_unseen_one_sided",
    )
    assert not [name for name in lossy if name in counts]


def test_addresses_of_resolvers() -> None:
    assert address_halves("8.8.8.8") in RESOLVERS
    assert address_halves("192.0.2.1") not in RESOLVERS
