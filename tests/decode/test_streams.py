"""Segments in any order, overlapping and repeated, read as far as they go together."""

from __future__ import annotations

import itertools
import random

import pytest
from hellos import extension, in_records, message, openssl_hello, server_name
from hypothesis import given
from hypothesis import strategies as st
from made_packets import http_request

from auditor.decode.streams import MOST_BYTES, Stream

NAME = "www.instagram.com"
HELLO = openssl_hello(NAME)


def pieces(data: bytes, count: int) -> list[tuple[int, bytes]]:
    edges = [len(data) * number // count for number in range(count + 1)]
    return [(start, data[start:end]) for start, end in itertools.pairwise(edges)]


def sni(stream: Stream) -> str:
    found = stream.read(last=False)
    return found.hello.sni if found.hello else ""


@pytest.mark.parametrize("base", [0, 77, 0xFFFFFFF0])
@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_a_hello_in_segments_of_every_order(count: int, base: int) -> None:
    orders = list(itertools.permutations(pieces(HELLO, count)))
    for order in orders if count < 6 else random.Random(1).sample(orders, 100):
        stream = Stream(base)
        for at, data in order:
            assert sni(stream) == "", "not before it is whole"
            stream.add((base + at) & 0xFFFFFFFF, data)
        assert sni(stream) == NAME


@given(
    st.lists(st.tuples(st.integers(0, len(HELLO)), st.integers(1, 200)), max_size=30),
    st.integers(0, 2**32 - 1),
)
def test_overlapping_and_repeated_segments_do_no_harm(cuts: list[tuple[int, int]], base: int) -> None:
    stream = Stream(base)
    for at, size in [*cuts, (0, 100), (90, 200), (290, len(HELLO))]:
        stream.add((base + at) & 0xFFFFFFFF, HELLO[at : at + size])
    assert stream.prefix() == HELLO
    assert sni(stream) == NAME


def test_what_lies_before_the_base_is_cut_off() -> None:
    stream = Stream(100)
    stream.add(90, b"0123456789abc")
    assert stream.prefix() == b"abc"
    stream.add(50, b"too early")
    assert stream.prefix() == b"abc"


def test_a_gap_ends_the_prefix() -> None:
    stream = Stream(0)
    stream.add(0, b"abc")
    stream.add(4, b"e")
    assert stream.prefix() == b"abc"
    stream.add(3, b"d")
    assert stream.prefix() == b"abcde"


def test_no_more_is_held_than_a_hello_can_need() -> None:
    stream = Stream(0)
    stream.add(MOST_BYTES, b"far away")
    assert not stream.segments
    for at in range(0, 2 * MOST_BYTES, 1400):
        stream.add(at, bytes(1400))
    assert len(stream.prefix()) == MOST_BYTES
    assert sum(map(len, stream.segments.values())) < MOST_BYTES + 1400


@given(st.integers(0, 60), st.integers(0, 60))
def test_cutting_forgets_what_is_dealt_with(first: int, gap: int) -> None:
    data = bytes(range(100))
    stream = Stream(7)
    stream.add(7, data[:60])
    stream.add(7 + 60 + gap, data[60:])
    stream.cut(first)
    assert stream.prefix() == (data[first:] if gap == 0 else data[first:60])
    stream.add(7 + 60, bytes(gap))
    assert stream.prefix() == data[first:60] + bytes(gap) + data[60:]


def test_requests_are_told_once() -> None:
    stream = Stream(0)
    first, second = http_request("a.example", body=b"x" * 10), http_request("b.example")
    stream.add(0, first[:30])
    assert stream.read(last=False).hosts == []
    stream.add(30, first[30:] + second[:20])
    found = stream.read(last=False)
    assert (found.hosts, found.done) == (["a.example"], False)
    stream.add(len(first) + 20, second[20:])
    found = stream.read(last=False)
    assert (found.hosts, found.done) == (["b.example"], True)


def test_with_the_last_segment_what_is_there_must_do() -> None:
    plain = message(server_name(NAME.encode()) + extension(21, bytes(900)))
    stream = Stream(0)
    stream.add(0, in_records(plain, [])[:400])
    assert not stream.read(last=False).done
    found = stream.read(last=True)
    assert found.done
    assert found.hello is not None
    assert found.hello.sni == NAME


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=50)), max_size=10), st.booleans())
def test_arbitrary_segments_never_raise(segments: list[tuple[int, bytes]], last: bool) -> None:
    stream = Stream(segments[0][0] if segments else 0)
    for seq, data in segments:
        stream.add(seq, data)
        stream.read(last)
