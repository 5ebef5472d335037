"""The flow table: rows in order of arrival, found through a keyed hash of the two ends.

A slice of a flow is closed when a packet of another minute comes, and at the end of a capture.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auditor.kernel.dtypes import LOOKING, NO_NAME, SOURCE_NONE
from auditor.kernel.jit import compiled, entry, wrapping
from auditor.kernel.prefetch import fetch_row
from auditor.kernel.types import Flags, Ints, Record, Records

# after a longer silence the same ports belong to another flow
IDLE_TCP_NS = 3_600_000_000_000
IDLE_UDP_NS = 300_000_000_000

MINUTE_NS = 60_000_000_000

USED, NEXT_SERIAL = 0, 1  # elements of `Flows.count`


class Flows(NamedTuple):
    """Rows of dtype FLOW; `buckets` hold 32 bits of hash above row + 1, 0 where empty; a power of two long."""

    rows: Records
    buckets: Ints
    count: Ints  # type: ignore[assignment]
    key: npt.NDArray[np.uint64]  # two elements, secret: an attacker can't choose colliding flows


@wrapping
def mix(digest: np.uint64, word: np.uint64) -> np.uint64:
    """A round of hashing: the multiply and shift steps of SplitMix64 (Steele, Lea, Flood 2014)."""
    digest = (digest ^ word) * np.uint64(0xBF58476D1CE4E5B9)
    digest = (digest ^ (digest >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return digest ^ (digest >> np.uint64(31))


@compiled
def digest_of(flows: Flows, ends: Record) -> np.uint64:
    """The hash of the two ends and the protocol of a packet, or of a row of the table."""
    ports = (np.uint64(ends.a_port) << np.uint64(24)) | (np.uint64(ends.b_port) << np.uint64(8))
    digest = mix(flows.key[0], ends.a_lo)
    digest = mix(digest, ends.b_lo ^ flows.key[1])
    digest = mix(digest, ports | np.uint64(ends.proto))
    if ends.a_hi or ends.b_hi:
        digest = mix(mix(digest, ends.a_hi), ends.b_hi)
    return digest


@compiled
def find(flows: Flows, packet: Record) -> tuple[int, int]:
    """(row, bucket) of a packet's flow; of a new one (-1 - tag, free bucket)."""
    mask = len(flows.buckets) - 1
    tag = np.int64(packet.digest >> np.uint64(33))
    bucket = np.int64(packet.digest & np.uint64(mask))
    while True:
        entry = flows.buckets[bucket]
        if entry == 0:
            return -1 - tag, bucket
        if entry >> 32 == tag:
            number = (entry & 0xFFFFFFFF) - 1
            row = flows.rows[number]
            if (
                row.a_lo == packet.a_lo and row.b_lo == packet.b_lo
                and row.a_port == packet.a_port and row.b_port == packet.b_port
                and row.proto == packet.proto and row.a_hi == packet.a_hi and row.b_hi == packet.b_hi
            ):  # fmt: skip
                return number, bucket
        bucket = (bucket + 1) & mask


@compiled
def fetch_bucket(flows: Flows, digest: np.uint64) -> None:
    """Has the bucket of a digest fetched."""
    fetch_row(flows.buckets, np.int64(digest & np.uint64(len(flows.buckets) - 1)), 1)


@compiled
def fetch_flow(flows: Flows, digest: np.uint64) -> None:
    """Has the row fetched that the bucket of a digest leads to, mostly the flow's."""
    entry = flows.buckets[np.int64(digest & np.uint64(len(flows.buckets) - 1))]
    if entry:
        fetch_row(flows.rows, (entry & 0xFFFFFFFF) - 1, 2)


@compiled
def new_row(flows: Flows, packet: Record, tag: int, bucket: int) -> int:
    """Puts a packet's ends into the next row, found through a free bucket."""
    slot = flows.count[USED]
    flows.count[USED] = slot + 1
    flows.buckets[bucket] = (tag << 32) | (slot + 1)
    row = flows.rows[slot]
    row.a_hi, row.a_lo, row.a_port = packet.a_hi, packet.a_lo, packet.a_port
    row.b_hi, row.b_lo, row.b_port = packet.b_hi, packet.b_lo, packet.b_port
    row.proto, row.mac_a, row.mac_b = packet.proto, np.uint64(0), np.uint64(0)
    return slot


@compiled
def begin(flows: Flows, number: int) -> None:
    """Gives row `number` a new serial and an empty state; its ends stay."""
    row = flows.rows[number]
    row.serial = flows.count[NEXT_SERIAL]
    flows.count[NEXT_SERIAL] += 1
    row.minute_ns = -MINUTE_NS
    row.outer_hi = row.outer_lo = np.uint64(0)
    row.packets_a = row.packets_b = row.bytes_a = row.bytes_b = 0
    row.name = NO_NAME
    row.name_source = SOURCE_NONE
    row.name_frame = row.name_capture = 0
    row.search = LOOKING
    row.pool_slot = 0
    row.base_seq = row.seen_seq = row.body_end_seq = row.body_size = row.handed = 0
    row.ech = row.from_a = row.has_base = row.has_seen = row.closed = row.sliced = 0
    row.tracked = row.looks = row.veil = 0
    row.unseen = 0


@entry
def rebuild(flows: Flows) -> None:
    """Fills empty buckets from the rows in use, after rows were moved or the table grew."""
    mask = len(flows.buckets) - 1
    for number in range(flows.count[USED]):
        digest = digest_of(flows, flows.rows[number])
        bucket = np.int64(digest & np.uint64(mask))
        while flows.buckets[bucket]:
            bucket = (bucket + 1) & mask
        flows.buckets[bucket] = (np.int64(digest >> np.uint64(33)) << 32) | (number + 1)


@entry
def forget(flows: Flows, keep: Flags, slices: Records) -> int:
    """Lets go of the rows that are not to be kept and moves the others up; returns how many open slices were
    written to `slices`, which has room for them. The buckets are stale afterwards."""
    kept = count = 0
    for number in range(flows.count[USED]):
        row = flows.rows[number]
        if keep[number]:
            if kept < number:
                flows.rows[kept] = row
            kept += 1
        elif row.packets_a or row.packets_b:
            close_slice(flows, number, slices, count)
            count += 1
    flows.count[USED] = kept
    return count


@compiled
def close_slice(flows: Flows, number: int, slices: Records, at: int) -> None:
    """Writes the open slice of a flow to slices[at] and empties it."""
    row, out = flows.rows[number], slices[at]
    out.flow, out.minute = row.serial, row.minute_ns // MINUTE_NS
    out.first_ns, out.last_ns = row.first_ns, row.last_ns
    out.name, out.name_source, out.ech = row.name, row.name_source, row.ech
    out.name_frame, out.name_capture = row.name_frame, row.name_capture
    out.proto, out.veil, out.unseen = row.proto, row.veil, row.unseen
    out.outer_hi, out.outer_lo = row.outer_hi, row.outer_lo
    out.begins, row.sliced = 1 - row.sliced, 1
    if row.client_is_a:
        out.client_hi, out.client_lo, out.client_port = row.a_hi, row.a_lo, row.a_port
        out.server_hi, out.server_lo, out.server_port = row.b_hi, row.b_lo, row.b_port
        out.bytes_up, out.bytes_down = row.bytes_a, row.bytes_b
        out.packets_up, out.packets_down = row.packets_a, row.packets_b
        out.client_mac = row.mac_a
    else:
        out.client_hi, out.client_lo, out.client_port = row.b_hi, row.b_lo, row.b_port
        out.server_hi, out.server_lo, out.server_port = row.a_hi, row.a_lo, row.a_port
        out.bytes_up, out.bytes_down = row.bytes_b, row.bytes_a
        out.packets_up, out.packets_down = row.packets_b, row.packets_a
        out.client_mac = row.mac_b
    row.packets_a = row.packets_b = row.bytes_a = row.bytes_b = row.unseen = 0


@entry
def close_all(flows: Flows, slices: Records) -> int:
    """Writes every open slice, in order of the rows; returns how many. `slices` has room for one a row."""
    count = 0
    for number in range(flows.count[USED]):
        row = flows.rows[number]
        if row.packets_a or row.packets_b:
            close_slice(flows, number, slices, count)
            count += 1
    return count
