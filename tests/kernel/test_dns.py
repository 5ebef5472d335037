"""DNS messages in datagrams, read by the kernel, and the same ones over TCP, read by plain Python, say the same."""

from __future__ import annotations

import itertools
import struct
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_packets import dns_name, dns_record, udp_frame
from made_readings import frames_of

from auditor.decode import dns
from auditor.decode.decoder import Decoder
from auditor.kernel.dtypes import DNS_ALIAS, DNS_ANSWER, DNS_DENIED, DNS_ECH, DNS_HINT, DNS_QUERY, NO_NAME
from auditor.records import Ledger, address_text

CLIENT = "10.1.2.3"
KINDS = {DNS_ALIAS: dns.ALIAS, DNS_ANSWER: dns.ADDRESS, DNS_HINT: dns.HINT, DNS_ECH: dns.KEYS}
NAMES = ("a.example", "b.example", "c.example", "pool.d.example", "_dns.resolver.arpa", "")

Row = tuple[str, str, str, int]  # what, the name asked, what is said of it, TTL
DECODER = Decoder(Ledger())
SECONDS = itertools.count(1)  # the same message at once again would be a mirror port's copy


def by_kernel(payload: bytes, response: bool) -> Counter[Row]:
    found: Counter[Row] = Counter()
    frame = udp_frame(payload, up=not response, client=CLIENT)
    for observed in DECODER.feed(frames_of([(next(SECONDS) * 1_000_000_000, frame)])):
        for row in observed.sightings[observed.sightings["kind"] != DNS_DENIED]:
            asked, kind = observed.names[row["name"]], int(row["kind"])
            assert address_text(int(row["client_hi"]), int(row["client_lo"])) == CLIENT
            if kind == DNS_QUERY:
                found["query", asked, "", 0] += 1
                continue
            value = address_text(int(row["ip_hi"]), int(row["ip_lo"]))
            if kind in (DNS_ALIAS, DNS_ECH):
                value = observed.names[row["other"]] if row["other"] != NO_NAME else ""
            found[KINDS[kind], asked, value, int(row["ttl_s"])] += 1
    return found


def by_python(payload: bytes) -> Counter[Row]:
    message = dns.message(payload)
    if message is None or message.opcode != dns.QUERY:
        return Counter()
    if not message.response:
        return Counter(("query", each.name, "", 0) for each in message.questions if each.name)
    return Counter((each.kind, message.asked, each.value, each.ttl_s) for each in dns.told(message))


def check(payload: bytes) -> Counter[Row]:
    response = len(payload) > 2 and bool(payload[2] & 0x80)
    ours = by_kernel(payload, response)
    assert ours == by_python(payload)
    return ours


def param(key: int, value: bytes) -> bytes:
    return struct.pack(">HH", key, len(value)) + value


def ech(public: str) -> bytes:
    contents = (
        b"\7\0\x20" + b"\0\2kk" + b"\0\4\0\1\0\1" + b"\0" + bytes([len(public)]) + public.encode() + b"\0\0"
    )
    config = struct.pack(">HH", 0xFE0D, len(contents)) + contents
    return param(5, struct.pack(">H", len(config)) + config)


def packet(questions: list[bytes], *sections: list[bytes], flags: int = 0x8180) -> bytes:
    answers, authorities, additional = (*sections, [], [], [])[:3]
    counts = [len(questions), len(answers), len(authorities), len(additional)]
    return struct.pack(">HHHHHH", 7, flags, *counts) + b"".join(
        [*questions, *answers, *authorities, *additional]
    )


def question(host: str, qtype: int = 1) -> bytes:
    return dns_name(host) + struct.pack(">HH", qtype, 1)


def a(owner: str, last: int, ttl_s: int = 300) -> bytes:
    return dns_record(dns_name(owner), 1, bytes([192, 0, 2, last]), ttl_s)


def cname(owner: str, target: str, ttl_s: int = 300) -> bytes:
    return dns_record(dns_name(owner), 5, dns_name(target), ttl_s)


def test_a_chain_leads_to_the_address_in_any_order() -> None:
    chain = [cname("a.example", "b.example", 60), cname("b.example", "c.example", 20), a("c.example", 1)]
    expected = Counter(
        [
            ("alias", "a.example", "b.example", 60),
            ("alias", "a.example", "c.example", 20),
            ("address", "a.example", "192.0.2.1", 20),
        ]
    )
    assert check(packet([question("a.example")], chain)) == expected
    assert check(packet([question("A.Example")], chain[::-1])) == expected


def test_records_of_other_names_say_nothing() -> None:
    others = [
        a("other.example", 9),
        cname("other.example", "b.example"),
        a("a.example", 1),
        a("b.example", 8),
    ]
    assert list(check(packet([question("a.example")], others))) == [
        ("address", "a.example", "192.0.2.1", 300)
    ]
    assert not check(packet([question("a.example")], [a("other.example", 9)]))


def test_a_chain_without_an_address_says_nothing() -> None:
    assert not check(packet([question("a.example")], [cname("a.example", "b.example")]))


def test_a_chain_is_followed_so_far() -> None:
    chain = [cname(f"n{step}.example", f"n{step + 1}.example") for step in range(dns.MAX_CHAIN + 2)]
    for end in (dns.MAX_CHAIN, dns.MAX_CHAIN + 1):
        found = check(packet([question("n0.example")], [*chain, a(f"n{end}.example", 1)]))
        assert sum(found.values()) == (dns.MAX_CHAIN + 1 if end == dns.MAX_CHAIN else 0)


def test_aliases_in_a_circle_end() -> None:
    circle = [cname("a.example", "b.example"), cname("b.example", "a.example"), a("b.example", 1)]
    assert check(packet([question("a.example")], circle))["address", "a.example", "192.0.2.1", 300] == 1


def test_glue_is_no_answer_but_a_service_targets_address_is() -> None:
    service = dns_record(b"\xc0\x0c", 65, b"\0\1" + dns_name("svc.example") + ech("public.example"))
    sections = [service], [a("ns.example", 7)], [a("ns.example", 8), a("svc.example", 1), a("a.example", 2)]
    assert check(packet([question("a.example", 65)], *sections)) == Counter(
        [
            ("alias", "a.example", "svc.example", 300),
            ("keys", "a.example", "public.example", 300),
            ("hint", "a.example", "192.0.2.1", 300),
            ("hint", "a.example", "192.0.2.2", 300),
        ]
    )


def test_a_name_that_is_too_long_is_passed_over() -> None:
    long = (b"\x3f" + b"x" * 63) * 5 + b"\0"
    reply = packet(
        [question("a.example"), long + b"\0\1\0\1"],
        [dns_record(long, 1, bytes(4)), dns_record(b"\xc0\x0c", 5, long), a("a.example", 1)],
    )
    assert list(check(reply)) == [("address", "a.example", "192.0.2.1", 300)]


@pytest.mark.parametrize("flags", [0x8380, 0x8180])
def test_a_truncated_answer_is_read_as_far_as_it_goes(flags: int) -> None:
    whole = packet([question("a.example")], [a("a.example", last) for last in range(1, 5)], flags=flags)
    for cut in range(len(whole)):
        check(whole[:cut])
    assert len(check(whole[:-1])) == 3


owners = st.sampled_from(NAMES).map(dns_name) | st.sampled_from(
    [b"\xc0\x0c", b"\xc0\x0c", b"\xc0\x03", b"\xff\xff"]
)
params = st.lists(
    st.sampled_from(
        [
            param(1, b"\x02h2"),
            param(4, bytes(range(12))),
            param(6, bytes(range(20))),
            ech("public.example"),
            ech(""),
        ]
    ),
    max_size=5,
).map(b"".join)
services = st.builds(
    lambda mode, target, rest: bytes([0, mode]) + target + rest,
    st.integers(0, 1), st.sampled_from(NAMES).map(dns_name), params,
)  # fmt: skip
records = st.one_of(
    st.builds(dns_record, owners, st.just(1), st.binary(min_size=4, max_size=4), st.integers(0, 400)),
    st.builds(dns_record, owners, st.just(28), st.binary(min_size=16, max_size=16), st.integers(0, 400)),
    st.builds(dns_record, owners, st.just(5), owners, st.integers(0, 400)),
    st.builds(dns_record, owners, st.sampled_from([64, 65]), services, st.sampled_from([5, 0x8000_0000])),
    st.builds(dns_record, owners, st.sampled_from([1, 16, 41]), st.binary(max_size=6)),
)
sections = st.lists(records, max_size=6)
messages = st.builds(
    packet,
    st.lists(st.builds(question, st.sampled_from(NAMES)), min_size=1, max_size=2),
    sections, sections, sections, flags=st.sampled_from([0x8180, 0x8180, 0x0100, 0x8583]),
)  # fmt: skip


@settings(max_examples=600)
@given(messages, st.data())
def test_whatever_a_message_holds(message: bytes, data: st.DataObject) -> None:
    dirty = bytearray(message)
    for _ in range(data.draw(st.integers(0, 3))):
        dirty[data.draw(st.integers(2, len(dirty) - 1))] = data.draw(st.integers(0, 255) | st.just(0xC0))
    if dirty[4] or dirty[5] > 8:
        return  # more questions than the kernel reads
    check(bytes(dirty[: data.draw(st.just(len(dirty)) | st.integers(0, len(dirty)))]))


def test_random_bytes_behind_a_header() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        check(
            packet([question("a.example")], [bytes(rng.choice([0, 1, 5, 12, 0xC0], 60).astype(np.uint8))] * 2)
        )
