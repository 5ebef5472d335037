"""dpkt, told to read the same frames, sees the same conversations and the same names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import naive
import pytest
from made_captures import evenly
from made_frames import conversations
from made_readings import Seen, Slice, read, sightings, slices_of
from naive import Reading, Talk

from auditor.capture.read import read_capture
from auditor.decode.decoder import Decoder
from auditor.kernel.dtypes import DHCP, KIND_NAMES
from auditor.records import Ledger
from auditor.shipped import shipped

SAMPLES = shipped("sample_pcaps")
NOT_DPKTS = ("pcapng-two-sections.pcapng", "truncated-in-mid-packet.pcap")  # it misreads both
CAPTURES = [
    *sorted(path for path in SAMPLES.glob("*.pcap*") if path.name not in NOT_DPKTS),
    SAMPLES / "district" / "captures" / "elementary" / "2026-11-12.pcapng",
    SAMPLES / "district" / "captures" / "high" / "2026-11-12-a.pcap",
    SAMPLES / "district" / "captures" / "high" / "2026-11-13.pcap",
]


def ours(path: Path) -> tuple[list[Seen], list[Slice]]:
    decoder = Decoder(Ledger())
    seen: list[Seen] = []
    slices: list[Slice] = []
    for frames in read_capture(path, Ledger()):
        for observed in decoder.feed(frames):
            seen += sightings(observed)
            slices += slices_of(observed)
    slices += slices_of(decoder.end_capture())
    return seen, slices


def counted(slices: list[Slice]) -> tuple[Counter[tuple[Talk, naive.End]], Counter[tuple[Talk, naive.End]]]:
    packets: Counter[tuple[Talk, naive.End]] = Counter()
    sizes: Counter[tuple[Talk, naive.End]] = Counter()
    for row in slices:
        client, server = (row.client, row.client_port), (row.server, row.server_port)
        talk = Talk(row.proto, *sorted((client, server)))
        for end, count, size in (
            (client, row.packets_up, row.bytes_up), (server, row.packets_down, row.bytes_down),
        ):  # fmt: skip
            if count:
                packets[talk, end] += count
                sizes[talk, end] += size
    return packets, sizes


def check_conversations(slices: list[Slice], theirs: Reading) -> None:
    packets, sizes = counted(slices)
    assert packets == theirs.packets
    assert sizes == theirs.sizes


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_a_capture(path: Path) -> None:
    seen, slices = ours(path)
    theirs = naive.read(naive.frames_of(path))
    check_conversations(slices, theirs)
    found = Counter((row.frame, row.kind, row.host) for row in seen)
    assert theirs.names - found == Counter(), "dpkt sees no name that we don't"
    assembled = {kind for _, kind, _ in found - theirs.names}
    assert assembled <= {"tls", "quic", "http", "dns_query", "dns_answer", "dhcp", *KIND_NAMES[DHCP + 1 :]}
    assert not {"dns_query", "dns_answer"} & assembled or path.stem == "dns-over-tcp"


def test_made_conversations() -> None:
    frames = list(conversations())
    _, slices = read(evenly(frames))
    check_conversations(slices, naive.read(frames))
    assert len(slices) > 80
