"""The whole way from frames to names, kernel and all: nothing is lost, nothing is made up."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

from feed import Feed, check_name
from made_captures import START_S
from made_packets import SYN, tcp_frame, udp_frame
from made_readings import Seen, Slice, frames_of, sightings, slices_of

from auditor.capture.linktypes import READABLE
from auditor.decode import dns, tables, tls
from auditor.decode.decoder import Decoder
from auditor.kernel.layers import VERDICTS
from auditor.records import Ledger

LINKS = sorted(READABLE)
STEP_NS = 1_000_000_000


def decoded(given: list[bytes], link: int) -> tuple[list[Seen], list[Slice]]:
    """What a decoder says of frames a second apart, fed one by one; names and counts are held to what went in."""
    with patch.multiple(tables, POOL_SLOTS=2):
        decoder = Decoder(Ledger())
    stamped = [(START_S * 1_000_000_000 + number * STEP_NS, data) for number, data in enumerate(given)]
    seen: list[Seen] = []
    slices: list[Slice] = []
    joined = 0
    for number, frame in enumerate(stamped, 1):
        parts = list(decoder.feed(frames_of([frame], link, first=number)))
        joined += len(parts) - 1  # datagrams put together from fragments are frames too
        for part in parts:
            seen += sightings(part)
            slices += slices_of(part)
    slices += slices_of(decoder.end_capture())
    verdicts = sum(decoder.ledger.counts[text] for text in set(VERDICTS.values()))
    packets = sum(row.packets_up + row.packets_down for row in slices)
    assert len(given) <= packets + verdicts <= len(given) + joined
    assert sum(row.bytes_up + row.bytes_down for row in slices) <= 2 * sum(map(len, given))
    for sighting in seen:
        check_name(sighting.host, longest=4 * 512)
        assert 1 <= sighting.frame <= len(given)
    for row in slices:
        check_name(row.host)
        assert row.packets_up + row.packets_down > 0
        assert (row.source == "none") == (row.host == "")
    return seen, slices


def any_frames(data: bytes) -> None:
    feed = Feed(data)
    link = LINKS[feed.number(1) % len(LINKS)]
    decoded(list(feed.pieces(24)), link)


def segments(data: bytes) -> None:
    """A connection: before each piece which way it goes and how far from where the last one ended."""
    feed = Feed(data)
    port = (443, 80, 53, 25)[feed.number(1) & 3]
    frames, seq = [tcp_frame(seq=99, flags=SYN, server_port=port)], 100
    for piece in feed.pieces(24):
        start = Feed(piece)
        up, step, payload = start.number(1) & 7 != 7, start.number(1), start.rest()
        seq += step - 256 if step > 200 else step if step > 180 else 0
        frames.append(tcp_frame(payload, seq if up else 500, up=up, server_port=port))
        seq += len(payload) if up else 0
    decoded(frames, 1)


def one_segment(data: bytes) -> None:
    """The kernel and plain Python find the same name in a whole hello."""
    seen, _ = decoded([tcp_frame(data)], 1)
    whole = tls.client_hello(data)
    if isinstance(whole, tls.Hello):
        known = [sighting.host for sighting in seen if sighting.kind == "tls"]
        assert known in ([whole.sni], []), (known, whole.sni)


def one_datagram(data: bytes) -> None:
    """The kernel and plain Python read the same questions, and no address that only one of them sees."""
    seen, _ = decoded([udp_frame(data)], 1)
    message = dns.message(data)
    if message is None or message.opcode:
        assert not seen
        return
    kinds = Counter(sighting.kind for sighting in seen)
    if not message.response:
        asked = [question.name for question in message.questions if question.name]
        assert [sighting.host for sighting in seen] == asked[: len(seen)]
        assert kinds["dns_query"] == len(seen)
    else:
        told = {(answer.value) for answer in message.answers}
        assert {sighting.ip for sighting in seen if sighting.kind == "dns_answer"} - {""} <= told


FRAMES = {
    "frames": any_frames,
    "segments": segments,
    "one_segment": one_segment,
    "one_datagram": one_datagram,
}
