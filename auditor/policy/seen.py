"""The links of a finding's chain that rest on what the sensors saw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from auditor.policy.cited import cite
from auditor.policy.explain import Known, Node, Row
from auditor.policy.wording import count_of, lines_of, local_time

_WAYS = {
    "mac": "its MAC address was seen in the capture",
    "randomised": "it hides behind a randomised MAC address",
    "address": "no MAC address was seen, and no lease or claim says beyond dispute whose the IP address was",
}
_LEASES = {
    "dhcp": "known by DHCP, the lease of its address",
    "dhcpv6": "known by DHCPv6, the lease of its address",
    "radius": "known by RADIUS accounting, which names its address",
    "arp": "known by ARP: it said that the address was its own",
    "nd": "known by neighbour discovery: it said that the address was its own",
}


def known_by(row: Row) -> str:
    """How the device of a sighting was known, in words."""
    return _LEASES[row["lease_kind"]] if row["known_by"] == "lease" else _WAYS[row["known_by"]]


def device(known: Known) -> Node:
    """Which device it was and how it was known."""
    row = known.finding
    rows = [cite(known, "devices.csv", line).node() for line in lines_of(known, "device_line")]
    leases = {
        (e["lease_source"], e["lease_frame"], e["lease_kind"])
        for e in known.evidence
        if e["known_by"] == "lease"
    }
    parts = [Node(_WAYS[way]) for way in sorted({e["known_by"] for e in known.evidence} - {"lease"})]
    parts += [Node(_LEASES[kind], frame_of(known, source, frame)) for source, frame, kind in sorted(leases)]
    logons = {(e["logon_source"], e["logon_frame"]) for e in known.evidence if e["by_logon"]}
    parts += [
        Node("the employee was logged on at it (RADIUS accounting)", frame_of(known, source, line))
        for source, line in sorted(logons)
    ]
    through = sorted({e["seen_through"] for e in known.evidence} - {""})
    parts += [Node(f"seen through {address}, an access point or the end of a tunnel") for address in through]
    if not rows:
        return Node(f"{row['device_id']}: not in devices.csv", parts=tuple(parts), name="device")
    owner = "assigned to the employee" if row["person"] else "assigned to nobody in particular"
    text = f"{row['device_id']}: {row['ownership']} equipment, {owner}"
    return Node(text, parts=(*rows, *parts), name="device")


def hosts(known: Known) -> Node:
    """Which hosts were seen, in which frame each was named, and by which rule it is the platform's."""
    if not known.evidence:
        gone = "the day's activity is no longer in the warehouse, so the frames are not known any more"
        other = (
            "by the lists as they are now this use is not laid to this device and person; audit the day again"
        )
        return Node(f"{known.finding['hosts']}: {other if known.is_kept else gone}", name="hosts")
    parts = []
    for (_, host), group in groupby(sorted(known.evidence, key=_visits_first), _visits_first):
        match = known.match(host)
        rule = (
            f"{match.platform}, {match.evidence}, by the rule {match.rule}" if match else "no rule any more"
        )
        parts.append(Node(f"{host}: {rule}", parts=tuple(_sightings(known, list(group)))))
    return Node("what the sensors saw", parts=tuple(parts), name="hosts")


def _sightings(known: Known, rows: list[Row]) -> Iterator[Node]:
    """One line a frame that gave the name."""
    by_frame: defaultdict[tuple[str, int, str], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: (one["minute"], one["capture"], one["frame"])):
        by_frame[row["capture"], row["frame"], row["name_source"]].append(row)
    for (capture, frame, source), same in by_frame.items():
        octets = sum(row["bytes_up"] + row["bytes_down"] for row in same)
        minutes = count_of(len({row["minute"] for row in same}), "minute")
        first = local_time(known.district, same[0]["minute"])
        text = f"named by {source}, first at {first}, {octets:,} bytes in {minutes}"
        yield Node(text, frame_of(known, capture, frame))


def _visits_first(row: Row) -> tuple[bool, str]:
    return row["evidence"] != "visit", row["host"]


def confidence(known: Known) -> Node:
    """How sure the finding is, and each doubt."""
    visits = [row for row in known.evidence if row["evidence"] == "visit"]
    doubts = []
    if visits and all(row["name_source"] == "dns" for row in visits):
        doubts.append(Node("no visit was named on the wire, only by an answer of the name service"))
    if any(row["known_by"] == "lease" for row in known.evidence):
        doubts.append(
            Node(
                "the device is known by a lease or claim of its address, not by a MAC address with its traffic"
            )
        )
    if any(row["by_logon"] for row in known.evidence):
        doubts.append(
            Node("the device is not in devices.csv; who used it is known by a log-on to the network")
        )
    if visits and known.finding["minutes"] == 1 and sum(row["flows"] for row in known.evidence) == 1:
        doubts.append(Node("one single connection: it may be a part of another site's page"))
    text = f"confidence {known.finding['confidence']}; network metadata can't show intent"
    return Node(text, parts=tuple(doubts), name="confidence")


def provenance(known: Known) -> Node:
    """What the finding was made from, so that it can be made again."""
    audit = known.audit
    catalogues = ", ".join(audit.get("catalogue_versions", []))
    inputs = known.finding.get("inputs") or audit.get("inputs")
    parts = [Node(f"inputs {inputs}: all of them are in the day's audit.json")] if inputs else []
    parts.append(Node(f"program {audit.get('program_version', '?')}, catalogue {catalogues}"))
    parts += [Node(f"{name} sha256 {digest}") for name, digest in audit.get("files", {}).items()]
    columns = ("capture", "lease_source", "logon_source")
    used = {row[name] for row in known.evidence for name in columns}
    named = {**known.captures, **known.logs}
    parts += [Node(f"{named.get(sha256, 'a capture')} sha256 {sha256}") for sha256 in sorted(used - {""})]
    if known.changed:
        names = ", ".join(known.changed)
        parts.append(Node(f"changed since the audit: {names}; line numbers are those of the audit"))
    return Node("made from", parts=tuple(parts), name="provenance")


def frame_of(known: Known, sha256: str, frame: int) -> str:
    """Where it stands in a capture or a log."""
    if sha256 in known.logs:
        return f"{known.logs[sha256]}:{frame}"
    return f"{known.captures.get(sha256, sha256[:16])} frame {frame}"
