"""Why a minute that somebody expects is no finding: each link of the chain that broke, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.policy.explain import Node, Row, told
from auditor.policy.person_day import own_traffic
from auditor.policy.reasons import (
    COUNTING,
    Asked,
    Reason,
    before_traffic,
    findings_of,
    in_findings,
    of_traffic,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the minute."""

    employee_id: str
    at: str
    platform: str
    findings: tuple[str, ...]  # ids of those that hold the minute
    reasons: tuple[Reason, ...]  # in the order of the chain: the first one decides
    nearest: Mapping[str, Row | None]  # `before` and `after`: use that counts, on this day
    sensors: tuple[Row, ...]
    unseen: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "employee_id": self.employee_id,
            "at": self.at,
            "platform": self.platform or None,
            "findings": list(self.findings),
            "reasons": [reason.to_dict() for reason in self.reasons],
            "nearest": dict(self.nearest),
            "sensors": [dict(sensor) for sensor in self.sensors],
            "unseen": list(self.unseen),
        }

    def __str__(self) -> str:
        about = f" on {self.platform}" if self.platform else ""
        links = [
            Node(f"{self.employee_id} at {self.at}{about}", name="asked"),
            Node(
                "in the order in which a finding is made",
                parts=tuple(one.node() for one in self.reasons),
                name="reasons",
            ),
            Node(
                "use that counts, on this day", parts=tuple(map(_near, self.nearest.items())), name="nearest"
            ),
            Node("in this minute", parts=tuple(Node(row["text"]) for row in self.sensors), name="sensors"),
            Node("what nobody can know", parts=tuple(map(Node, self.unseen)), name="unseen"),
        ]
        return told(links)


def _link(name: str, text: str, parts: Iterable[Node]) -> Node:
    return Node(text, parts=tuple(parts), name=name)


def _near(item: tuple[str, Row | None]) -> Node:
    when, row = item
    return Node(f"{when}: {row['at']}, {row['platform']} on {row['device_id']}" if row else f"{when}: none")


def why_not(asked: Asked) -> Answer:
    """Why the minute is no finding, or in which finding it is."""
    rows = own_traffic(asked.district, asked.day, asked.activity, asked.leases, asked.key, asked.employee_id)
    rows = [row for row in rows if asked.platform in ("", row["platform"])]
    now = [row for row in rows if row["minute"] == asked.minute]
    found = findings_of(asked)
    reasons = [*in_findings(found), *before_traffic(asked), *of_traffic(asked, rows, now)]
    if asked.is_captured and not asked.is_decided:
        reasons.append(Reason("not_decided", "the day has not been decided yet: run `auditor audit`"))
    if asked.is_decided and asked.changed:
        text = f"the day was decided before this: {'; '.join(asked.changed)}; audit it again"
        reasons.append(Reason("decided_before", text))
    if not reasons:
        reasons.append(Reason("unknown", "nothing here explains it: audit the day again"))
    return Answer(
        employee_id=asked.employee_id,
        at=asked.at(asked.minute),
        platform=asked.platform,
        findings=tuple(row["finding_id"] for row in found),
        reasons=tuple(reasons),
        nearest=_nearest(asked, rows),
        sensors=tuple(asked.sensors),
        unseen=tuple(asked.unseen),
    )


def _nearest(asked: Asked, rows: list[dict[str, Any]]) -> dict[str, Row | None]:
    uses = [row for row in rows if row["person"] and row["evidence"] in COUNTING]
    before = max((row for row in uses if row["minute"] < asked.minute), key=_minute_of, default=None)
    after = min((row for row in uses if row["minute"] > asked.minute), key=_minute_of, default=None)
    return {"before": before and _use(asked, before), "after": after and _use(asked, after)}


def _minute_of(row: Row) -> int:
    return int(row["minute"])


def _use(asked: Asked, row: Row) -> Row:
    names = ("device_id", "platform", "host", "evidence")
    return {"at": asked.at(row["minute"]), **{name: row[name] for name in names}}
