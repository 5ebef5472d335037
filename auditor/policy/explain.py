"""The chain behind one finding, from the clause to the frame in the capture, as a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from auditor.district.rows import District
from auditor.policy.decide import day_evaluated
from auditor.records import HostMatch

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One statement, where it stands, and what it rests on."""

    text: str
    source: str = ""  # "schedules.csv:3", "captures/north/0.pcap frame 17"
    parts: tuple[Node, ...] = ()
    name: str = ""  # of a link of the chain: "clause", "minutes", "person", ...

    def to_dict(self) -> dict[str, Any]:
        """The node for JSON; what is empty is left out."""
        fields = {
            "name": self.name,
            "text": self.text,
            "source": self.source,
            "parts": [part.to_dict() for part in self.parts],
        }
        return {name: value for name, value in fields.items() if value}

    def lines(self, indent: int = 0) -> Iterator[str]:
        """The node as indented text."""
        mark = f"  [{self.source}]" if self.source else ""
        yield f"{'  ' * indent}{self.text}{mark}"
        for part in self.parts:
            yield from part.lines(indent + 1)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding's row and the links of its chain, each resting on those after it."""

    finding: Row
    chain: tuple[Node, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"finding": dict(self.finding), "chain": [node.to_dict() for node in self.chain]}

    def __str__(self) -> str:
        return "\n\n".join("\n".join(self._link(node)) for node in self.chain) + "\n"

    def _link(self, node: Node) -> Iterator[str]:
        yield node.name.replace("_", " ").upper()
        yield from node.lines(1)


@dataclass(frozen=True)
class Known:
    """All that an explanation draws on. Minutes, and the lines in them, are those of the audit."""

    district: District
    employee_id: str  # "" where the finding is nobody's or the employee has left staff.csv
    finding: Row
    minutes: Sequence[Row]  # the finding's rows of the minutes table, by minute
    evidence: Sequence[Row]  # what `evidence` gives
    match: Callable[[str], HostMatch | None]  # the signature catalogue
    captures: Mapping[str, str]  # SHA-256 -> path
    audit: Mapping[str, Any]  # the day's provenance
    changed: Sequence[str]  # the district's files that have changed since the audit

    @property
    def day(self) -> date:
        return date.fromisoformat(self.finding["day"])


def evidence(
    district: District, activity: pa.Table, leases: pa.Table, key: bytes, finding: Row, minutes: Sequence[Row]
) -> list[dict[str, Any]]:
    """What the sensors saw in the minutes of a finding: a row a host, name, frame and lease.

    `activity` and `leases` are those of the finding's day. Empty where the activity is no longer kept.
    """
    query = """
        SELECT host, evidence, name_source, capture, frame, lease_kind, lease_source, lease_frame, seen_through,
            CASE
                WHEN by_lease THEN 'lease'
                WHEN randomised THEN 'randomised'
                WHEN client_key = '' THEN 'address'
                ELSE 'mac'
            END AS known_by,
            MIN(t.minute) AS first_minute, COUNT(DISTINCT t.minute) AS minutes,
            CAST(SUM(bytes_up) AS BIGINT) AS bytes_up, CAST(SUM(bytes_down) AS BIGINT) AS bytes_down,
            CAST(SUM(flows) AS BIGINT) AS flows
        FROM laid_traffic AS t
        INNER JOIN asked AS a ON a.minute = t.minute
        WHERE t.device_id = ? AND t.platform = ? AND t.person = ?
        GROUP BY host, evidence, name_source, capture, frame, known_by, lease_kind, lease_source, lease_frame,
            seen_through
        ORDER BY first_minute, evidence DESC, host, name_source, capture, frame, lease_source, lease_frame,
            seen_through
    """
    day = date.fromisoformat(finding["day"])
    with day_evaluated(district, day, activity, leases, key) as views:
        views.register(
            "asked", pa.table({"minute": pa.array([row["minute"] for row in minutes], pa.int64())})
        )
        found = views.execute(query, [finding["device_id"], finding["platform"], finding["person"]])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
