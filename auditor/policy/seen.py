"""The links of a finding's chain that rest on what the sensors saw."""

from __future__ import annotations

from itertools import groupby

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
    "arp": "known by ARP: it said that the address was its own",
    "nd": "known by neighbour discovery: it said that the address was its own",
}


def device(known: Known) -> Node:
    """Which device it was and how it was known."""
    row, line = known.finding, lines_of(known, "devices.csv", "device_line")
    leases = {
        (e["lease_source"], e["lease_frame"], e["lease_kind"])
        for e in known.evidence
        if e["known_by"] == "lease"
    }
    parts = [Node(_WAYS[way]) for way in sorted({e["known_by"] for e in known.evidence} - {"lease"})]
    parts += [Node(_LEASES[kind], _frame(known, source, frame)) for source, frame, kind in sorted(leases)]
    through = sorted({e["seen_through"] for e in known.evidence} - {""})
    parts += [Node(f"seen through {address}, an access point or the end of a tunnel") for address in through]
    if not line:
        return Node(f"{row['device_id']}: not in devices.csv", parts=tuple(parts), name="device")
    owner = "assigned to the employee" if row["person"] else "assigned to nobody in particular"
    text = f"{row['device_id']}: {row['ownership']} equipment, {owner}"
    return Node(text, line, tuple(parts), "device")


def hosts(known: Known) -> Node:
    """Which hosts were seen, in which frame each was named, and by which rule it is the platform's."""
    if not known.evidence:
        listed = known.finding["hosts"]
        return Node(f"{listed}: the day's activity is no longer in the warehouse", name="hosts")
    parts = []
    for (_, host), group in groupby(sorted(known.evidence, key=_visits_first), _visits_first):
        rows = list(group)
        match = known.match(host)
        rule = (
            f"{match.platform}, {match.evidence}, by the rule {match.rule}" if match else "no rule any more"
        )
        sightings = tuple(
            Node(
                f"named by {row['name_source']}, first at {local_time(known.district, row['first_minute'])}, "
                f"{row['bytes_up'] + row['bytes_down']:,} bytes in {count_of(row['minutes'], 'minute')}",
                _frame(known, row["capture"], row["frame"]),
            )
            for row in sorted(rows, key=lambda e: (e["first_minute"], e["capture"], e["frame"]))
        )
        parts.append(Node(f"{host}: {rule}", parts=sightings))
    return Node("what the sensors saw", parts=tuple(parts), name="hosts")


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
    if visits and known.finding["minutes"] == 1 and sum(row["flows"] for row in known.evidence) == 1:
        doubts.append(Node("one single connection: it may be a part of another site's page"))
    text = f"confidence {known.finding['confidence']}; network metadata can't show intent"
    return Node(text, parts=tuple(doubts), name="confidence")


def provenance(known: Known) -> Node:
    """What the finding was made from, so that it can be made again."""
    audit = known.audit
    catalogues = ", ".join(audit.get("catalogue_versions", []))
    parts = [Node(f"program {audit.get('program_version', '?')}, catalogue {catalogues}")]
    parts += [Node(f"{name} sha256 {digest}") for name, digest in audit.get("files", {}).items()]
    used = {row["capture"] for row in known.evidence} | {e["lease_source"] for e in known.evidence}
    parts += [
        Node(f"{known.captures.get(sha256, 'a capture')} sha256 {sha256}") for sha256 in sorted(used - {""})
    ]
    if known.changed:
        names = ", ".join(known.changed)
        parts.append(Node(f"changed since the audit: {names}; line numbers are those of the audit"))
    return Node("made from", parts=tuple(parts), name="provenance")


def _frame(known: Known, sha256: str, frame: int) -> str:
    return f"{known.captures.get(sha256, sha256[:16])} frame {frame}"
