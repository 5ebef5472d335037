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
    next_seq: int | None = None  # where the next request begins, where that is known


@dataclass(slots=True)
class Stream:
    """Segments of one direction by their distance from where the stream, or its interesting part, begins."""

    base_seq: int
    segments: dict[int, bytes] = field(default_factory=dict)
    first_is_told: bool = False  # the kernel gave the first request's host already
    in_chunks: bool = False  # of a request's body
    held: int = 0  # bytes of all segments

    def add(self, seq: int, data: bytes) -> bool:
        """Takes a segment; of two at the same place the first, and what the second has more. What lies before
        the base, or too far behind it, is cut off. False where too much is held already."""
        distance = (seq - self.base_seq) & 0xFFFFFFFF
        if distance >= 0x80000000:
            data = data[0x100000000 - distance :]
            distance = 0
        data = data[: max(MOST_BYTES - distance, 0)]
        known = self.segments.get(distance, b"")
        more = len(data) - len(known)
        if more <= 0:
            return True
        if self.held + more > MOST_HELD or (
            len(self.segments) == MOST_SEGMENTS and distance not in self.segments
        ):
            return False
        self.segments[distance] = known + data[len(known) :]
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
        """Forgets the first `count` bytes from the base on, dealt with or to be passed over."""
        rest = self.prefix()[count:]
        kept = {0: rest} if rest else {}
        for at in sorted(self.segments):
            data, at = self.segments[at][max(count - at, 0) :], max(at - count, 0)
            if data and at + len(data) > len(rest):
                kept.setdefault(at, data)
        self.base_seq = (self.base_seq + count) & 0xFFFFFFFF
        self.segments = kept
        self.held = sum(map(len, kept.values()))

    def lacks(self, seq: int) -> bool:
        """Whether bytes are missing before the one at `seq`."""
        ahead = (seq - self.base_seq) & 0xFFFFFFFF
        return len(self.prefix()) < ahead < 0x80000000

    def read(self, last: bool) -> Found:
        """What the stream says so far; with `last` no more will come and what is there must do."""
        if self.in_chunks and not self._pass_chunks():
            return Found(done=last or not self.in_chunks)
        stream = self.prefix()
        if not stream:
            return Found(done=last or not self.segments, next_seq=None if self.segments else self.base_seq)
        hello = tls.client_hello(stream, partial=last)
        if hello is None:
            requests, next_at = http.requests(stream, partial=last)
            if requests or next_at != http.NOT_HTTP:
                return self._take(requests, next_at, last)
            late = tls.hello_start(stream)
            hello = tls.client_hello(stream[late:], partial=last) if late >= 0 else None
        if isinstance(hello, tls.NeedMore):
            return Found(done=last)
        return Found(hello=hello, done=True)

    def _take(self, requests: list[http.Request], next_at: int, last: bool) -> Found:
        """Tells the hosts of requests, of an unfinished one too where it is there, and goes on behind them."""
        hosts = [request.host for request in requests[1 if self.first_is_told else 0 :] if request.host]
        self.first_is_told = self.first_is_told and not requests
        if requests and requests[-1].tunnel_at:
            return self._take_tunnel(hosts, requests[-1].tunnel_at, last)
        self.in_chunks = bool(requests) and next_at == http.NOT_HTTP and requests[-1].chunks_at > 0
        if next_at == http.NOT_HTTP and not self.in_chunks:
            return Found(hosts=hosts, done=True)
        self.cut(requests[-1].chunks_at if self.in_chunks else next_at)
        if self.in_chunks:
            found = self.read(last)
            return Found(found.hello, hosts + found.hosts, found.done, found.next_seq)
        if not self.first_is_told and not last:
            early = [
                request.host for request in http.requests(self.prefix(), partial=True)[0] if request.host
            ]
            self.first_is_told = bool(early)
            hosts += early
        return Found(hosts=hosts, done=last or not self.segments, next_seq=self.base_seq)

    def _take_tunnel(self, hosts: list[str], tunnel_at: int, last: bool) -> Found:
        """Behind CONNECT: a hello, or another request where the proxy refused the first one."""
        self.cut(tunnel_at)
        if not self.segments:
            return Found(hosts=hosts, done=last)
        found = self.read(last)
        return Found(found.hello, hosts + found.hosts, found.done, found.next_seq)

    def _pass_chunks(self) -> bool:
        """Passes over what is there of a body in chunks; whether it has ended. No chunks end the following."""
        at, ended = http.skip_chunks(self.prefix())
        self.in_chunks = at != http.NOT_HTTP and not ended
        if at != http.NOT_HTTP:
            self.cut(at)
        return ended
