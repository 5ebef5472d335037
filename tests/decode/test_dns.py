from __future__ import annotations

import json
import socket
import time

import dpkt
import pytest
import wire
from hypothesis import given
from hypothesis import strategies as st

from auditor.decode.dns import (
    ADDRESS,
    ALIAS,
    HINT,
    KEYS,
    MAX_CHAIN,
    MAX_POINTERS,
    MAX_QUESTIONS,
    TYPE_A,
    TYPE_AAAA,
    TYPE_CNAME,
    TYPE_HTTPS,
    Address,
    Answer,
    DnsMessage,
    Question,
    Service,
    Told,
    answers_for,
    message,
    tcp_messages,
    told,
)

NONE: list[bytes] = []
ASKED = 12  # where the first question's name begins: what a pointer to it holds


def name(text: str) -> bytes:
    labels = text.split(".") if text else []
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def pointer(at: int) -> bytes:
    return (0xC000 | at).to_bytes(2)


def question(wire_name: bytes, qtype: int = TYPE_A) -> bytes:
    return wire_name + qtype.to_bytes(2) + b"\0\1"


def record(owner: bytes, rtype: int, data: bytes, ttl_s: int = 300, rclass: int = 1) -> bytes:
    return owner + rtype.to_bytes(2) + rclass.to_bytes(2) + ttl_s.to_bytes(4) + len(data).to_bytes(2) + data


def packet(
    questions: list[bytes],
    answers: list[bytes],
    flags: int = 0x8180,
    number: int = 7,
    additional: list[bytes] = NONE,
) -> bytes:
    counts = [len(questions), len(answers), 0, len(additional)]
    header = number.to_bytes(2) + flags.to_bytes(2) + b"".join(count.to_bytes(2) for count in counts)
    return header + b"".join([*questions, *answers, *additional])


def read(data: bytes) -> DnsMessage:
    found = message(data)
    assert found is not None
    return found


def test_a_query() -> None:
    query = read(packet([question(name("WWW.VSCO.co"), TYPE_HTTPS)], [], flags=0x0100))
    assert query.questions == (Question("www.vsco.co", TYPE_HTTPS),)
    assert not query.response
    assert query.complete
    assert query.id == 7


def test_the_flags() -> None:
    reply = read(packet([], [], flags=0xAA03))
    assert (reply.response, reply.opcode, reply.truncated, reply.rcode) == (True, 5, True, 3)


def test_addresses_are_given_under_the_name_asked_with_the_smallest_ttl() -> None:
    first, second = name("a.cdn.example"), name("b.cdn.example")
    reply = read(
        packet(
            [question(name("i.instagram.com"))],
            [
                record(second, TYPE_A, bytes([192, 0, 2, 1]), ttl_s=200),  # the chain may come in any order
                record(first, TYPE_CNAME, second, ttl_s=3600),
                record(pointer(ASKED), TYPE_CNAME, first, ttl_s=60),
                record(second, TYPE_AAAA, bytes.fromhex("20010db8") + bytes(11) + b"\1", ttl_s=20),
                record(name("unasked.example"), TYPE_A, bytes([192, 0, 2, 9])),
            ],
        )
    )
    assert answers_for(reply) == [
        Address("i.instagram.com", "192.0.2.1", 60),
        Address("i.instagram.com", "2001:db8::1", 20),
    ]
    assert Answer("i.instagram.com", TYPE_CNAME, 60, "a.cdn.example") in reply.answers


def test_dpkt_reads_the_same() -> None:
    data = packet(
        [question(name("pbs.twimg.com"))],
        [
            record(pointer(ASKED), TYPE_CNAME, name("cs196.wac.edgecastcdn.net")),
            record(name("cs196.wac.edgecastcdn.net"), TYPE_A, bytes([192, 0, 2, 5])),
        ],
    )
    theirs = dpkt.dns.DNS(data)
    ours = read(data)
    assert [found.name for found in theirs.qd] == [found.name for found in ours.questions]
    assert [found.name for found in theirs.an] == [found.owner for found in ours.answers]
    assert theirs.an[0].cname == ours.answers[0].value
    assert socket.inet_ntoa(theirs.an[1].ip) == ours.answers[1].value


def test_an_address_given_twice_counts_once() -> None:
    answer = record(pointer(ASKED), TYPE_A, bytes([192, 0, 2, 1]), ttl_s=50)
    later = record(pointer(ASKED), TYPE_A, bytes([192, 0, 2, 1]), ttl_s=40)
    assert answers_for(read(packet([question(name("a.example"))], [answer, later]))) == [
        Address("a.example", "192.0.2.1", 40)
    ]


def test_a_loop_of_aliases_and_a_long_chain_end() -> None:
    loop = [
        record(name("a.example"), TYPE_CNAME, name("b.example")),
        record(name("b.example"), TYPE_CNAME, name("a.example")),
    ]
    assert answers_for(read(packet([question(name("a.example"))], loop))) == []
    chain = [record(name(f"n{step}"), TYPE_CNAME, name(f"n{step + 1}")) for step in range(MAX_CHAIN + 5)]
    address = bytes([192, 0, 2, 1])
    reached = record(name(f"n{MAX_CHAIN}"), TYPE_A, address)
    assert len(answers_for(read(packet([question(name("n0"))], [*chain, reached])))) == 1
    too_far = record(name(f"n{MAX_CHAIN + 1}"), TYPE_A, address)
    assert answers_for(read(packet([question(name("n0"))], [*chain, too_far]))) == []


@pytest.mark.parametrize(
    ("labels", "spelled"),
    [
        (b"\x03WwW\x07Example\x00", "www.example"),
        (b"\x01*\x07example\x00", "*.example"),
        (b"\x03a.b\x07example\x00", "a\\.b.example"),
        (b"\x04a\xffb\x00\x07example\x00", "a\\255b\\000.example"),
        (b"\x03a b\x00", "a\\032b"),
        (b"\x03a\\b\x00", "a\\\\b"),
        (b"\x00", ""),
    ],
)
def test_the_spelling_of_names(labels: bytes, spelled: str) -> None:
    assert read(packet([question(labels)], [])).questions == (Question(spelled, TYPE_A),)


def https(params: bytes, target: bytes = b"\0") -> tuple[Service, ...]:
    data = b"\0\1" + target + params
    return read(packet([question(name("a.example"))], [record(pointer(ASKED), TYPE_HTTPS, data)])).services


def param(key: int, value: bytes) -> bytes:
    return key.to_bytes(2) + len(value).to_bytes(2) + value


def test_https_records() -> None:
    hints = param(4, bytes([192, 0, 2, 1, 192, 0, 2, 2])) + param(6, bytes.fromhex("20010db8") + bytes(12))
    assert https(param(1, b"\x02h2") + hints) == (
        Service("a.example", 300, "", has_ech=False, hints=("192.0.2.1", "192.0.2.2", "2001:db8::")),
    )
    assert https(param(5, b"keys"), name("svc.example")) == (
        Service("a.example", 300, "svc.example", has_ech=True, hints=()),
    )
    assert https(param(5, b"keys") + b"\0\6\0\xff") == (Service("a.example", 300, "", True, ()),)
    assert https(param(5, b"keys") + param(4, bytes(4)))[0].hints == (), "keys don't rise: RFC 9460, 2.2"
    assert https(param(4, b"\1\2\3"))[0].hints == ()
    assert https(b"", target=b"\x3flong") == ()


def ech_config(public: bytes, version: int = 0xFE0D) -> bytes:
    """An ECHConfig (RFC 9849, 4): key 7 for DHKEM(X25519), 32 bytes of it, one cipher suite."""
    contents = b"\7\0\x20" + b"\0\x20" + b"k" * 32 + b"\0\4\0\1\0\1" + b"\0"
    contents += bytes([len(public)]) + public + b"\0\0"
    return version.to_bytes(2) + len(contents).to_bytes(2) + contents


def ech(*configs: bytes) -> bytes:
    joined = b"".join(configs)
    return param(5, len(joined).to_bytes(2) + joined)


def test_the_public_name_of_keys() -> None:
    def public(params: bytes) -> str:
        return https(params)[0].public_name

    assert public(ech(ech_config(b"Cloudflare-ECH.com"))) == "cloudflare-ech.com"
    assert public(ech(ech_config(b"old.example", 0xFE0A), ech_config(b"new.example"))) == "new.example"
    assert public(ech(ech_config(b""))) == public(ech()) == public(param(1, b"\x02h2")) == ""
    whole = ech_config(b"public.example")
    assert {public(ech(whole[:cut])) for cut in range(len(whole))} == {""}


def test_what_https_records_tell() -> None:
    """AliasMode leads on; the target's records stand in the additional section; hints are addresses by the way."""
    pool, svc, hint = name("pool.example"), name("svc.example"), param(4, bytes([192, 0, 2, 1]))
    reply = packet(
        [question(name("a.example"), TYPE_HTTPS)],
        [record(pointer(ASKED), TYPE_HTTPS, b"\0\0" + pool + hint, ttl_s=60)],
        additional=[
            record(pool, TYPE_HTTPS, b"\0\1" + svc + hint + ech(ech_config(b"public.example")), ttl_s=90),
            record(svc, TYPE_AAAA, bytes.fromhex("20010db8") + bytes(11) + b"\1", ttl_s=30),
            record(name("ns.example"), TYPE_A, bytes([192, 0, 2, 9])),
        ],
    )
    assert told(read(reply)) == [
        Told(ALIAS, "pool.example", 60),
        Told(ALIAS, "svc.example", 60),
        Told(KEYS, "public.example", 60),
        Told(HINT, "192.0.2.1", 60),
        Told(HINT, "2001:db8::1", 30),
    ]
    assert answers_for(read(reply)) == []


def test_service_records_of_no_host_say_nothing() -> None:
    data = b"\0\1" + name("dns.example") + param(4, bytes(4)) + ech(ech_config(b"public.example"))
    reply = packet([question(name("_dns.resolver.arpa"), 64)], [record(pointer(ASKED), 64, data)])
    assert told(read(reply)) == []


def test_a_ttl_with_its_top_bit_is_none() -> None:
    reply = packet(
        [question(name("a.example"))], [record(pointer(ASKED), TYPE_A, bytes(4), ttl_s=0x80000001)]
    )
    assert answers_for(read(reply)) == [Address("a.example", "0.0.0.0", 0)]


def test_other_classes_and_types_and_odd_lengths_are_passed_over() -> None:
    owner = pointer(ASKED)
    answers = [
        record(owner, 16, b"\x04text"),
        record(owner, TYPE_A, bytes(4), rclass=3),
        record(owner, TYPE_A, bytes(5)),
        record(owner, TYPE_AAAA, bytes(4)),
        record(owner, TYPE_CNAME, name("a.example") + b"more"),
        record(owner, TYPE_A, bytes([192, 0, 2, 3]), rclass=0x8001),  # multicast DNS's top bit
    ]
    reply = read(packet([question(name("a.example"))], answers))
    assert [answer.value for answer in reply.answers] == ["192.0.2.3"]
    assert reply.complete


@pytest.mark.parametrize(
    "bad_name",
    [
        b"\x40reserved\0",
        b"\x3fcut off",
        b"",
    ],
)
def test_names_without_an_end_end_the_reading(bad_name: bytes) -> None:
    query = read(packet([question(bad_name)], []))
    assert query.questions == ()
    assert not query.complete


@pytest.mark.parametrize(
    "bad_name",
    [
        pointer(ASKED),  # to itself
        pointer(200),  # forward
        pointer(3),  # into the header
        b"\x01a" + pointer(ASKED),  # to the piece it stands in
    ],
)
def test_pointers_that_lead_nowhere_are_passed_over(bad_name: bytes) -> None:
    query = read(packet([question(bad_name), question(name("a.example"))], []))
    assert query.questions == (Question("a.example", TYPE_A),)
    assert query.asked == "", "the name asked is the first question's"
    reply = packet(
        [question(name("a.example"))],
        [
            record(pointer(ASKED + 11 + 4), TYPE_A, bytes(4)),  # an owner that points to itself
            record(pointer(ASKED), TYPE_CNAME, pointer(200)),
            record(pointer(ASKED), TYPE_A, bytes([192, 0, 2, 1])),
        ],
    )
    assert told(read(reply)) == [Told(ADDRESS, "192.0.2.1", 300)]


def test_a_name_that_is_too_long_is_passed_over() -> None:
    long = (b"\x3f" + b"x" * 63) * 5 + b"\0"
    query = read(packet([question(long), question(name("a.example"))], []))
    assert query.questions == (Question("a.example", TYPE_A),)
    assert query.complete
    longest = (b"\x3f" + b"x" * 63) * 3 + b"\x3d" + b"x" * 61 + b"\0"
    assert len(longest) == 255
    assert len(read(packet([question(longest)], [])).questions) == 1


def test_a_message_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    answers = [record(pointer(ASKED), TYPE_A, bytes([192, 0, 2, last])) for last in (1, 2)]
    data = packet([question(name("a.example"))], answers)
    found = read(data[:-1])
    assert [answer.value for answer in found.answers] == ["192.0.2.1"]
    assert not found.complete
    assert read(data).complete
    assert message(data[:11]) is None


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(0, 41))
def test_messages_over_tcp(payloads: list[bytes], cut: int) -> None:
    stream = b"".join(len(payload).to_bytes(2) + payload for payload in payloads)
    assert tcp_messages(stream) == (payloads, len(stream))
    found, consumed = tcp_messages(stream[: max(0, len(stream) - cut)])
    assert found == payloads[: len(found)]
    assert consumed == sum(2 + len(payload) for payload in found)


def test_a_message_with_its_length() -> None:
    data = packet([question(name("a.example"))], [])
    assert message(len(data).to_bytes(2) + data + b"the next", tcp=True) == read(data)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    for dressed in (data, packet([], [])[:4] + b"\0\2\0\3\0\0\0\0" + data):
        found = message(dressed)
        if found:
            answers_for(found)


@given(st.data())
def test_dirtied_messages_never_raise(data: st.DataObject) -> None:
    dirty = bytearray(
        packet(
            [question(name("a.example"))],
            [
                record(pointer(ASKED), TYPE_CNAME, name("b.example")),
                record(pointer(ASKED), TYPE_HTTPS, b"\0\1\0" + param(4, bytes(8))),
                record(name("b.example"), TYPE_A, bytes(4)),
            ],
        )
    )
    for _ in range(data.draw(st.integers(1, 6))):
        dirty[data.draw(st.integers(0, len(dirty) - 1))] = data.draw(st.integers(0, 255))
    answers_for(read(bytes(dirty)))


def hostile_pointers(hops: int) -> bytes:
    """Owners that each take so many pointers to read: the first record's data holds the chain of them."""
    start = ASKED + 1 + 10  # after the first record's own name and fields
    chain = b"\0" + pointer(start) + b"".join(pointer(start + 2 * hop - 1) for hop in range(1, hops - 1))
    last = pointer(start + len(chain) - 2)
    return packet([], [record(b"\0", 16, chain), *[record(last, TYPE_A, bytes(4))] * 3900])


def test_as_many_pointers_as_a_name_may_take() -> None:
    assert len(read(hostile_pointers(MAX_POINTERS)).answers) == 3900
    assert read(hostile_pointers(MAX_POINTERS + 1)).answers == ()


@pytest.mark.parametrize(
    "hostile",
    [
        hostile_pointers(MAX_POINTERS),
        packet(
            [question(name(f"q{each}")) for each in range(1000)],
            [record(pointer(ASKED), TYPE_A, bytes(4)) for _ in range(3000)],
        ),
        packet([question(b"\x01a" * 20_000)], [record(pointer(ASKED), TYPE_A, bytes(4))] * 1500),
    ],
)
def test_hostile_messages_take_linear_time(hostile: bytes) -> None:
    began = time.process_time()
    answers_for(read(hostile))
    assert time.process_time() - began < 2


def test_questions_are_bounded() -> None:
    query = read(packet([question(name("a"))] * (MAX_QUESTIONS + 1), []))
    assert len(query.questions) == MAX_QUESTIONS
    assert not query.complete


@pytest.mark.skipif(not wire.PEER_CAPTURES.exists(), reason="the peers' captures are not here")
def test_the_peers_captures() -> None:
    """Every name and answer of plain UDP messages; names are compared with their odd bytes left out."""
    hard = {"tunnel", "gre", "pppoe", "geneve", "vxlan", "802.11", "ip-fragments", "tcp"}
    rows = [json.loads(line) for line in (wire.PEER_CAPTURES / "truth.jsonl").open(encoding="utf-8")]
    rows = [row for row in rows if row["kind"].startswith("dns") and not hard & set(row.get("tags", []))]
    captures = wire.Cached(said)
    missed = [
        row for row in rows if (row["client"], bare(row["host"]), row.get("ip", "")) not in captures(row)
    ]
    assert len(rows) > 1250
    assert missed == []


def said(path: wire.Path) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    for (source, port, destination, to_port), payload in wire.udp_payloads(path):
        read = message(payload) if 53 in (port, to_port) else None
        if read and read.response:
            for client in (source, destination):
                found |= {(client, bare(each.host), each.address) for each in answers_for(read)}
        elif read:
            found |= {(source, bare(each.name), "") for each in read.questions}
    return found


def bare(host: str) -> str:
    """As the peers spell it, which is not one way: printable ASCII only, escapes taken out."""
    kept, at = "", 0
    while at < len(host):
        if host[at] == "\\":
            at += 4 if host[at + 1 : at + 4].isdigit() else 2
            continue
        kept += host[at]
        at += 1
    return kept
