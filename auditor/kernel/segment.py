"""Looks for names in TCP segments: ClientHellos and HTTP requests, on any port."""

from __future__ import annotations

import numpy as np

from auditor.kernel import hello, request
from auditor.kernel.bytes import u8, u24, u32
from auditor.kernel.dtypes import (
    ASSEMBLING,
    HTTP,
    LOOKING,
    NAMED,
    NO_NAME,
    SOURCE_HTTP,
    SOURCE_TLS,
    TLS,
    TO_DNS_STREAM,
    TO_STREAM,
)  # fmt: skip
from auditor.kernel.jit import compiled
from auditor.kernel.names import text_name
from auditor.kernel.outputs import MOST_HANDED, hand_over, name_flow, note, sight
from auditor.kernel.pool import (
    DRAINED,
    NOBODY,
    SLOT_BYTES,
    bytes_in_order,
    free_slot,
    put_bytes,
    take_slot,
)  # fmt: skip
from auditor.kernel.proxy import V2_START, behind_proxy_header
from auditor.kernel.state import HANDED, Block, State
from auditor.kernel.types import Buffer, Record

MOST_REQUESTS = 16  # read from one segment
MOST_OPENING = 8  # segments that may come before STARTTLS or the like is over
LONGEST_OPENING = 512  # bytes of one of them
LONGEST_BODY = 0x80000000  # that is followed: half of the sequence numbers


@compiled
def may_hold_name(buf: Buffer, packet: Record, row: Record) -> bool:
    """A quick look that spares most segments the search: in the middle of a stream the first byte decides."""
    if row.search == NAMED:
        return False
    if row.search == ASSEMBLING or row.has_base == 1 or row.body_size or row.a_port == 53 or row.b_port == 53:
        return True
    first = u8(buf, packet.payload)
    return first == hello.HANDSHAKE or 0x41 <= first <= 0x5A or first == V2_START[0]


@compiled
def search_segment(block: Block, number: int, packet: Record, slot: int, from_a: bool, state: State) -> None:
    """Looks for a ClientHello or a request at the start of a segment's payload."""
    buf, at, end = block.buf, packet.payload, packet.end
    row = state.flows.rows[slot]
    seq = u32(buf, packet.header + 4)
    if row.a_port == 53 or row.b_port == 53:
        hand_over(block, number, packet, slot, from_a, TO_DNS_STREAM, state)
        return
    if row.search == ASSEMBLING and (row.from_a == 1) == from_a:
        if not (is_stuck(slot, seq, state) and begins_anew(buf, at, end)):
            go_on(block, number, packet, slot, from_a, state)
            return
        free_slot(state.pool, np.int64(row.pool_slot) - 1)
        row.pool_slot, row.search = 0, LOOKING
    begins = False
    if row.has_base == 1 and (row.client_is_a == 1) == from_a:
        ahead = (seq - np.int64(row.base_seq)) & 0xFFFFFFFF
        anew = ahead != 0 and begins_anew(buf, at, end)
        if ahead >= 0x80000000 and not anew:  # a keep-alive's byte before the stream
            return
        if ahead and not anew:  # the first segment is late
            assemble(block, number, packet, slot, from_a, np.int64(row.base_seq), state)
            return
        row.has_base = 2
        begins = ahead == 0
    at = behind_proxy_header(buf, at, end)
    if row.body_size and (row.client_is_a == 1) == from_a:
        at += body_left(slot, seq, end - at, state)
    if at >= end:
        if begins:
            begin_again(slot, seq + end - packet.payload, state)
        return
    seq = (seq + at - packet.payload) & 0xFFFFFFFF
    first = u8(buf, at)
    if first == hello.HANDSHAKE:
        found = hello.starts_hello(buf, at, end)
        if found == hello.WHOLE:
            take_hello(block, number, packet, slot, from_a, buf, at, state)
        elif found != hello.NOTHING:
            assemble(block, number, packet, slot, from_a, seq, state)
    elif begins and request.starts_request(buf, at, end) == request.NOTHING:
        late = hello.late_hello(buf, at, end)
        if late >= 0:
            assemble(block, number, packet, slot, from_a, (seq + late - at) & 0xFFFFFFFF, state)
        elif end - at <= LONGEST_OPENING:
            begin_again(slot, seq + end - at, state)
    elif 0x41 <= first <= 0x5A and not (row.has_seen and row.seen_seq == seq):
        search_requests(block, number, packet, at, slot, from_a, begins, seq, state)


@compiled
def begin_again(slot: int, seq: int, state: State) -> None:
    """Takes the next segment for the stream's first: this one was of a dialogue that TLS may follow."""
    row = state.flows.rows[slot]
    if row.handed < MOST_OPENING:
        row.handed += 1
        row.base_seq = seq & 0xFFFFFFFF
        row.has_base = 1


@compiled
def is_stuck(slot: int, seq: int, state: State) -> bool:
    """Whether a stream under assembly lacks its beginning, and a segment that isn't it has come."""
    row, pool = state.flows.rows[slot], state.pool
    place = np.int64(row.pool_slot) - 1
    held = place >= 0 and pool.owner[place] == row.serial
    return held and seq != row.base_seq and bytes_in_order(pool, place) == 0


@compiled
def begins_anew(buf: Buffer, at: int, end: int) -> bool:
    """Whether a segment begins a hello or a request, so that what should have come before it may be missing."""
    found = hello.starts_hello(buf, at, end) if end - at > 10 else hello.NOTHING
    return found != hello.NOTHING or request.starts_request(buf, at, end) == request.WHOLE


@compiled
def take_hello(
    block: Block, number: int, packet: Record, slot: int, from_a: bool, buf: Buffer, at: int, state: State
) -> None:
    """Reads the whole ClientHello whose record is at buf[at]; its sender is the client."""
    start, behind, ech = hello.server_name(buf, at + 9, at + 9 + u24(buf, at + 6))
    name = text_name(state.names, buf, start, behind)
    row = state.flows.rows[slot]
    row.client_is_a = 1 if from_a else 0
    row.search = NAMED
    name_flow(block, number, slot, name, SOURCE_TLS, ech, state)
    sight(block, number, packet, slot, TLS, name, ech, state)


@compiled
def search_requests(
    block: Block, number: int, packet: Record, begin_at: int, slot: int, from_a: bool, begins: bool, seq: int,
    state: State,
) -> None:  # fmt: skip
    """Reads the HTTP requests of a segment from `begin_at` on, where sequence number `seq` is."""
    buf, at, end = block.buf, begin_at, packet.end
    row = state.flows.rows[slot]
    for _ in range(MOST_REQUESTS):
        if at >= end:
            return
        place = (seq + at - begin_at) & 0xFFFFFFFF
        found = request.starts_request(buf, at, end)
        due = row.has_seen and row.body_end_seq == place  # behind another request or its body
        if found == request.CUT and (begins or due or end - at > 16):
            assemble(block, number, packet, slot, from_a, place, state)
        if found != request.WHOLE:
            return
        head, start, behind, next_at = request.host_header(buf, at, end)
        if start == behind:  # cut before it, or only in the request line
            assemble(block, number, packet, slot, from_a, place, state)
            return
        row.client_is_a = 1 if from_a else 0
        row.has_seen = 1
        row.seen_seq = seq
        tunnel = head == request.WHOLE and request.opens_tunnel(buf, at, end)
        name = text_name(state.names, buf, start, behind)
        if name != NO_NAME:
            name_flow(block, number, slot, name, SOURCE_HTTP, 0, state)
            sight(block, number, packet, slot, HTTP, name, 0, state)
        if head != request.WHOLE or tunnel:  # plain Python follows the rest of it; its host is told
            row.seen_seq = place
            assemble(block, number, packet, slot, from_a, place, state)
            return
        row.body_size = next_at - end if 0 < next_at - end < LONGEST_BODY else 0
        row.body_end_seq = (seq + next_at - begin_at) & 0xFFFFFFFF
        at = next_at


@compiled
def body_left(slot: int, seq: int, size: int, state: State) -> int:
    """How many bytes of a segment belong to the body of the last request: what they look like is no request."""
    row = state.flows.rows[slot]
    left = (np.int64(row.body_end_seq) - seq) & 0xFFFFFFFF
    return min(left, size) if left <= row.body_size else 0


@compiled
def assemble(
    block: Block, number: int, packet: Record, slot: int, from_a: bool, base_seq: int, state: State
) -> None:
    """Begins to put the segments of this direction in order, from sequence number `base_seq` on."""
    row = state.flows.rows[slot]
    if row.handed >= MOST_HANDED:
        return
    row.search = ASSEMBLING
    row.from_a = 1 if from_a else 0
    row.base_seq = base_seq
    row.has_base = 2
    row.pool_slot = 1 + take_slot(state.pool, row.serial, block.time_ns[number])
    go_on(block, number, packet, slot, from_a, state)


@compiled
def go_on(block: Block, number: int, packet: Record, slot: int, from_a: bool, state: State) -> None:
    """Adds a segment to what is put in order: a hello is read here once it is whole, all else in plain Python."""
    row, pool = state.flows.rows[slot], state.pool
    place = np.int64(row.pool_slot) - 1
    if place < 0 or pool.owner[place] != row.serial:
        hand_over(block, number, packet, slot, from_a, TO_STREAM, state)
        return
    row.handed += 1
    offset = (u32(block.buf, packet.header + 4) - np.int64(row.base_seq)) & 0xFFFFFFFF
    if offset >= 0x80000000:
        offset -= 0x100000000
    fits = put_bytes(pool, place, offset, block.buf, packet.payload, packet.end, block.time_ns[number])
    there = bytes_in_order(pool, place)
    start = place * SLOT_BYTES
    found = hello.starts_hello(pool.data, start, start + there) if there else hello.CUT
    if found == hello.WHOLE:
        take_hello(block, number, packet, slot, from_a, pool.data, start, state)
        free_slot(pool, place)
        row.pool_slot = 0
    elif found != hello.CUT or there == SLOT_BYTES or row.handed >= MOST_HANDED or not fits:
        drain(block, number, packet.mac, slot, from_a, place, state)
        if not fits or offset + packet.end - packet.payload > SLOT_BYTES:
            hand_over(block, number, packet, slot, from_a, TO_STREAM, state)


@compiled
def drain(
    block: Block, number: int, mac: np.uint64, slot: int, from_a: bool, place: int, state: State
) -> None:
    """Hands all that a slot of the pool holds over to plain Python, which frees the slot when it has read it."""
    row, pool = state.flows.rows[slot], state.pool
    row.handed = min(np.int64(row.handed), MOST_HANDED - 1)
    row.handed += 1
    for i in range(pool.used[place]):
        low, high = pool.ranges[place, 2 * i], pool.ranges[place, 2 * i + 1]
        start = place * SLOT_BYTES
        note(block, number, mac, slot, from_a, TO_STREAM, start + low, start + high, state)
        written = state.out.handovers[state.out.count[HANDED] - 1]
        written.seq = (np.int64(row.base_seq) + low) & 0xFFFFFFFF
        written.pooled = 1
    pool.owner[place] = NOBODY
    pool.drained[pool.state[DRAINED]] = place
    pool.state[DRAINED] += 1
    row.pool_slot = 0
    if row.search == ASSEMBLING and row.handed >= MOST_HANDED:
        row.search = LOOKING
