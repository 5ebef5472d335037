# mypy: disable-error-code="arg-type, no-any-return"
"""Compiled loops: from flows to packets in order of time, and from packets to the bytes of a capture."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from bench.conversations import DNS, HTTP, OTHER_TCP, QUIC, TLS

PACKET = np.dtype(
    [
        ("time_us", "i8"),
        ("flow", "i8"),
        ("size", "i8"),  # payload bytes
        ("template", "i8"),  # -1: noise
        ("up", "i8"),  # 1 from the client
        ("flags", "i8"),
        ("seq", "i8"),
        ("ack", "i8"),
    ]
)

Row = Any  # of FLOW or PACKET; its fields are known to the compiler only
Rows = Any

FIN, SYN, PSH, ACK = 1, 2, 8, 16
RTT_US = 20_000
MOST_EXTRA = 24  # packets of a flow beyond its fillers
GATEWAY = 0x00005E000101
LONGEST_FRAME = 16 + 18 + 40 + 32 + 1_500


@numba.njit(cache=True)
def uniform(state: np.ndarray) -> float:
    """The next of a xorshift64* generator, in (0, 1]."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return (np.float64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) + 1.0) / 9007199254740992.0


@numba.njit(cache=True)
def put(
    rows: Rows, count: int, seqs: np.ndarray, time_us: float, flow: int, size: int, template: int,
    up: int, flags: int,
) -> int:  # fmt: skip
    """Appends a packet and moves its direction's sequence number on; returns the new count."""
    row = rows[count]
    row.time_us, row.flow, row.size, row.template, row.up, row.flags = (
        time_us,
        flow,
        size,
        template,
        up,
        flags,
    )
    row.seq, row.ack = seqs[up], seqs[1 - up]
    seqs[up] += size + (1 if flags & (SYN | FIN) else 0)
    return count + 1


@numba.njit(cache=True)
def packets_of(
    flows: Rows, first_flow: int, offset: np.ndarray, full: float, middling: float, little: float,
    state: np.ndarray, rows: Rows,
) -> int:  # fmt: skip
    """Writes the packets of all flows into rows, flow by flow; flow i has number `first_flow + i`.

    Returns how many.
    """
    count = 0
    seqs = np.zeros(2, np.int64)
    for number in range(len(flows)):
        flow, at = flows[number], first_flow + number
        kind, now = flow.kind, np.float64(flow.start_us)
        tcp = kind in (TLS, HTTP, OTHER_TCP)
        seqs[0] = np.int64(uniform(state) * 4e9)
        seqs[1] = np.int64(uniform(state) * 4e9)
        if tcp and flow.whole:
            count = put(rows, count, seqs, now, at, 0, -1, 1, SYN)
            count = put(rows, count, seqs, now + RTT_US, at, 0, -1, 0, SYN | ACK)
            count = put(rows, count, seqs, now + RTT_US + 300, at, 0, -1, 1, ACK)
            now += RTT_US + 500
        if flow.opening >= 0:
            for part in range(flow.parts):
                template = flow.opening + part
                size = offset[template + 1] - offset[template]
                count = put(rows, count, seqs, now, at, size, template, 1, ACK | PSH)
                now += 60
            if tcp:
                count = put(rows, count, seqs, now + RTT_US - 100, at, 0, -1, 0, ACK)
            now += RTT_US
            size = offset[flow.reply + 1] - offset[flow.reply]
            count = put(rows, count, seqs, now, at, size, flow.reply, 0, ACK | PSH)
            if tcp:
                count = put(rows, count, seqs, now + 200, at, 0, -1, 1, ACK)
            now += 400
        if kind == DNS:
            continue
        most = 1500 - (40 if flow.v6 else 20) - (20 + flow.options if tcp else 8)
        if not tcp:
            most = min(most, 1_250)
        for filler in range(flow.fillers):
            now += -flow.gap_us * np.log(uniform(state))
            if kind == HTTP and filler == flow.fillers // 2:
                size = offset[flow.opening + 1] - offset[flow.opening]
                count = put(rows, count, seqs, now, at, size, flow.opening, 1, ACK | PSH)
                continue
            dice, way, fine = uniform(state), uniform(state), uniform(state)
            if dice < full:
                size, up = most, way < 0.15
            elif dice < full + middling:
                size, up = 100 + np.int64(800 * fine), way < 0.3
            elif dice < full + middling + little:
                size, up = 20 + np.int64(120 * fine), way < 0.5
            else:
                size, up = (0 if tcp else 30), way < 0.7
            count = put(rows, count, seqs, now, at, size, -1, 1 if up else 0, ACK)
        if tcp and flow.whole:
            count = put(rows, count, seqs, now + 1_000, at, 0, -1, 1, FIN | ACK)
            count = put(rows, count, seqs, now + RTT_US, at, 0, -1, 0, FIN | ACK)
            count = put(rows, count, seqs, now + RTT_US + 300, at, 0, -1, 1, ACK)
    return count


@numba.njit(cache=True)
def be(out: np.ndarray, at: int, value: int, width: int) -> None:
    """Writes a number, big-endian."""
    for place in range(width):
        out[at + place] = (value >> (8 * (width - 1 - place))) & 255


@numba.njit(cache=True)
def le32(out: np.ndarray, at: int, value: int) -> None:
    for place in range(4):
        out[at + place] = (value >> (8 * place)) & 255


@numba.njit(cache=True)
def write_frames(
    packets: Rows, start: int, flows: Rows, data: np.ndarray, offset: np.ndarray,
    noise: np.ndarray, out: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Writes classic records of packets[start:] until `out` is full; returns (next packet, bytes written)."""
    at = 0
    for number in range(start, len(packets)):
        if at + LONGEST_FRAME > len(out):
            return number, at
        packet, flow = packets[number], flows[packets[number].flow]
        record = at
        at += 16
        if packet.up:
            be(out, at, GATEWAY, 6)
            be(out, at + 6, np.int64(flow.client_mac), 6)
        else:
            be(out, at, np.int64(flow.client_mac), 6)
            be(out, at + 6, GATEWAY, 6)
        at += 12
        if flow.vlan:
            be(out, at, 0x81000000 | flow.vlan, 4)
            at += 4
        be(out, at, 0x86DD if flow.v6 else 0x0800, 2)
        at += 2
        tcp = flow.kind in (TLS, HTTP, OTHER_TCP)
        transport = (20 + flow.options if tcp else 8) + packet.size
        at = write_ip(out, at, flow, packet.up, 6 if tcp else 17, transport)
        be(out, at, flow.client_port if packet.up else flow.server_port, 2)
        be(out, at + 2, flow.server_port if packet.up else flow.client_port, 2)
        if tcp:
            at = write_tcp(out, at, flow, packet)
        else:
            be(out, at + 4, transport, 2)
            be(out, at + 6, 0, 2)
            at += 8
        at = write_payload(out, at, flow, packet, data, offset, noise)
        while at - record - 16 < 60:
            out[at] = 0
            at += 1
        le32(out, record, packet.time_us // 1_000_000)
        le32(out, record + 4, packet.time_us % 1_000_000)
        le32(out, record + 8, at - record - 16)
        le32(out, record + 12, at - record - 16)
    return len(packets), at


@numba.njit(cache=True)
def write_ip(out: np.ndarray, at: int, flow: Row, up: int, proto: int, length: int) -> int:
    """Writes an IP header without its checksum; returns the place behind it."""
    if flow.v6:
        be(out, at, 0x60000000, 4)
        be(out, at + 4, length, 2)
        out[at + 6], out[at + 7] = proto, 64
        source = at + 8 if up else at + 24
        target = at + 24 if up else at + 8
        be(out, source, np.int64(flow.client_hi), 8)
        be(out, source + 8, np.int64(flow.client_lo), 8)
        be(out, target, np.int64(flow.server_hi), 8)
        be(out, target + 8, np.int64(flow.server_lo), 8)
        return at + 40
    be(out, at, 0x45000000 | (20 + length), 4)
    be(out, at + 4, 0x00004000, 4)
    be(out, at + 8, 0x40000000 | (proto << 16), 4)
    be(out, at + 12 if up else at + 16, np.int64(flow.client_lo) & 0xFFFFFFFF, 4)
    be(out, at + 16 if up else at + 12, np.int64(flow.server_lo) & 0xFFFFFFFF, 4)
    return at + 20


@numba.njit(cache=True)
def write_tcp(out: np.ndarray, at: int, flow: Row, packet: Row) -> int:
    """Writes what follows the ports in a TCP header; returns the place behind it."""
    be(out, at + 4, packet.seq & 0xFFFFFFFF, 4)
    be(out, at + 8, packet.ack & 0xFFFFFFFF if packet.flags & ACK else 0, 4)
    out[at + 12], out[at + 13] = ((20 + flow.options) // 4) << 4, packet.flags
    be(out, at + 14, 0x01F60000, 4)
    be(out, at + 18, 0, 2)
    if flow.options:
        be(out, at + 20, 0x0101080A, 4)
        be(out, at + 24, packet.time_us // 1_000 & 0xFFFFFFFF, 4)
        be(out, at + 28, 0, 4)
    return at + 20 + flow.options


@numba.njit(cache=True)
def write_payload(
    out: np.ndarray, at: int, flow: Row, packet: Row, data: np.ndarray, offset: np.ndarray,
    noise: np.ndarray,
) -> int:  # fmt: skip
    """Writes a template, or noise that begins as the protocol's packets do; returns the place behind it."""
    end = at + packet.size
    if packet.template >= 0:
        source = offset[packet.template]
        out[at:end] = data[source : source + packet.size]
        if flow.kind == DNS:
            be(out, at, flow.client_port ^ flow.start_us & 0xFFFF, 2)
        return end
    source = (packet.seq * 2_654_435_761) % (len(noise) - 2_000)
    out[at:end] = noise[source : source + packet.size]
    if flow.kind == TLS and packet.size > 5:
        out[at], out[at + 1], out[at + 2] = 0x17, 3, 3
        be(out, at + 3, packet.size - 5, 2)
    elif flow.kind == QUIC and packet.size:
        out[at] = 0x40 | (out[at] & 0x3F)
    return end
