"""Which addresses DHCPv6 gives, and to which MAC; scapy makes the messages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_captures import evenly
from made_readings import read
from scapy.layers.dhcp6 import (
    DUID_EN,
    DUID_LL,
    DUID_LLT,
    DHCP6_Confirm,
    DHCP6_InfoRequest,
    DHCP6_Rebind,
    DHCP6_RelayForward,
    DHCP6_RelayReply,
    DHCP6_Release,
    DHCP6_Renew,
    DHCP6_Reply,
    DHCP6_Request,
    DHCP6_Solicit,
    DHCP6OptClientId,
    DHCP6OptClientLinkLayerAddr,
    DHCP6OptIA_NA,
    DHCP6OptIA_TA,
    DHCP6OptIAAddress,
    DHCP6OptRelayMsg,
    DHCP6OptServerId,
    DHCP6OptStatusCode,
)
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from auditor.decode.dhcpv6 import Given, message

MAC, OTHER_MAC, SERVER_MAC = "00:00:5e:00:53:07", "00:00:5e:00:53:08", "00:00:5e:00:53:fe"
LOCAL, SERVER, RELAY = "fe80::7", "2001:db8:53::1", "2001:db8:1::1"
ADDRESS, ADDRESS2 = "2001:db8:1::7", "2001:db8:1::8"
XID = 0x123456
DUID = DUID_LLT(lladdr=OTHER_MAC, timeval=7)  # of another interface
NUMBER = int(MAC.replace(":", ""), 16)


def client_id(duid: Packet = DUID) -> Packet:
    return DHCP6OptClientId(duid=duid)


def association(*addresses: tuple[str, int], kind: type[Packet] = DHCP6OptIA_NA, refused: int = 0) -> Packet:
    options: list[Packet] = [DHCP6OptIAAddress(addr=ip, preflft=9, validlft=valid) for ip, valid in addresses]
    if refused:
        options.append(DHCP6OptStatusCode(statuscode=refused))
    return kind(iaid=1, **{"ianaopts" if kind is DHCP6OptIA_NA else "iataopts": options})


def reply(*parts: Packet, duid: Packet = DUID, xid: int = XID) -> Packet:
    made = DHCP6_Reply(trid=xid) / client_id(duid) / DHCP6OptServerId(duid=DUID_EN(enterprisenum=1, id=b"s"))
    for part in parts or (association((ADDRESS, 3600)),):
        made = made / part
    return made


def asked(kind: type[Packet] = DHCP6_Request, duid: Packet = DUID, xid: int = XID) -> Packet:
    return kind(trid=xid) / client_id(duid) / association((ADDRESS, 0))


def forwarded(inner: Packet, mac: str = "", kind: type[Packet] = DHCP6_RelayForward) -> Packet:
    made = kind(linkaddr=RELAY, peeraddr=LOCAL) / DHCP6OptRelayMsg(message=inner)
    return made / DHCP6OptClientLinkLayerAddr(clladdr=mac) if mac else made


def frame(inner: Packet, source: str, target: str, mac: str, ports: tuple[int, int]) -> bytes:
    udp = UDP(sport=ports[0], dport=ports[1])
    return bytes(Ether(src=mac, dst=OTHER_MAC) / IPv6(src=source, dst=target) / udp / Raw(bytes(inner)))


def from_client(inner: Packet, source: str = LOCAL, mac: str = MAC) -> bytes:
    return frame(inner, source, "ff02::1:2", mac, (546, 547))


def to_client(inner: Packet) -> bytes:
    return frame(inner, "fe80::fe", LOCAL, SERVER_MAC, (547, 546))


def to_server(inner: Packet) -> bytes:
    return frame(inner, RELAY, SERVER, SERVER_MAC, (547, 547))


def to_relay(inner: Packet) -> bytes:
    return frame(inner, SERVER, RELAY, SERVER_MAC, (547, 547))


def tied(*frames: bytes) -> list[tuple[str, str]]:
    """(MAC, address) of each sighting."""
    seen, _ = read(evenly(frames))
    assert all(row.kind == "dhcpv6" and row.client == row.ip for row in seen)
    return [(row.client_mac, row.client) for row in seen]


def test_a_reply() -> None:
    found = message(bytes(reply(association((ADDRESS, 3600), (ADDRESS2, 7)))))
    assert found is not None
    assert (found.kind, found.xid, found.relayed, found.relay_mac) == (7, XID, False, 0)
    assert found.given == (Given(ADDRESS, 3600), Given(ADDRESS2, 7))
    assert found.duid == bytes(DUID)


@pytest.mark.parametrize(
    ("parts", "addresses"),
    [
        ([association((ADDRESS, 1)), association((ADDRESS2, 2), kind=DHCP6OptIA_TA)], [ADDRESS, ADDRESS2]),
        ([association((ADDRESS, 0))], []),  # taken back
        ([association((ADDRESS, 5), refused=2)], []),  # NoAddrsAvail
        ([association((ADDRESS, 0xFFFFFFFF))], [ADDRESS]),
        ([association(("ff02::1", 5), ("::", 5), ("::1", 5))], []),
        ([DHCP6OptStatusCode(statuscode=0)], []),
        (
            [
                DHCP6OptIA_NA(
                    ianaopts=[
                        DHCP6OptIAAddress(
                            addr=ADDRESS, validlft=5, iaaddropts=[DHCP6OptStatusCode(statuscode=4)]
                        )
                    ]
                )
            ],
            [],
        ),
    ],
)
def test_which_addresses_are_given(parts: list[Packet], addresses: list[str]) -> None:
    found = message(bytes(reply(*parts)))
    assert found is not None
    assert [given.ip for given in found.given] == addresses


@pytest.mark.parametrize(
    ("duid", "mac"),
    [
        (DUID_LLT(lladdr=MAC), NUMBER),
        (DUID_LL(lladdr=MAC), NUMBER),
        (DUID_LL(hwtype=32, lladdr=MAC), 0),
        (DUID_LL(lladdr="01:00:5e:00:00:01"), 0),
        (DUID_EN(enterprisenum=9, id=b"12345678"), 0),
        (Raw(b"\0\4" + bytes(16)), 0),  # DUID-UUID (RFC 6355)
        (Raw(b"\0\3\0\1" + bytes(8)), 0),
    ],
)
def test_the_mac_in_a_duid(duid: Packet, mac: int) -> None:
    found = message(bytes(reply(duid=duid)))
    assert found is not None
    assert found.duid_mac == mac


def test_messages_of_relays() -> None:
    inner = forwarded(asked(DHCP6_Solicit), MAC)
    for made in (inner, forwarded(inner), forwarded(forwarded(inner), OTHER_MAC)):
        found = message(bytes(made))
        assert found is not None
        assert (found.kind, found.relayed, found.relay_mac) == (1, True, NUMBER)
    deep: Packet = asked()
    for _ in range(8):
        deep = forwarded(deep)
    assert message(bytes(deep))
    assert message(bytes(forwarded(deep))) is None


@pytest.mark.parametrize("kind", [DHCP6_Solicit, DHCP6_Request, DHCP6_Renew, DHCP6_Rebind])
def test_the_frame_of_the_question_names_the_client(kind: type[Packet]) -> None:
    assert tied(from_client(asked(kind)), to_client(reply())) == [(MAC, ADDRESS)]


def test_the_relay_names_the_client() -> None:
    answer = forwarded(reply(), kind=DHCP6_RelayReply)
    assert tied(to_server(forwarded(asked(), MAC)), to_relay(answer)) == [(MAC, ADDRESS)]
    both = [from_client(asked()), to_server(forwarded(asked())), to_relay(answer), to_client(reply())]
    assert tied(*both) == [(MAC, ADDRESS)] * 2


def test_else_the_duid_names_the_client() -> None:
    assert tied(to_client(reply())) == [(OTHER_MAC, ADDRESS)]
    assert tied(to_server(forwarded(asked())), to_relay(forwarded(reply(), kind=DHCP6_RelayReply))) == [
        (OTHER_MAC, ADDRESS)
    ], "the frame is the relay's"
    assert tied(from_client(asked(), source="2001:db8:9::9", mac=SERVER_MAC), to_client(reply())) == [
        (OTHER_MAC, ADDRESS)
    ], "a question that routers have passed on comes from a router's MAC"


def test_a_client_that_nothing_names() -> None:
    duid = DUID_EN(enterprisenum=9, id=b"12345678")
    assert tied(to_client(reply(duid=duid))) == []
    assert tied(from_client(asked(duid=duid)), to_client(reply(duid=duid))) == [(MAC, ADDRESS)]
    assert tied(from_client(asked(duid=duid, xid=1)), to_client(reply(duid=duid))) == [], "another question"


def test_machines_that_were_copied_with_their_duid() -> None:
    """The transaction tells them apart."""
    first, second = from_client(asked(xid=1)), from_client(asked(xid=2), mac=OTHER_MAC)
    answers = [to_client(reply(association((ip, 9)), xid=xid)) for xid, ip in ((2, ADDRESS2), (1, ADDRESS))]
    assert tied(first, second, *answers) == [(OTHER_MAC, ADDRESS2), (MAC, ADDRESS)]


@pytest.mark.parametrize("kind", [DHCP6_Confirm, DHCP6_Release, DHCP6_InfoRequest])
def test_what_asks_for_no_address(kind: type[Packet]) -> None:
    assert message(bytes(kind(trid=1) / client_id())) is None


def test_what_is_none() -> None:
    whole = bytes(reply())
    assert message(b"") is None
    assert message(b"\x07\0\0") is None
    assert message(bytes(DHCP6_Reply(trid=1) / association((ADDRESS, 5)))) is None, "nobody's"
    assert message(whole[:4] + b"\0\1\0\x83" + bytes(131)) is None, "a DUID has 130 bytes at the most"
    assert message(bytes([12]) + bytes(33)) is None


def test_a_cut_message_gives_no_other_address() -> None:
    whole = bytes(reply(association((ADDRESS, 3600), (ADDRESS2, 7))))
    known = (Given(ADDRESS, 3600), Given(ADDRESS2, 7))
    for size in range(len(whole)):
        found = message(whole[:size])
        assert found is None or found.given == known[: len(found.given)]


@settings(max_examples=200)
@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=5))
def test_arbitrary_bytes_never_raise(data: bytes, changes: list[tuple[int, int]]) -> None:
    dirty = bytearray(bytes(forwarded(reply(), MAC, DHCP6_RelayReply)))
    for at, value in changes:
        dirty[at % len(dirty)] = value
    for payload in (data, b"\x07" + data, b"\x0d" + data, bytes(dirty)):
        found: Any = message(payload)
        if found:
            assert 0 <= found.duid_mac < 1 << 48
            assert len(found.given) <= 64
