"""pcapng: sections, interfaces, resolutions, every kind of packet block, and every way to be cut or damaged."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import pytest
from made_captures import START_S, block, enhanced, interface, old_packet, option, section, simple
from made_reading import Frame, frames_of, saved

from auditor.capture.pcapng import DROPPED, FILTERED
from auditor.kernel.walk import LARGEST_RECORD, MOST_NS, MOST_S
from auditor.records import Ledger

MICROS = START_S * 1_000_000
SECOND = 1_000_000_000


@pytest.mark.parametrize("order", ["<", ">"])
def test_sections_interfaces_and_blocks_of_every_kind(tmp_path: Path, order: str) -> None:
    other = "<" if order == ">" else ">"
    data = (
        section(order, option(4, b"a program", order))
        + interface(1, order)
        + interface(113, order, resolution=9)
        + enhanced(MICROS + 1, b"one", order)
        + block(4, b"names that were resolved", order)
        + enhanced(MICROS * 1000 + 1, b"two!", order, number=1, wire=99)
        + block(0x80000BAD, bytes(8), order)
        + simple(b"three", order)
        + block(5, bytes(12), order)
        + old_packet(MICROS + 2, b"four", order, number=0)
        + section(other)
        + interface(101, other)
        + enhanced(MICROS + 3, b"five", other)
        + section(order)
        + interface(228, order)
        + enhanced(MICROS + 4, b"", order)
    )
    ledger = Ledger()
    assert frames_of(saved(tmp_path, data), ledger) == [
        Frame(MICROS * 1000 + 1000, b"one", 3, 1),
        Frame(MICROS * 1000 + 1, b"two!", 99, 113),
        Frame(0, b"three", 5, 1),
        Frame(MICROS * 1000 + 2000, b"four", 4, 1),
        Frame(MICROS * 1000 + 3000, b"five", 4, 101),
        Frame(MICROS * 1000 + 4000, b"", 0, 228),
    ]
    assert ledger.notes == []


def stamp(tmp_path: Path, ticks: int, resolution: int | None, offset_s: int | None = None) -> int:
    data = section() + interface(resolution=resolution, offset_s=offset_s) + enhanced(ticks, b"x")
    (frame,) = frames_of(saved(tmp_path, data))
    return frame.time_ns


@pytest.mark.parametrize("exponent", range(13))
def test_decimal_resolutions(tmp_path: Path, exponent: int) -> None:
    """What 64 unsigned bits can't hold since 1970 is counted from if_tsoffset."""
    offset_s = START_S if exponent > 10 else 0
    wanted = Fraction(START_S) + Fraction(123_456_789_987, 10**12)
    ticks = int((wanted - offset_s) * 10**exponent)
    exact = int(Fraction(ticks, 10**exponent) * SECOND) + offset_s * SECOND
    assert stamp(tmp_path, ticks, exponent, offset_s or None) == exact


@pytest.mark.parametrize("bits", range(64))
def test_binary_resolutions(tmp_path: Path, bits: int) -> None:
    offset_s = START_S if bits > 33 else 0
    ticks = int((Fraction(START_S - offset_s) + Fraction(7, 10)) * 2**bits)
    exact = int(Fraction(ticks, 2**bits) * SECOND) + offset_s * SECOND
    assert abs(stamp(tmp_path, ticks, 0x80 | bits, offset_s or None) - exact) <= (1 if bits > 30 else 0)


@pytest.mark.parametrize("bits", [64, 90, 94, 100, 127])
def test_binary_resolutions_beyond_all_sense(tmp_path: Path, bits: int) -> None:
    ticks = 2**64 - 1
    assert abs(stamp(tmp_path, ticks, 0x80 | bits) - int(Fraction(ticks, 2**bits) * SECOND)) <= 1


def test_the_usual_resolution_and_an_offset(tmp_path: Path) -> None:
    assert stamp(tmp_path, MICROS, None) == START_S * SECOND
    assert stamp(tmp_path, 5, None, offset_s=START_S) == START_S * SECOND + 5000
    assert stamp(tmp_path, MICROS, None, offset_s=-3600) == (START_S - 3600) * SECOND


def test_a_simple_packet_is_cut_at_the_snap_length(tmp_path: Path) -> None:
    data = section() + interface(snap=4) + simple(b"abcd", wire=1500)
    assert frames_of(saved(tmp_path, data)) == [Frame(0, b"abcd", 1500, 1)]
    data = section() + interface() + simple(b"abcde", wire=5)  # three bytes of padding
    assert frames_of(saved(tmp_path, data)) == [Frame(0, b"abcde", 5, 1)]


def test_cut_at_every_byte(tmp_path: Path) -> None:
    blocks = [
        section(),
        interface(resolution=9),
        enhanced(5, b"one"),
        block(9, b"?"),
        simple(b"two"),
        old_packet(7, b"3"),
    ]
    whole = b"".join(blocks)
    ends, packets = [], []
    for data in blocks:
        ends.append((ends[-1] if ends else 0) + len(data))
        packets.append(data[0] in (2, 3, 6))
    for size in range(4, len(whole) + 1):
        ledger = Ledger()
        path = saved(tmp_path, whole[:size])
        count = sum(is_packet for end, is_packet in zip(ends, packets, strict=True) if size >= end)
        assert [frame.data for frame in frames_of(path, ledger)] == [b"one", b"two", b"3"][:count]
        assert bool(ledger.notes) == (size not in ends)
        assert all(f"after frame {count};" in note for note in ledger.notes)


GOOD = section() + interface() + enhanced(MICROS, b"good")


@pytest.mark.parametrize(
    "bad",
    [
        struct.pack("<II", 6, 8) + bytes(8),
        struct.pack("<II", 6, LARGEST_RECORD + 4) + bytes(40),
        struct.pack("<II", 6, 0xFFFFFFFF) + bytes(40),
        struct.pack("<II", 0x0BAD, 4) + bytes(40),
        struct.pack("<II", 1, 12) + bytes(12),
        struct.pack("<II", 1, 0) + bytes(12),
        struct.pack("<IIII", 0x0A0D0D0A, 28, 0x11223344, 0) + bytes(20),
        block(6, struct.pack("<IIIII", 0, 0, 0, 100, 100) + b"less"),
        block(6, struct.pack("<IIIII", 0, 0, 0, 0xFFFFFFFF, 4) + b"less"),
        enhanced(MICROS, b"no such interface", number=1),
        old_packet(MICROS, b"no such interface", number=9),
        block(6, bytes(8)),
        block(3, b""),
        section() + enhanced(MICROS, b"no interface yet"),
        section() + simple(b"no interface yet"),
    ],
)
def test_a_damaged_block_ends_the_capture(tmp_path: Path, bad: bytes) -> None:
    ledger = Ledger()
    frames = frames_of(saved(tmp_path, GOOD + bad + enhanced(MICROS, b"never read")), ledger)
    assert [frame.data for frame in frames] == [b"good"]
    assert "damaged" in ledger.notes[0]
    assert "after frame 1;" in ledger.notes[0]


def test_options_that_are_cut_or_odd(tmp_path: Path) -> None:
    for options in (
        b"\x09\0\xff\xff\x06",
        b"\x09\0\0\0",
        b"\x0e\0\x04\0\0\0\0\1",
        b"\x09",
        option(9, b"\xff"),
    ):
        body = struct.pack("<HHI", 1, 0, 0) + options
        data = section() + block(1, body) + enhanced(MICROS, b"x")
        assert [frame.data for frame in frames_of(saved(tmp_path, data))] == [b"x"]


def test_too_many_interfaces(tmp_path: Path) -> None:
    ledger = Ledger()
    data = section() + interface() * 5000 + enhanced(MICROS, b"x")
    assert frames_of(saved(tmp_path, data), ledger) == []
    assert "interfaces" in ledger.notes[0]


@pytest.mark.parametrize("resolution", [0, 6, 9, 12, 18, 0x80, 0x80 | 30])
@pytest.mark.parametrize("ticks", [0, 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("offset_s", [2**63 - 1, 2**33, 0, -(2**33), -(2**63)])
def test_absurd_times_come_to_the_first_or_last_there_is(
    tmp_path: Path, resolution: int, ticks: int, offset_s: int
) -> None:
    unit = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
    seconds = min(Fraction(ticks, unit), MOST_S) + min(max(offset_s, -MOST_S), MOST_S)
    wanted = min(max(int(seconds * SECOND), -MOST_NS), MOST_NS)
    assert abs(stamp(tmp_path, ticks, resolution, offset_s) - wanted) <= SECOND


def statistics(number: int = 0, order: str = "<", began: bytes = b"", **counts: int) -> bytes:
    """An interface statistics block with counters by their names in the draft."""
    codes = {"ifrecv": 4, "ifdrop": 5, "filteraccept": 6, "osdrop": 7}
    options = option(2, began, order) if began else b""
    for name, count in counts.items():
        options += option(codes[name], struct.pack(order + "Q", count), order)
    return block(5, struct.pack(order + "III", number, 0, 0) + options, order)


def counted(
    tmp_path: Path, *blocks: bytes, order: str = "<", ledger: Ledger | None = None
) -> tuple[int, int]:
    """What a ledger has of drops, and of frames that a filter left out."""
    ledger = ledger or Ledger()
    data = section(order) + interface(1, order) + interface(1, order) + enhanced(MICROS, b"x", order)
    assert len(frames_of(saved(tmp_path, data + b"".join(blocks)), ledger)) == 1
    return ledger.counts[DROPPED], ledger.counts[FILTERED]


@pytest.mark.parametrize("order", ["<", ">"])
def test_drops_by_the_sensors_own_count(tmp_path: Path, order: str) -> None:
    blocks = [
        statistics(0, order, ifrecv=100, ifdrop=3, osdrop=4, filteraccept=90),
        statistics(0, order, ifrecv=300, ifdrop=5, osdrop=4, filteraccept=280),  # counters go on
        statistics(1, order, ifdrop=50),
    ]
    assert counted(tmp_path, *blocks, order=order) == (9 + 50, 20)


def test_counters_that_begin_anew_are_not_known_or_are_of_nothing(tmp_path: Path) -> None:
    assert counted(tmp_path, statistics(ifdrop=9), statistics(ifdrop=2)) == (11, 0)
    assert counted(tmp_path, statistics(ifdrop=2**64 - 1, osdrop=1)) == (1, 0)
    assert counted(tmp_path, statistics(7, ifdrop=1)) == (0, 0)
    assert counted(tmp_path, statistics(ifrecv=5, filteraccept=6)) == (0, 0)
    assert counted(tmp_path, block(5, b"\0\0"), block(5, bytes(12) + b"\5\0\xff\xff")) == (0, 0)


def test_the_files_of_one_capture_go_on_counting(tmp_path: Path) -> None:
    ledger, began = Ledger(), b"8 bytes."
    assert counted(tmp_path, statistics(began=began, ifdrop=10), ledger=ledger) == (10, 0)
    assert counted(tmp_path, statistics(began=began, ifdrop=15), ledger=ledger) == (15, 0)
    assert counted(tmp_path, statistics(began=b"another.", ifdrop=4), ledger=ledger) == (19, 0)
