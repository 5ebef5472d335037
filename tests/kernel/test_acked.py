"""Bytes that were acknowledged and never captured: found where the capture lost them, never where the net did."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_captures import START_S
from made_packets import ACK, PSH, RST, SYN, tcp_frame
from made_readings import frames_of

from auditor.decode.decoder import Decoder
from auditor.records import Ledger

START_NS = START_S * 1_000_000_000
STEP_NS = 20_000_000


def unseen(frames: list[bytes], wire: list[int] | None = None) -> int:
    """What a decoder says of frames some time apart."""
    decoder = Decoder(Ledger())
    stamped = [(START_NS + number * STEP_NS, frame) for number, frame in enumerate(frames)]
    parts = [*decoder.feed(frames_of(stamped, wire=wire)), decoder.end_capture()]
    return int(sum(part.slices["unseen"].sum() for part in parts))


def opened(up: int = 99, down: int = 6999) -> list[bytes]:
    return [
        tcp_frame(seq=up, flags=SYN),
        tcp_frame(seq=down, flags=SYN | ACK, ack=up + 1, up=False),
        tcp_frame(seq=up + 1, flags=ACK, ack=down + 1),
    ]


def down(at: int, size: int = 100, ack: int = 100) -> bytes:
    return tcp_frame(bytes(size), at, PSH | ACK, up=False, ack=ack)


def acked(to: int, seq: int = 100) -> bytes:
    return tcp_frame(seq=seq, flags=ACK, ack=to)


def test_nothing_is_missing_from_a_whole_connection() -> None:
    assert unseen([*opened(), down(7000), down(7100), acked(7200), down(7200), acked(7300)]) == 0


def test_a_segment_that_the_capture_lost() -> None:
    assert unseen([*opened(), down(7000), down(7200), acked(7300), acked(7300)]) == 100


def test_several_that_it_lost() -> None:
    frames = [
        *opened(),
        down(7000),
        down(7200),
        down(7400),
        acked(7500),
        down(7700),
        acked(7800),
        acked(7800),
    ]
    assert unseen(frames) == 100 + 100 + 200


def test_the_last_that_it_lost() -> None:
    assert unseen([*opened(), down(7000), acked(7300), acked(7300)]) == 200


def test_one_that_came_late_or_was_sent_again() -> None:
    assert unseen([*opened(), down(7000), down(7200), down(7100), acked(7300), acked(7300)]) == 0
    assert unseen([*opened(), down(7000), acked(7200), down(7100), acked(7200)]) == 0, "its ACK came first"


def test_in_mid_stream_nothing_is_known_to_be_missing() -> None:
    assert unseen([down(70_000), acked(70_100), down(70_100), acked(70_200)]) == 0
    assert unseen([acked(70_000), down(70_000), acked(70_100)]) == 0


def test_one_side_only() -> None:
    assert unseen([acked(7000), acked(8460), acked(9920), acked(9920)]) == 2920


def test_numbers_that_wrap_around() -> None:
    top = 2**32
    frames = [*opened(down=top - 151), down(top - 150), down(top + 50), acked(top + 150), acked(top + 150)]
    assert unseen(frames) == 100
    assert unseen([*opened(down=top - 51), down(top - 50), acked(top + 50), acked(top + 50)]) == 0


def test_numbers_that_mean_nothing() -> None:
    frames = [*opened(), tcp_frame(seq=2**31, flags=RST | ACK, up=False, ack=2**31), acked(7000)]
    assert unseen(frames) == 0
    assert unseen([*opened(), acked(7000 + 2**30 + 1), acked(7000 + 2**30 + 1)]) == 0
    keep_alive = tcp_frame(b"\0", 99, ACK, ack=7000)
    assert unseen([*opened(), keep_alive, acked(7000)]) == 0


def test_what_the_snap_length_cut_was_on_the_wire() -> None:
    frames = [*opened(), down(7000, 1000)[:70], down(8000), acked(8100), acked(8100)]
    wire = [len(frame) for frame in frames]
    wire[3] = 1054
    assert unseen(frames, wire) == 0


def lossy(seed: int, lost_before: float, lost_by_capture: float) -> tuple[list[bytes], int]:
    """Frames that a capture holds of a download with losses on the way to it and in it; and how many bytes the
    client had that the capture never held."""
    rng = random.Random(seed)
    base, size, count = 7000 + rng.choice((0, 2**32 - 20_000)), 100, 120
    held, had = np.zeros(count, bool), np.zeros(count, bool)
    frames = opened(down=base - 1)
    waiting = list(range(count))
    while waiting:
        window, waiting = waiting[:10], waiting[10:]
        again = []
        for number in window:
            if rng.random() < lost_before:
                again.append(number)
                continue
            had[number] = True
            if rng.random() >= lost_by_capture:
                held[number] = True
                frames.append(down(base + number * size, size))
            if rng.random() < 0.5:
                frames.append(acked(base + int(np.argmin(had)) * size))
        waiting = again + waiting
    frames += [acked(base + count * size)] * 3
    return frames, int((had & ~held).sum()) * size


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.05, 0.3]))
@settings(max_examples=60, deadline=None)
def test_losses_before_the_capture_are_never_taken_for_its_own(seed: int, lost_before: float) -> None:
    frames, missing = lossy(seed, lost_before, 0.0)
    assert missing == 0
    assert unseen(frames) == 0


@given(st.integers(0, 2**32), st.sampled_from([0.01, 0.2, 0.6]))
@settings(max_examples=60, deadline=None)
def test_losses_of_the_capture_are_found_to_the_byte(seed: int, lost: float) -> None:
    frames, missing = lossy(seed, 0.0, lost)
    assert unseen(frames) == missing


@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.2]), st.sampled_from([0.05, 0.2]))
@settings(max_examples=60, deadline=None)
def test_where_both_lose_no_more_is_counted_than_is_missing(seed: int, before: float, lost: float) -> None:
    frames, missing = lossy(seed, before, lost)
    assert unseen(frames) <= missing
