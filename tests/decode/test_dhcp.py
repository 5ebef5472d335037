from __future__ import annotations

import json

import pytest
import wire
from hypothesis import given
from hypothesis import strategies as st
from made_captures import evenly
from made_packets import ROUTER_MAC, framed, udp
from made_readings import read
from scapy.layers.dhcp import BOOTP, DHCP

from auditor.decode.dhcp import Ack, Request, ack, request

MAC = "78:f8:82:d3:fb:c2"
RAW_MAC = bytes.fromhex(MAC.replace(":", ""))
XID = 0x1A2B3C4D


def reply(options: list[object], **fields: object) -> bytes:
    bootp = BOOTP(**{"op": 2, "chaddr": RAW_MAC, "xid": XID, "yiaddr": "10.1.2.3", **fields})
    return bytes(bootp / DHCP(options=[("message-type", "ack"), *options, "end"]))


def asking(kind: str, options: list[object], **fields: object) -> bytes:
    bootp = BOOTP(**{"op": 1, "chaddr": RAW_MAC, "xid": XID, **fields})
    return bytes(bootp / DHCP(options=[("message-type", kind), *options, "end"]))


def option(number: int, data: bytes) -> bytes:
    return bytes([number, len(data)]) + data


def with_options(raw: bytes, sname: bytes = b"", file: bytes = b"") -> bytes:
    """A reply of which the option bytes, and the two fields that may hold more, are given."""
    fixed = bytearray(reply([])[:240])
    fixed[44:108] = sname.ljust(64, b"\0")
    fixed[108:236] = file.ljust(128, b"\0")
    return bytes(fixed) + raw


def test_an_ack() -> None:
    payload = reply([("lease_time", 43200), ("hostname", b"Lucas-iPhone")])
    assert ack(payload) == Ack(MAC, "10.1.2.3", "lucas-iphone", 43200, relayed=False)


def test_an_ack_by_way_of_a_relay() -> None:
    found = ack(reply([], giaddr="10.1.0.1"))
    assert found == Ack(MAC, "10.1.2.3", "", 0, relayed=True)


def test_the_answer_to_an_inform_leases_nothing() -> None:
    found = ack(reply([("lease_time", 99)], yiaddr="0.0.0.0", ciaddr="10.9.9.9"))
    assert found == Ack(MAC, "10.9.9.9", "", 0, relayed=False)
    assert ack(reply([], yiaddr="0.0.0.0")) is None


def test_a_reply_of_plain_bootp() -> None:
    assert ack(with_options(b"\xff")) == Ack(MAC, "10.1.2.3", "", 0, relayed=False)


@pytest.mark.parametrize("kind", ["discover", "request", "inform"])
def test_what_a_client_calls_itself(kind: str) -> None:
    assert request(asking(kind, [("hostname", b"pop-os")])) == Request(MAC, XID, "pop-os")
    assert request(asking(kind, [])) == Request(MAC, XID, "")


@pytest.mark.parametrize(
    ("options", "host"),
    [
        (option(12, b"Pop-OS\0"), "pop-os"),
        (option(12, b"Ann's iPad"), "ann's\\032ipad"),
        (option(12, b"gar\x01\xe9on"), "gar\\001\\233on"),
        (option(81, b"\0\0\0" + b"Laptop.isd347.example."), "laptop.isd347.example"),
        (option(81, b"\x04\0\0" + b"\x06Laptop\x06isd347\0"), "laptop.isd347"),
        (option(81, b"\x04\0\0" + b"\x06laptop"), "laptop"),
        (option(81, b"\x04\0\0" + b"\x3fcut"), ""),
        (option(81, b"\x04"), ""),
        (option(12, b"short") + option(81, b"\0\0\0long.example"), "short"),
        (option(12, b"in-two-") + b"\0\0" + option(12, b"parts"), "in-two-parts"),
    ],
)
def test_the_host_name(options: bytes, host: str) -> None:
    found = ack(with_options(options + b"\xff" + option(12, b"after the end")))
    assert found is not None
    assert found.host == host


@pytest.mark.parametrize(("overload", "host"), [(1, "file"), (2, "sname"), (3, "filesname"), (0, "")])
def test_options_that_overflow_into_other_fields(overload: int, host: str) -> None:
    end = b"\xff"
    payload = with_options(
        option(52, bytes([overload])) + end, sname=option(12, b"sname") + end, file=option(12, b"file") + end
    )
    found = ack(payload)
    assert found is not None
    assert found.host == host


def test_options_are_read_as_far_as_they_are_whole() -> None:
    payload = with_options(option(53, b"\5") + option(51, b"\0\0\1\0") + option(12, b"cut-off"))
    for end in (len(payload) - 1, len(payload) - 8):
        assert ack(payload[:end]) == Ack(MAC, "10.1.2.3", "", 256, relayed=False)


def test_what_is_neither() -> None:
    nak = bytes(
        BOOTP(op=2, chaddr=RAW_MAC, yiaddr="10.1.2.3") / DHCP(options=[("message-type", "nak"), "end"])
    )
    offer = bytes(
        BOOTP(op=2, chaddr=RAW_MAC, yiaddr="10.1.2.3") / DHCP(options=[("message-type", "offer"), "end"])
    )
    assert ack(nak) is None
    assert ack(offer) is None
    assert ack(asking("request", [])) is None
    assert request(asking("release", [])) is None
    assert request(reply([])) is None
    assert ack(reply([])[:239]) is None
    assert ack(reply([], hlen=16)) is None
    assert ack(reply([], htype=32)) is None


def datagram(payload: bytes, source: str, target: str, ports: tuple[int, int]) -> bytes:
    return framed(udp(payload, *ports), 17, source, target, ROUTER_MAC)


def rows(*frames: bytes) -> list[tuple[str, str, str, str]]:
    """(MAC, client's address, leased address, what the client calls itself) of each ACK."""
    seen, _ = read(evenly(frames))
    assert all(row.kind == "dhcp" for row in seen)
    return [(row.client_mac, row.client, row.ip, row.host) for row in seen]


AGENT = [("relay_agent_information", b"\1\4port\2\6" + b"\xaa" * 6)]  # option 82 (RFC 3046): a switch's MAC


def test_an_ack_between_server_and_relay() -> None:
    """Unicast from port 67 to port 67; the frame's MACs are the relay's and the server's."""
    asked = asking("request", [("hostname", b"pop-os"), *AGENT], giaddr="10.1.0.1", hops=1)
    given = reply([("lease_time", 3600), *AGENT], giaddr="10.1.0.1")
    frames = (
        datagram(asked, "10.1.0.1", "10.0.0.53", (67, 67)),
        datagram(given, "10.0.0.53", "10.1.0.1", (67, 67)),
        datagram(reply([("lease_time", 3600)], giaddr="10.1.0.1"), "10.1.0.1", "255.255.255.255", (67, 68)),
    )
    assert rows(*frames) == [(MAC, "10.1.2.3", "10.1.2.3", "pop-os")] * 2


def test_the_answer_to_an_inform_goes_to_the_clients_own_address() -> None:
    answer = reply([], yiaddr="0.0.0.0", ciaddr="10.9.9.9")
    frames = (
        datagram(asking("inform", [], ciaddr="10.9.9.9"), "10.9.9.9", "10.0.0.53", (68, 67)),
        datagram(answer, "10.0.0.53", "10.9.9.9", (67, 68)),
        datagram(answer, "10.0.0.53", "10.1.0.1", (67, 67)),
    )
    assert rows(*frames) == [(MAC, "10.9.9.9", "0.0.0.0", "")] * 2


@given(st.binary(max_size=400), st.binary(max_size=120))
def test_arbitrary_bytes_never_raise(data: bytes, options: bytes) -> None:
    for payload in (
        data,
        with_options(options),
        with_options(option(52, b"\3") + options, options[:64], options[:128]),
    ):
        ack(payload)
        request(payload)


@pytest.mark.skipif(not wire.PEER_CAPTURES.exists(), reason="the peers' captures are not here")
def test_the_peers_captures() -> None:
    rows = [json.loads(line) for line in (wire.PEER_CAPTURES / "truth.jsonl").open(encoding="utf-8")]
    captures = wire.Cached(lambda path: [payload for _, payload in wire.udp_payloads(path)])
    rows = [row for row in rows if row["kind"] == "dhcp"]
    assert rows
    for row in rows:
        asked = {found.mac: found.host for found in map(request, captures(row)) if found and found.host}
        acks = [found for found in map(ack, captures(row)) if found and found.mac == row["mac"]]
        address = row["ciaddr"] if row["ip"] == "0.0.0.0" else row["ip"]
        assert address in {found.ip for found in acks}
        assert row["host"] in {found.host or asked.get(found.mac, "") for found in acks}
        assert row.get("lease", 0) in {found.lease_s for found in acks}
