"""Makes large captures of a made-up school network: `python -m bench.make_mix small 1.5 FILE.pcap`.

What is in them, so that a reader can judge whether the benchmark is fair:

- 4,000 devices behind one gateway, 6,000 hosts by Zipf's law, a quarter of them of well-known platforms; a
  third of the hosts share addresses as behind a CDN. 10,000 packets a second.
- `small`: about 320 bytes a frame. Of a million packets 40,000 carry a name: 22,000 DNS (11,000 lookups),
  12,000 TLS hellos, 3,600 HTTP requests, 2,400 QUIC hellos. Some 32,000 flows, so about 95,000 a gigabyte.
- `bulk`: about 850 bytes a frame, 14,400 names and some 12,000 flows a million packets.
- Half of the hellos carry a post-quantum key share: they take two TCP segments or two QUIC Initials. The
  CRYPTO frames of an Initial are out of order. 3,000 Initials are prepared (each is encrypted) and sent again
  and again from other addresses; TLS hellos differ by host.
- TCP has sequence numbers, SYN and FIN, and timestamps for half of the devices. Of a twentieth of the named
  connections SYN and FIN are missing; half of the unnamed flows are TCP seen from mid-stream on, the other
  half UDP. Payload behind the opening is noise.
- About an eighth of the flows are IPv6; a third of the devices are behind a VLAN tag. Flow lengths and
  durations are log-normal (median duration 10 s).
- Not in them: checksums (the fields are zero), retransmissions, fragments, tunnels, damage. Tests have those.
- A file is the same for the same arguments: everything comes from one seed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.conversations import DNS, MIXES, Mix, Planner
from bench.frames import MOST_EXTRA, PACKET, packets_of, write_frames

STRETCH_PACKETS, STRETCH_US = 500_000, 50_000_000
START_US = 1_794_236_400_000_000  # Monday, 9 November 2026, 15:00 UTC
BLOCK = 32 << 20
SEED = 20_261_109
RECIPE = ("make_mix.py", "conversations.py", "frames.py", "templates.py")


def recipe() -> str:
    """A digest of the sources that decide what a capture holds."""
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in RECIPE)).hexdigest()[:16]


def facts_of(path: Path) -> dict[str, float]:
    """What a capture made before holds; empty if there is none, or it was made by other sources."""
    beside = path.with_suffix(".json")
    if not (path.exists() and beside.exists()):
        return {}
    told = json.loads(beside.read_text())
    return told["facts"] if told["recipe"] == recipe() else {}


def make(mix: Mix, gigabytes: float, path: Path) -> dict[str, float]:
    """Writes the capture, and what it holds beside it as JSON, which it returns."""
    most = int(gigabytes * 1e9)
    facts: dict[str, float] = {"packets": 0, "bytes": 24, "named": 0, "flows": 0}
    partial = path.with_suffix(".partial")
    with partial.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for block in _blocks(mix, most - 24, facts):
            out.write(block)
    partial.replace(path)
    facts["frame_bytes"] = round(facts["bytes"] / facts["packets"] - 16, 1)
    told = {"recipe": recipe(), "facts": facts}
    path.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n")
    return facts


def _blocks(mix: Mix, most: int, facts: dict[str, float]) -> Iterator[memoryview]:
    rng = np.random.default_rng(SEED)
    planner = Planner(mix, rng)
    noise = rng.integers(0, 256, 1 << 22, dtype=np.uint8)
    state = np.array([SEED], np.uint64)
    flows = np.zeros(0, planner.flows(1_000, 0, 1).dtype)
    carried = np.zeros(0, PACKET)
    out = np.empty(BLOCK, np.uint8)
    start_us = START_US
    while True:
        packets, carried, flows = _stretch(planner, mix, flows, carried, start_us, state)
        start_us += STRETCH_US
        done = 0
        while done < len(packets):
            room = out[: min(BLOCK, most)]
            following, count = write_frames(
                packets, done, flows.view(np.recarray), planner.data, planner.offset, noise, room
            )
            if following == done:
                return
            yield room[:count].data
            most -= count
            facts["bytes"] += count
            facts["packets"] += following - done
            facts["named"] += _named(packets[done:following], flows)
            done = following
            facts["flows"] = int((flows["start_us"] <= packets["time_us"][done - 1]).sum())


def _stretch(
    planner: Planner, mix: Mix, flows: np.ndarray, carried: np.ndarray, start_us: int, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(packets of this stretch in order of time, those that run on into the next, all flows so far)"""
    new = planner.flows(STRETCH_PACKETS, start_us, STRETCH_US)
    rows = np.zeros(int(new["fillers"].sum()) + MOST_EXTRA * len(new), PACKET).view(np.recarray)
    count = packets_of(
        new.view(np.recarray), len(flows), planner.offset, mix.full, mix.middling, mix.little, state, rows
    )
    packets = np.concatenate([carried, np.asarray(rows[:count]).view(PACKET)])
    packets = packets[np.argsort(packets["time_us"], kind="stable")]
    end = int(np.searchsorted(packets["time_us"], start_us + STRETCH_US))
    return packets[:end].view(np.recarray), packets[end:].copy(), np.concatenate([flows, new])


def _named(packets: np.ndarray, flows: np.ndarray) -> int:
    """Packets that carry a name; of a hello in two parts the first counts."""
    kind = flows["kind"][packets["flow"]]
    first = packets["template"] == flows["opening"][packets["flow"]]
    return int(
        ((packets["template"] >= 0) & (first | (kind == DNS)) & ((packets["up"] == 1) | (kind == DNS))).sum()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("mix", choices=sorted(MIXES))
    parser.add_argument("gigabytes", type=float)
    parser.add_argument("path", type=Path)
    options = parser.parse_args()
    if not facts_of(options.path):
        make(MIXES[options.mix], options.gigabytes, options.path)
    print(json.dumps(facts_of(options.path)))


if __name__ == "__main__":
    main()
