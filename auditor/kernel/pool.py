"""Hellos that span segments: room for some thousands of streams' beginnings, put in order as they come.

A slot belongs to the flow whose serial it bears. One whose flow has been silent for long may be taken away.
"""

from __future__ import annotations

from typing import NamedTuple

from auditor.kernel.jit import compiled, entry
from auditor.kernel.types import Buffer, Ints

SLOT_BYTES = 8192  # of a stream's beginning; a longer hello goes to plain Python
MOST_RANGES = 6  # pieces apart from each other
STALE_NS = 30_000_000_000  # of silence, after which a slot may be taken away
NOBODY = -1
# elements of `Pool.state`: free slots, slots being drained, where to look next, slots taken away
FREE, DRAINED, HAND, EVICTED = range(4)


class Pool(NamedTuple):
    """Slot i holds data[i * SLOT_BYTES :]; `ranges` are pairs of start and end, in order, apart."""

    data: Buffer
    owner: Ints  # serial of the flow, NOBODY where free
    last_ns: Ints  # when the slot was last added to
    ranges: Ints  # slots x (2 * MOST_RANGES)
    used: Ints  # number of ranges, by slot
    free: Ints  # stack of free slots
    drained: Ints  # slots whose bytes plain Python is to take, freed after that
    state: Ints


@compiled
def take_slot(pool: Pool, owner: int, now_ns: int) -> int:
    """An empty slot for the flow, or -1 where all are in use."""
    slot = -1
    if pool.state[FREE]:
        pool.state[FREE] -= 1
        slot = pool.free[pool.state[FREE]]
    else:
        for _ in range(64):
            hand = pool.state[HAND]
            pool.state[HAND] = (hand + 1) % len(pool.owner)
            if pool.owner[hand] != NOBODY and now_ns - pool.last_ns[hand] > STALE_NS:
                slot = hand
                pool.state[EVICTED] += 1
                break
    if slot >= 0:
        pool.owner[slot] = owner
        pool.used[slot] = 0
        pool.last_ns[slot] = now_ns
    return slot


@entry
def free_slot(pool: Pool, slot: int) -> None:
    """Gives a slot back."""
    pool.owner[slot] = NOBODY
    pool.free[pool.state[FREE]] = slot
    pool.state[FREE] += 1


@compiled
def put_bytes(pool: Pool, slot: int, offset: int, buf: Buffer, at: int, end: int, now_ns: int) -> bool:
    """Copies buf[at:end] to `offset` of the slot, what lies outside cut off; False with too many ranges.

    What is there already stays: most hosts take the first of two segments that disagree.
    """
    pool.last_ns[slot] = now_ns
    if offset < 0:
        at -= offset
        offset = 0
    size = min(end - at, SLOT_BYTES - offset)
    if size <= 0:
        return True
    _fill_gaps(pool, slot, offset, buf, at, size)
    return _add_range(pool, slot, offset, offset + size)


@compiled
def _fill_gaps(pool: Pool, slot: int, offset: int, buf: Buffer, at: int, size: int) -> None:
    """Copies buf[at:at + size] to where no range is as yet."""
    ranges, place, i = pool.ranges[slot], slot * SLOT_BYTES + offset, 0
    target, source = pool.data[place : place + size], buf[at : at + size]
    for number in range(pool.used[slot] + 1):
        known = number < pool.used[slot]
        gap_end = min(ranges[2 * number] - offset, size) if known else size
        for k in range(
            i, gap_end
        ):  # compiled to a copy of many bytes at once, as indices here can't be negative
            target[k] = source[k]
        i = max(i, gap_end)
        if known:
            i = max(i, ranges[2 * number + 1] - offset)


@compiled
def _add_range(pool: Pool, slot: int, start: int, end: int) -> bool:
    """Puts a range in its place among the others; those that it touches become one with it."""
    ranges, kept = pool.ranges[slot], 0
    for i in range(pool.used[slot]):
        low, high = ranges[2 * i], ranges[2 * i + 1]
        if high < start or low > end:
            ranges[2 * kept], ranges[2 * kept + 1] = low, high
            kept += 1
        else:
            start, end = min(start, low), max(end, high)
    if kept == MOST_RANGES:
        pool.used[slot] = kept
        return False
    place = kept
    while place > 0 and ranges[2 * place - 2] > start:
        ranges[2 * place], ranges[2 * place + 1] = ranges[2 * place - 2], ranges[2 * place - 1]
        place -= 1
    ranges[2 * place], ranges[2 * place + 1] = start, end
    pool.used[slot] = kept + 1
    return True


@compiled
def bytes_in_order(pool: Pool, slot: int) -> int:
    """How many bytes from the slot's beginning on are there without a gap."""
    if pool.used[slot] and pool.ranges[slot, 0] == 0:
        return int(pool.ranges[slot, 1])
    return 0
