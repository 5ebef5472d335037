"""Makes the kernel's tables, lets them grow up to a stated bound, and throws out what is old."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
import numpy.typing as npt

from auditor.kernel import sha256
from auditor.kernel.acked import GAP_COLUMNS, GAPS
from auditor.kernel.dtypes import FLOW, HANDOVER, NO_NAME, PACKET, SIGHTING, SLICE, SOURCE_NONE
from auditor.kernel.mirrored import KEY_WORDS, LINES, Mirror
from auditor.kernel.names import LONGEST, Names, find_again, spelt_name
from auditor.kernel.neighbours import MOST_A_MINUTE, Neighbours
from auditor.kernel.observe import LOOKED_AT, ROOM
from auditor.kernel.pool import MOST_RANGES, NOBODY, SLOT_BYTES, Pool
from auditor.kernel.prefetch import LINE_BYTES
from auditor.kernel.quic import HASH_ROW, KEY_ROW, LONGEST_PACKET, SALT_WORDS, Quic, prepare
from auditor.kernel.state import Output
from auditor.kernel.table import IDLE_TCP_NS, IDLE_UDP_NS, USED, Flows, forget, rebuild
from auditor.kernel.types import Records
from auditor.records import ByteArray, IntArray, Ledger, RecordArray

FIRST_FLOWS, MOST_FLOWS = 1 << 12, 1 << 20  # 200 MB at the most
FIRST_NAMES, MOST_NAMES = 1 << 11, 1 << 20  # more than that are cut back at the next block
MOST_NAME_BYTES = 1 << 25  # likewise
BYTES_A_NAME = 32  # of arena; longer ones are made up for by shorter
POOL_SLOTS = 2048  # hellos put in order at once, 16 MB; further ones are left to plain Python
BLOCK_ROWS = 1 << 13  # rows of an output array

IDLE_CLOSED_NS = 10_000_000_000  # after a FIN or RST


def new_output() -> Output:
    return Output(
        sightings=np.zeros(BLOCK_ROWS + ROOM, SIGHTING).view(np.recarray),
        slices=np.zeros(2 * BLOCK_ROWS, SLICE).view(np.recarray),
        handovers=np.zeros(BLOCK_ROWS, HANDOVER).view(np.recarray),
        count=np.zeros(3, np.int64),
    )


def new_mirror() -> Mirror:
    return Mirror(lines=np.zeros(LINES, np.int64), key=_key(KEY_WORDS))


def new_gaps() -> IntArray:
    return np.zeros((GAPS, GAP_COLUMNS), np.int64)


def new_pool() -> Pool:
    return Pool(
        data=np.zeros(POOL_SLOTS * SLOT_BYTES, np.uint8),
        owner=np.full(POOL_SLOTS, NOBODY, np.int64),
        last_ns=np.zeros(POOL_SLOTS, np.int64),
        ranges=np.zeros((POOL_SLOTS, 2 * MOST_RANGES), np.int64),
        used=np.zeros(POOL_SLOTS, np.int64),
        free=np.arange(POOL_SLOTS, dtype=np.int64),
        drained=np.zeros(POOL_SLOTS, np.int64),
        state=np.array([POOL_SLOTS, 0, 0, 0], np.int64),
    )


def new_quic() -> Quic:
    quic = Quic(
        version=np.zeros(POOL_SLOTS, np.int64),
        keys=np.zeros((POOL_SLOTS, KEY_ROW), np.uint32),
        tables=np.zeros((POOL_SLOTS, HASH_ROW), np.uint64),
        salts=np.zeros(SALT_WORDS, np.uint32),
        room=np.zeros(sha256.ROOM, np.uint32),
        nonce=np.zeros(3, np.uint32),
        block=np.zeros(sha256.BLOCK, np.uint8),
        secret=np.zeros(3 * sha256.DIGEST, np.uint8),
        header=np.zeros(512, np.uint8),
        plain=np.zeros(LONGEST_PACKET, np.uint8),
    )
    prepare(quic)
    return quic


def new_neighbours() -> Neighbours:
    return Neighbours(rows=np.zeros((2 * MOST_A_MINUTE, 4), np.uint64), count=np.zeros(4, np.int64))


def new_flows(rows: int = FIRST_FLOWS, key: npt.NDArray[np.uint64] | None = None) -> Flows:
    return Flows(
        rows=_on_lines(rows, FLOW),
        buckets=np.zeros(2 * rows, np.int64),
        count=np.zeros(2, np.int64),
        key=_key(2) if key is None else key,
    )


def new_names(size: int = FIRST_NAMES) -> Names:
    return Names(
        arena=np.zeros(size * BYTES_A_NAME + 2 * ROOM * LONGEST, np.uint8),
        offset=np.zeros(size + 1, np.int64),
        buckets=np.zeros(2 * size, np.int64),
        count=np.zeros(1, np.int64),
        key=_key(1),
    )


def new_ahead() -> Records:
    return _on_lines(LOOKED_AT, PACKET)


def _on_lines(rows: int, kind: np.dtype[np.void]) -> Records:
    """Empty rows that begin at a line of the processor's cache."""
    room = np.zeros(rows * kind.itemsize + LINE_BYTES, np.uint8)
    start = -room.ctypes.data % LINE_BYTES
    return room[start : start + rows * kind.itemsize].view(kind).view(np.recarray)


def _key(words: int) -> npt.NDArray[np.uint64]:
    return np.frombuffer(secrets.token_bytes(8 * words), np.uint64).copy()


def room_for_flows(flows: Flows, now_ns: int, ledger: Ledger) -> tuple[Flows, RecordArray]:
    """A flow table with room: idle flows go first, then it grows, at the bound the longest idle go.

    Returns the table, this one or a larger in its place, and the open slices of the flows that went.
    """
    used = int(flows.count[USED])
    rows: Any = flows.rows[:used]
    idle_ns = now_ns - rows.last_ns
    limit_ns = np.where(rows.proto == 6, IDLE_TCP_NS, IDLE_UDP_NS)
    limit_ns[rows.closed != 0] = IDLE_CLOSED_NS
    keep = idle_ns <= limit_ns
    size = len(flows.rows)
    if keep.sum() > size // 2:
        if size < MOST_FLOWS:
            size *= 2
        elif keep.sum() > size * 3 // 4:
            threshold = np.partition(idle_ns, used // 2)[used // 2]
            keep &= idle_ns < threshold
            ledger.add("flows forgotten early, the table being full", int(used - keep.sum()))
    open_ones = (rows.packets_a > 0) | (rows.packets_b > 0)
    slices = np.zeros(int((open_ones & ~keep).sum()), SLICE).view(np.recarray)
    forget(flows, keep, slices)
    if size == len(flows.rows):
        flows.buckets[:] = 0
        rebuild(flows)
        return flows, slices
    larger = new_flows(size, flows.key)
    larger.rows[: flows.count[USED]] = flows.rows[: flows.count[USED]]
    larger.count[:] = flows.count
    rebuild(larger)
    return larger, slices


def is_full(names: Names) -> bool:
    """Whether one more frame might find no room for its names."""
    count = int(names.count[0])
    return (
        count + ROOM >= len(names.offset) - 1
        or int(names.offset[count]) + ROOM * LONGEST > len(names.arena)
    )  # fmt: skip


def larger_names(names: Names) -> Names:
    """A name table twice as large, with the same ids."""
    larger, count = new_names(2 * (len(names.offset) - 1)), int(names.count[0])
    size = int(names.offset[count])
    larger.arena[:size] = names.arena[:size]
    larger.offset[: count + 1] = names.offset[: count + 1]
    larger.count[:] = count
    find_again(larger)
    return larger


def names_in_use(texts: list[str], flows: Flows, ledger: Ledger) -> tuple[Names, list[str]]:
    """A fresh name table with only the names of flows in the table, and its texts; ids change.

    It is half full at the most, or each block would begin with this; flows of older names then lose theirs.
    """
    rows: Any = flows.rows[: flows.count[USED]]
    used = np.unique(rows.name[rows.name >= 0])
    sizes = np.cumsum([len(texts[old]) for old in used[::-1].tolist()])  # the newest first
    fits = int(np.searchsorted(sizes, MOST_NAME_BYTES // 2, side="right"))
    used = used[len(used) - min(fits, MOST_NAMES // 2) :].tolist()
    lost = (rows.name >= 0) & (rows.name < (used[0] if used else len(texts)))
    rows.name_source[lost] = SOURCE_NONE
    ledger.add("names of open flows forgotten, the name table being full", int(lost.sum()))
    size = FIRST_NAMES
    while size < 2 * len(used) + 2 * ROOM:
        size *= 2
    fresh, kept = new_names(size), [texts[old] for old in used]
    ids = {old: intern(fresh, texts[old]) for old in used}
    rows.name = [ids.get(old, NO_NAME) for old in rows.name.tolist()]
    return fresh, kept


def intern(names: Names, text: str) -> int:
    """The id of a host name as the parsers spell it."""
    raw: ByteArray = np.frombuffer(text.encode("ascii", "backslashreplace"), np.uint8)
    return int(spelt_name(names, raw))


def new_texts(names: Names, known: int) -> list[str]:
    """The names from id `known` on, as text."""
    count = int(names.count[0])
    if count == known:
        return []
    start = int(names.offset[known])
    data = names.arena[start : int(names.offset[count])].tobytes().decode("ascii")
    ends = (names.offset[known + 1 : count + 1] - start).tolist()
    return [data[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
