"""Puts TCP segments of one direction in order until a name can be read, or it is clear that there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.decode import http, tls

MOST_BYTES = 65_536 + 5 * 8  # of one stream: the longest ClientHello in eight records
MOST_SEGMENTS = 256  # of one stream; each time one comes they are put in order
MOST_HELD = 2 * MOST_BYTES  # bytes of one stream's segments, some of which overlap


@dataclass(slots=True)
class Found:
    """What a stream begins with."""

    hello: tls.Hello | None = None
    hosts: list[str] = field(default_factory=list)  # of HTTP requests, in order
    done: bool = False  # nothing more is to be had from further segments


@dataclass(slots=True)
class Stream:
    """Segments of one direction by their distance from where the stream, or its interesting part, begins."""

    base_seq: int
    segments: dict[int, bytes] = field(default_factory=dict)
    hosts_told: int = 0
    held: int = 0  # bytes of all segments

    def add(self, seq: int, data: bytes) -> bool:
        """Takes a segment; of two at the same place the longer stays. What lies before the base, or too far
        behind it, is cut off. False where too much is held already."""
        distance = (seq - self.base_seq) & 0xFFFFFFFF
        if distance >= 0x80000000:
            data = data[0x100000000 - distance :]
            distance = 0
        data = data[: max(MOST_BYTES - distance, 0)]
        more = len(data) - len(self.segments.get(distance, b""))
        if more <= 0:
            return True
        if self.held + more > MOST_HELD or (
            len(self.segments) == MOST_SEGMENTS and distance not in self.segments
        ):
            return False
        self.segments[distance] = data
        self.held += more
        return True

    def prefix(self) -> bytes:
        """The bytes from the base up to the first gap; where segments overlap the first in order counts."""
        stream = bytearray()
        for distance in sorted(self.segments):
            if distance > len(stream):
                break
            stream += self.segments[distance][len(stream) - distance :]
        return bytes(stream[:MOST_BYTES])

    def cut(self, count: int) -> None:
        """Forgets the first `count` bytes of the prefix; they are dealt with."""
        rest = self.prefix()[count:]
        end = count + len(rest)
        later = {at - count: data for at, data in self.segments.items() if at > end}
        self.base_seq = (self.base_seq + count) & 0xFFFFFFFF
        self.segments = {0: rest, **later} if rest else later
        self.held = sum(map(len, self.segments.values()))

    def read(self, last: bool) -> Found:
        """What the stream says so far; with `last` no more will come and what is there must do."""
        stream = self.prefix()
        if not stream:
            return Found(done=last)
        hello = tls.client_hello(stream, partial=last)
        if hello is None:
            requests, next_at = http.requests(stream, partial=last)
            if requests or next_at != http.NOT_HTTP:
                hosts = [request.host for request in requests if request.host][self.hosts_told :]
                self.hosts_told += len(hosts)
                tunnel_at = requests[-1].tunnel_at if requests else 0
                inner = tls.client_hello(stream[tunnel_at:], partial=last) if tunnel_at else None
                if isinstance(inner, tls.Hello):
                    return Found(hello=inner, hosts=hosts, done=True)
                return Found(hosts=hosts, done=last or not 0 <= next_at < len(stream))
            late = tls.hello_start(stream)
            hello = tls.client_hello(stream[late:], partial=last) if late >= 0 else None
        if isinstance(hello, tls.NeedMore):
            return Found(done=last)
        return Found(hello=hello, done=True)
