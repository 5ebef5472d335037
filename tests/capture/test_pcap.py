"""Classic pcap: both byte orders, both resolutions, and every way to be cut or damaged."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from made_captures import (
    MICROSECOND,
    MODIFIED,
    NANOSECOND,
    START_S,
    evenly,
    pcap,
    pcap_header,
    pcap_record,
)  # fmt: skip
from made_reading import Frame, frames_of, saved

from auditor.capture.columns import FRAMES
from auditor.kernel.walk import LARGEST_RECORD
from auditor.records import Ledger

START_NS = START_S * 1_000_000_000
STAMPED = [(START_NS + 123_456_789, b"first"), (START_NS + 999_999_999, b""), (START_NS + 10**9, b"third!")]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "step_ns"), [(NANOSECOND, 1), (MICROSECOND, 1000), (MODIFIED, 1000)])
def test_frames_of_each_kind(tmp_path: Path, magic: int, step_ns: int, order: str) -> None:
    path = saved(tmp_path, pcap(STAMPED, magic, order, link=113))
    assert frames_of(path) == [
        Frame(time // step_ns * step_ns, data, len(data), 113) for time, data in STAMPED
    ]


def test_the_length_on_the_wire_is_kept_and_never_less_than_what_is_there(tmp_path: Path) -> None:
    data = pcap_header() + pcap_record(START_NS, b"abc", wire=1500) + pcap_record(START_NS, b"abc", wire=1)
    assert [frame.wire for frame in frames_of(saved(tmp_path, data))] == [1500, 3]


def test_a_frame_check_sequence_in_the_link_field(tmp_path: Path) -> None:
    data = pcap_header(link=1 | 0x54000000) + pcap_record(START_NS, b"abc")
    assert frames_of(saved(tmp_path, data))[0].link == 1


def test_times_of_the_whole_range(tmp_path: Path) -> None:
    data = b"".join(struct.pack("<IIII", s, f, 0, 0) for s, f in ((0, 0), (0xFFFFFFFF, 999_999_999)))
    assert [frame.time_ns for frame in frames_of(saved(tmp_path, pcap_header() + data))] == [
        0, 0xFFFFFFFF * 10**9 + 999_999_999
    ]  # fmt: skip


def test_a_capture_without_frames(tmp_path: Path) -> None:
    ledger = Ledger()
    assert frames_of(saved(tmp_path, pcap_header()), ledger) == []
    assert ledger.notes == []


def test_cut_at_every_byte(tmp_path: Path) -> None:
    whole = pcap(STAMPED)
    ends = [24]
    for _, frame in STAMPED:
        ends.append(ends[-1] + 16 + len(frame))
    for size in range(4, len(whole) + 1):
        ledger = Ledger()
        path = saved(tmp_path, whole[:size])
        count = sum(size >= end for end in ends[1:])
        assert [frame.data for frame in frames_of(path, ledger)] == [data for _, data in STAMPED[:count]]
        notes = ledger.notes
        assert bool(notes) == (size not in ends)
        if notes:
            assert str(path) in notes[0]
            assert f"frame {count}" in notes[0]


@pytest.mark.parametrize("length", [LARGEST_RECORD + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_damaged_length_ends_the_capture(tmp_path: Path, length: int) -> None:
    ledger = Ledger()
    data = pcap(STAMPED) + struct.pack("<IIII", START_S, 0, length, length) + bytes(1000)
    assert len(frames_of(saved(tmp_path, data), ledger)) == 3
    assert "damaged" in ledger.notes[0]
    assert "after frame 3" in ledger.notes[0]
    assert ledger.counts == {"captures cut short or damaged": 1}


def test_more_frames_than_a_block_holds(tmp_path: Path) -> None:
    stamped = evenly(number.to_bytes(3) for number in range(2 * FRAMES + 7))
    assert [(f.time_ns, f.data) for f in frames_of(saved(tmp_path, pcap(stamped)))] == stamped
