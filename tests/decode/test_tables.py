"""Tables that fill up: names keep their ids, flows keep their counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_captures import START_S, evenly
from made_packets import ACK, FIN, SYN, dns_query, tcp_frame, udp_frame
from made_readings import frames_of, hosts, read, slices_of

from auditor.decode import tables
from auditor.decode.decoder import Decoder
from auditor.kernel.dtypes import NO_NAME
from auditor.records import Ledger

START_NS = START_S * 1_000_000_000
SECOND = 1_000_000_000


def named(number: int) -> bytes:
    return udp_frame(dns_query(f"host{number}.example"), client_port=1024 + number % 60_000)


def test_more_names_than_the_first_table_holds() -> None:
    wanted = [f"host{number}.example" for number in range(3 * tables.FIRST_NAMES)]
    seen, _ = read(evenly(named(number) for number in range(len(wanted))))
    assert hosts(seen, "dns_query") == wanted


def test_a_name_that_is_spelt_longer_than_it_was_sent_keeps_its_place_when_the_table_grows() -> None:
    """\\DDD for each odd byte: such a name must not push the others' ids."""
    odd = dns_query(".".join(["a" * 60] * 3)).replace(b"a" * 60, b"\x01" * 60)
    dots = dns_query("ab.cd").replace(b"cd", b"c.")
    frames = [
        named(0),
        udp_frame(odd),
        udp_frame(dots),
        *(named(n) for n in range(1, 2 * tables.FIRST_NAMES)),
    ]
    seen, _ = read(evenly([*frames, *frames[:3]]))
    found = hosts(seen, "dns_query")
    assert found[:3] == found[-3:] == ["host0.example", ".".join([r"\001" * 60] * 3), r"ab.c\."]
    assert found[3:-3] == [f"host{number}.example" for number in range(1, 2 * tables.FIRST_NAMES)]


def test_names_are_cut_back_to_those_in_use() -> None:
    names, texts = tables.new_names(), [f"h{number}" for number in range(100)] + [r"\001" * 200, "last"]
    for text in texts:
        tables.intern(names, text)
    flows = tables.new_flows(4)
    flows.count[0] = 4
    flows.rows.name[:] = [101, NO_NAME, 7, 100]
    fresh, kept = tables.names_in_use(texts, flows, Ledger())
    assert [kept[number] if number >= 0 else None for number in flows.rows.name] == [
        "last", None, "h7", r"\001" * 200
    ]  # fmt: skip
    assert tables.new_texts(fresh, 0) == kept
    assert tables.intern(fresh, "new") == len(kept)


@given(st.lists(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=300)))
@settings(max_examples=50)
def test_a_larger_name_table_has_the_same_ids(texts: list[str]) -> None:
    names = tables.new_names()
    ids = [tables.intern(names, text) for text in texts]
    known = tables.new_texts(names, 0)
    larger = tables.larger_names(names)
    assert tables.new_texts(larger, 0) == known
    assert [tables.intern(larger, text) for text in texts] == ids


def udp_flow(number: int, up: bool = True, payload: bytes = b"") -> bytes:
    client = f"10.{1 + number // 50_000}.{number // 250 % 200}.{1 + number % 250}"
    return udp_frame(
        payload or bytes(number % 7),
        client=client,
        client_port=20_000 + number % 999,
        server_port=9999,
        up=up,
    )


def test_the_flow_table_grows_and_loses_nothing() -> None:
    count = 3 * tables.FIRST_FLOWS
    frames = [udp_flow(number) for number in range(count)] * 2
    _, slices = read(evenly(frames, step_ns=1000))
    assert len(slices) == count
    assert {row.packets_up for row in slices} == {2}
    assert all(row.begins for row in slices)
    assert sum(row.bytes_up for row in slices) == sum(map(len, frames))
    assert len({row.flow for row in slices}) == count


def test_idle_flows_make_room_and_begin_anew() -> None:
    """UDP flows five minutes idle go when room is needed; a later packet is a new flow."""
    size = tables.FIRST_FLOWS
    early = [(START_NS + n * 1000, udp_flow(n)) for n in range(size)]
    later = [(START_NS + 301 * SECOND + n * 1000, udp_flow(n)) for n in range(size, size + 10)]
    again = [(START_NS + 302 * SECOND, udp_flow(0))]
    decoder = Decoder(Ledger())
    _, slices = read([*early, *later, *again], decoder=decoder)
    of_first = [row for row in slices if row.client == "10.1.0.1" and row.client_port == 20_000]
    assert [(row.packets_up, row.begins) for row in of_first] == [(1, True), (1, True)]
    assert len({row.flow for row in of_first}) == 2
    assert sum(row.packets_up for row in slices) == size + 11
    assert decoder.ledger.counts == {}


def test_busy_flows_stay_when_idle_ones_go() -> None:
    size = tables.FIRST_FLOWS
    busy = tcp_frame(b"", seq=1, flags=ACK)
    stamped = [
        (START_NS, tcp_frame(seq=0, flags=SYN)),
        *((START_NS + n, udp_flow(n)) for n in range(size - 1)),
    ]
    stamped += [(START_NS + 400 * SECOND, udp_flow(size + n)) for n in range(5)]
    stamped += [(START_NS + 401 * SECOND, busy)]
    _, slices = read(stamped)
    mine = [row for row in slices if row.proto == 6]
    assert [(row.packets_up, row.begins) for row in mine] == [(1, True), (1, False)]
    assert len({row.flow for row in mine}) == 1


def test_at_the_bound_the_longest_idle_go_and_the_ledger_says_so(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(tables, "MOST_FLOWS", tables.FIRST_FLOWS)
    decoder = Decoder(Ledger())
    count = tables.FIRST_FLOWS + 100
    _, slices = read(evenly((udp_flow(n) for n in range(count)), step_ns=1000), decoder=decoder)
    assert sum(row.packets_up for row in slices) == count
    assert decoder.ledger.counts["flows forgotten early, the table being full"] >= tables.FIRST_FLOWS // 4


def test_closed_connections_go_first() -> None:
    size = tables.FIRST_FLOWS
    closed = [(START_NS + n, tcp_frame(seq=1, flags=FIN | ACK, client_port=1024 + n)) for n in range(size)]
    later = [(START_NS + 11 * SECOND, tcp_frame(seq=1, flags=ACK, client_port=60_000))]
    decoder = Decoder(Ledger())
    parts = list(decoder.feed(frames_of([*closed, *later])))
    before = [row for part in parts for row in slices_of(part)]
    assert len(before) == size, "their slices were written when they went"
    assert len(list(slices_of(decoder.end_capture()))) == 1


@given(
    st.integers(0, 2**32),
    st.integers(3000, 9000),
    st.sampled_from([1, 1000, 10**6, 10**8]),
    st.sampled_from([512, 1 << 30]),
)
@settings(max_examples=8)
def test_all_slices_add_up_to_what_went_in(seed: int, count: int, step_ns: int, block: int) -> None:
    """Thousands of flows, some ports used again, times that go back now and then."""
    rng = np.random.default_rng(seed)
    stamped, now = [], START_NS
    for _ in range(count):
        number, up = int(rng.integers(0, 8000)), bool(rng.integers(0, 2))
        now += step_ns if rng.integers(0, 50) else -3 * step_ns
        if number % 3:
            flags = (SYN, ACK, FIN | ACK)[int(rng.integers(0, 3))]
            frame = tcp_frame(
                bytes(int(rng.integers(0, 9))), int(rng.integers(0, 2**32)), flags, up=up,
                client_port=1024 + number, client=f"10.0.{number % 2}.1",
            )  # fmt: skip
        else:
            frame = udp_flow(number, up, len(stamped).to_bytes(8))
        stamped.append((now, frame))
    _, slices = read(stamped, block=block)
    assert sum(row.packets_up + row.packets_down for row in slices) == count
    assert sum(row.bytes_up + row.bytes_down for row in slices) == sum(len(frame) for _, frame in stamped)
    first = [row.flow for row in slices if row.begins]
    assert sorted(first) == sorted({row.flow for row in slices}), "`begins` once a flow"
    assert {row.minute for row in slices} == {time // (60 * SECOND) for time, _ in stamped}
