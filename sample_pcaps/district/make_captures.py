"""Makes the sample district's captures and the truth beside them from maker/plan.toml.

    python sample_pcaps/district/make_captures.py

Needs scapy, aioquic and cryptography. Hellos are random, so each run gives other bytes and here and there
another byte count; all else stays. Captures and truth are committed together.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from maker import background, truth  # noqa: E402
from maker.network import GATEWAYS, Network  # noqa: E402
from maker.plan import CaptureFile, Plan, read_plan  # noqa: E402
from maker.roster import Roster  # noqa: E402
from maker.traffic import Marked, Traffic  # noqa: E402
from wire.dhcp import LEASE_SECONDS  # noqa: E402
from wire.files import Interface, section, write_pcap  # noqa: E402
from wire.frames import Frame  # noqa: E402


def main() -> None:
    plan, network = read_plan(), Network(HERE)
    key = bytes.fromhex((HERE / "pseudonym.key").read_text(encoding="ascii").strip())
    frames = make_frames(plan, network)
    rows = truth.Judge(plan, Roster(HERE), key).findings(frames)
    check_against_plan(plan, rows, network, key)
    write_captures(plan, frames)
    write_table("findings.csv", truth.COLUMNS, [list(row.values()) for row in rows])
    write_table(
        "names.csv", ["minute", "sensor", "client_mac", "transport", "host"], truth.names_seen(frames)
    )
    write_readme(plan, rows, network, key)
    write_leases(frames, network)
    print(f"{len(frames)} frames, {len(rows)} findings")


def make_frames(plan: Plan, network: Network) -> list[Marked]:
    traffic = Traffic(network, plan.hosts)
    sessions = [*plan.sessions, *background.sessions()]
    frames = [frame for session in sessions for frame in traffic.session(session)]
    frames += background.leases(network, sessions)
    frames += background.chatter(network)
    return sorted(frames, key=lambda each: each.frame.time_ns)


def check_against_plan(plan: Plan, rows: list[truth.Row], network: Network, key: bytes) -> None:
    """What was worked out from the frames must be what the plan's author expected, no more and no less."""
    wrong, explained = [], 0
    for session in plan.sessions:
        found = [truth.said(row) for row in truth.of_session(session, rows, network, key)]
        explained += len(found)
        if sorted(found) != sorted(session.expect):
            wrong.append(f"{session.id}: expected {list(session.expect)}, found {found}")
    if explained != len(rows):
        wrong.append(f"{len(rows)} findings, of which the plan explains {explained}")
    if wrong:
        sys.exit("\n".join(wrong))


def write_captures(plan: Plan, frames: list[Marked]) -> None:
    for sensor in GATEWAYS:
        folder = HERE / "captures" / sensor
        folder.mkdir(parents=True, exist_ok=True)
        files = [each for each in plan.files if each.sensor == sensor]
        ends = [each.start_ns for each in files[1:]] + [2**63]
        for each, end in zip(files, ends, strict=True):
            mine = [
                marked.frame
                for marked in frames
                if marked.sensor == sensor and each.start_ns <= marked.frame.time_ns < end
            ]
            write_capture(folder / each.name, each, mine)


def write_capture(path: Path, file: CaptureFile, frames: list[Frame]) -> None:
    nano = file.form.endswith("-nano")
    if file.form.startswith("pcapng"):
        interface = Interface(tsresol=9 if nano else 6, snaplen=file.snaplen, name=file.sensor)
        path.write_bytes(section([interface], ((0, frame) for frame in frames)))
    else:
        order = ">" if file.form == "pcap-big-endian" else "<"
        write_pcap(path, frames, nano=nano, order=order, snaplen=file.snaplen)


def write_table(name: str, columns: list[str], rows: list[tuple[str, ...]] | list[list[str]]) -> None:
    with (HERE / "truth" / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_leases(frames: list[Marked], network: Network) -> None:
    """What each school's dnsmasq holds at the end: expiry, MAC, address, name, client id of live leases."""
    end = frames[-1].frame.time_ns // 1_000_000_000
    for sensor in GATEWAYS:
        last: dict[str, str] = {}
        for marked in frames:
            if marked.transport == "dhcp" and marked.sensor == sensor:
                device = network.of_mac(marked.mac)
                expiry = marked.frame.time_ns // 1_000_000_000 + LEASE_SECONDS
                address = network.address(device.device_id or marked.mac, sensor)
                if expiry <= end:
                    continue
                last[marked.mac] = f"{expiry} {marked.mac} {address} {device.device_id.lower() or '*'} *"
        path = HERE / "leases" / f"{sensor}.dnsmasq.leases"
        path.write_text("\n".join(last.values()) + "\n", encoding="ascii")


def write_readme(plan: Plan, rows: list[truth.Row], network: Network, key: bytes) -> None:
    """One line a planned session: what it shows, and what the audit must say of it."""
    lines = [
        "# What is true of the sample captures",
        "",
        "`findings.csv` is what `auditor findings` must print for 2026-11-09 to 2026-11-13; `names.csv` is",
        "which client opened which connection when. Both come from the plan in `../maker/`, not from the",
        "program; `make_captures.py` writes them and this page. A finding reads",
        "*platform disposition minutes/in work time/excepted/unapproved confidence*.",
        "",
        "| when | device | what it shows | findings |",
        "|---|---|---|---|",
    ]
    for session in sorted(plan.sessions, key=lambda each: each.start):
        found = truth.of_session(session, rows, network, key)
        says = "; ".join(f"{truth.said(row)} (`{row['finding_id']}`)" for row in found) or "none"
        when = truth.stamp(session.start)[:16].replace("T", " ")
        lines.append(f"| {when} | {session.device} | {session.shows} | {says} |")
    (HERE / "truth" / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
