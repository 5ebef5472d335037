"""What an explanation is made of and draws on: the chain behind one finding, from the clause to the frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


def told(links: Sequence[Node]) -> str:
    """Links of a chain as text, each under its name."""
    blocks = ([link.name.replace("_", " ").upper(), *link.lines(1)] for link in links)
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding, each of its minutes prong by prong, and the links of its chain, each resting on those after it."""

    finding: Row
    reading: Row  # of IV.B, as it was in force at the audit
    minutes: tuple[Row, ...]  # as `minutely.accounts` gives them
    chain: tuple[Node, ...]
    each_minute: Node  # `minutes` as text
    made_from: Row  # the day's inputs

    def to_dict(self) -> dict[str, Any]:
        """All of it for JSON; the keys are those of docs/explain.md."""
        return {
            "finding": dict(self.finding),
            "reading": dict(self.reading),
            "minutes": [dict(minute) for minute in self.minutes],
            "made_from": dict(self.made_from),
            "chain": [node.to_dict() for node in self.chain],
        }

    def text(self, every_minute: bool = False) -> str:
        """The chain as text; with `every_minute` each minute prong by prong behind it."""
        return told([*self.chain, self.each_minute] if every_minute else self.chain)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Known:
    """All that an explanation draws on. Minutes, and the lines in them, are those of the audit."""

    district: District
    employee_id: str  # "" where the finding is nobody's or the employee has left staff.csv
    hide: Callable[[str], str]  # a text with pseudonyms in place of employee ids
    finding: Row
    minutes: Sequence[Row]  # the finding's rows of the minutes table, by minute
    evidence: Sequence[Row]  # what `evidence` gives
    match: Callable[[str], HostMatch | None]  # the signature catalogue
    captures: Mapping[str, str]  # SHA-256 -> path
    audit: Row  # the day's provenance
    changed: Sequence[str]  # the district's files that have changed since the audit
    logs: Mapping[str, str] = field(default_factory=dict)  # lease files and logs: SHA-256 -> path
    is_kept: bool = True  # the day's activity is still in the warehouse

    @property
    def day(self) -> date:
        return date.fromisoformat(self.finding["day"])

    @property
    def time_prong(self) -> str:
        """What decided the first prong at the audit: `work_time` or `school_hours`."""
        return str(self.audit.get("time_prong", "work_time"))

    def applies(self, minute: Row, prong: str) -> bool:
        """Whether a prong applied in a minute, enforced or not."""
        return bool(minute[self.time_prong if prong == "work_time" else prong])

    def is_unchanged(self, *files: str) -> bool:
        """Whether the files are those of the audit: only then does a line number still name the same row."""
        return not set(files) & set(self.changed)


def evidence(
    district: District, activity: pa.Table, leases: pa.Table, key: bytes, finding: Row, minutes: Sequence[Row]
) -> list[dict[str, Any]]:
    """What the sensors saw in the minutes of a finding: a row a minute, host, name, frame and lease.

    `activity` and `leases` are those of the finding's day. Empty where the activity is no longer kept, or is not
    laid to this device and person by the lists as they are now.
    """
    columns = "t.minute, host, evidence, name_source, capture, frame, seen_through"
    columns += ", lease_kind, lease_source, lease_frame, by_logon, logon_source, logon_frame"
    query = f"""
        SELECT {columns},
            CASE
                WHEN by_lease THEN 'lease'
                WHEN randomised THEN 'randomised'
                WHEN client_key = '' THEN 'address'
                ELSE 'mac'
            END AS known_by,
            CAST(SUM(bytes_up) AS BIGINT) AS bytes_up, CAST(SUM(bytes_down) AS BIGINT) AS bytes_down,
            CAST(SUM(flows) AS BIGINT) AS flows
        FROM seen_host AS t
        INNER JOIN asked AS a ON a.minute = t.minute
        WHERE t.device_id = ? AND t.platform = ? AND t.person = ?
        GROUP BY {columns}, known_by
        ORDER BY {columns}
    """
    day = date.fromisoformat(finding["day"])
    with day_evaluated(district, day, activity, leases, key) as views:
        views.register(
            "asked", pa.table({"minute": pa.array([row["minute"] for row in minutes], pa.int64())})
        )
        found = views.execute(query, [finding["device_id"], finding["platform"], finding["person"]])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
