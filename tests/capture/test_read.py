"""What is no capture, what is compressed, and what any bytes may do: nothing but BadInput."""

from __future__ import annotations

import gzip
import os
import random
import threading
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_captures import START_S, enhanced, evenly, interface, pcap, pcap_header, pcap_record, section
from made_reading import frames_of, saved

from auditor.capture import read, source
from auditor.capture.pcap import MAGIC
from auditor.capture.read import first_time_ns, read_capture
from auditor.errors import BadInput
from auditor.records import Ledger

START_NS = START_S * 1_000_000_000
STAMPED = evenly(bytes([number]) * (40 + number % 60) for number in range(200))
FRAMES = [data for _, data in STAMPED]


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        frames_of(path)
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    assert problem.hint
    return problem.what


def test_an_empty_file(tmp_path: Path) -> None:
    assert refused(saved(tmp_path, b"")) == "is empty"


@pytest.mark.parametrize(
    "data", [b"a", b"abc", b"minute,host\n", b"PK\x03\x04" + bytes(60), b"\xd4\xc3\xb2\xa0" + bytes(60)]
)
def test_a_file_that_is_no_capture(tmp_path: Path, data: bytes) -> None:
    assert refused(saved(tmp_path, data)) == "is not a capture"
    assert refused(saved(tmp_path, gzip.compress(data), "made.gz")) == "is not a capture"


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.pcap") == "no such file or directory"
    assert "directory" in refused(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="everything may be read by root")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = saved(tmp_path, pcap(STAMPED))
    path.chmod(0)
    assert refused(path) == "permission denied"


def test_a_file_whose_reading_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that gives up in the middle."""

    class Failing:
        def readinto(self, _: object) -> int:
            raise OSError(5, "Input/output error")

        def close(self) -> None:
            pass

    with source.Source(saved(tmp_path, pcap(STAMPED))) as opened:
        opened._file.close()
        opened._file = Failing()  # type: ignore[assignment]
        with pytest.raises(BadInput, match="input/output error"):
            opened.fill()


def test_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(pcap(STAMPED))
    assert [frame.data for frame in frames_of(saved(tmp_path, packed))] == FRAMES
    pieces = gzip.compress(pcap(STAMPED)[:1000]) + gzip.compress(pcap(STAMPED)[1000:])
    assert [frame.data for frame in frames_of(saved(tmp_path, pieces))] == FRAMES


def test_an_empty_file_compressed(tmp_path: Path) -> None:
    assert refused(saved(tmp_path, gzip.compress(b""))) == "is empty"


def test_gzip_cut_anywhere(tmp_path: Path) -> None:
    packed = gzip.compress(pcap(evenly(random.Random(5).randbytes(50) for _ in range(40))))
    lengths = []
    for size in range(2, len(packed), 7):
        ledger = Ledger()
        path = saved(tmp_path, packed[:size])
        try:
            lengths.append(len(frames_of(path, ledger)))
        except BadInput:
            lengths.append(0)
        else:
            assert "compressed data ends early" in ledger.notes[0]
    assert lengths == sorted(lengths)
    assert lengths[-1] >= 30


def test_gzip_damaged_anywhere(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(pcap(STAMPED)))
    for at in range(2, len(packed), 13):
        damaged = bytearray(packed)
        damaged[at] ^= 0x55
        ledger = Ledger()
        path = saved(tmp_path, bytes(damaged))
        try:
            frames = frames_of(path, ledger)
        except BadInput:
            continue
        assert ledger.notes or [frame.data for frame in frames] == FRAMES


@pytest.mark.parametrize("window", [64, 1000, 4096])
@pytest.mark.parametrize("packed", [False, True])
def test_records_longer_than_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, packed: bool
) -> None:
    monkeypatch.setattr(source, "WINDOW", window)
    rng = random.Random(window)
    stamped = evenly(rng.randbytes(rng.choice((0, 10, 60, 300, 9000))) for _ in range(300))
    for data in (
        pcap(stamped),
        section() + interface(resolution=9) + b"".join(enhanced(time, frame) for time, frame in stamped),
    ):
        path = saved(tmp_path, gzip.compress(data) if packed else data)
        assert [(frame.time_ns, frame.data) for frame in frames_of(path)] == stamped


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "WINDOW", 1 << 16)
    one = pcap_record(START_NS, bytes(500)) * 2000
    peaks = []
    for size in (4, 40):
        path = saved(tmp_path, pcap_header() + one * size)
        tracemalloc.start()
        count = sum(len(block.offset) for block in read_capture(path, Ledger()))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert count == 2000 * size
    assert peaks[1] < peaks[0] + 100_000
    assert peaks[1] < 3_000_000


def test_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(pcap(STAMPED),))
    writer.start()
    assert [frame.data for frame in frames_of(path)] == FRAMES
    writer.join()


def test_the_time_of_the_first_frame(tmp_path: Path) -> None:
    assert first_time_ns(saved(tmp_path, pcap(STAMPED))) == STAMPED[0][0]
    assert first_time_ns(saved(tmp_path, pcap_header())) == 0


MAGICS = [
    *MAGIC,
    b"\x0a\x0d\x0d\x0a",
    b"\x1f\x8b\x08\0",
    section() + interface(),
    section(">") + interface(order=">"),
]


@given(st.sampled_from(MAGICS), st.binary(max_size=600))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_arbitrary_bytes_behind_a_magic_number(tmp_path: Path, magic: bytes, rest: bytes) -> None:
    path = saved(tmp_path, magic + rest)
    ledger = Ledger()
    try:
        frames = frames_of(path, ledger)
    except BadInput:
        return
    assert sum(len(frame.data) for frame in frames) <= len(rest)
    assert all(frame.wire >= 0 for frame in frames)
    if len(rest) > 24 and not frames:
        assert ledger.notes or magic[:4] in (b"\x0a\x0d\x0d\x0a", b"\x1f\x8b\x08\0")


WHOLE = section() + interface(resolution=9) + b"".join(enhanced(time, data) for time, data in STAMPED[:5])


@given(
    st.sampled_from([pcap(STAMPED[:5]), WHOLE]),
    st.lists(st.tuples(st.integers(4, 400), st.integers(0, 255)), max_size=4),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_a_good_capture_with_some_bytes_changed(
    tmp_path: Path, data: bytes, changes: list[tuple[int, int]]
) -> None:
    dirty = bytearray(data)
    for at, byte in changes:
        dirty[at % len(dirty)] = byte
    path = saved(tmp_path, bytes(dirty))
    try:
        frames = frames_of(path)
    except BadInput:
        return
    assert sum(len(frame.data) for frame in frames) <= len(data)


def test_every_reader_is_found_by_its_magic_number() -> None:
    assert len({magic for magic, _ in read.READERS}) == len(read.READERS)
    assert {len(magic) for magic, _ in read.READERS} == {4}
