"""The policy once more, slowly: plain Python, one minute and one row at a time, no SQL, no joins.

It shares nothing with the product but the rows of the district folder and the pseudonyms. What it asks of a
minute is in `slow_rules`, local time in `slow_clock`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from typing import Any

from slow_clock import iso, local_day
from slow_identity import Identity
from slow_rules import employed, excuses, holds, in_school_hours, on_duty

from auditor import pseudonym
from auditor.district import District

Row = dict[str, Any]
SET_ASIDE = ("student", "guest", "not_staff")


def decide(
    district: District, day: date, activity: list[Row], leases: list[Row], key: bytes
) -> tuple[list[Row], list[Row]]:
    """Findings and minutes of a local day as dicts, in the product's order."""
    return Day(district, day, activity, leases, key).decide()


class Day:
    """One local day and all that is known of it. `activity` keeps the rows of this day that can count."""

    def __init__(
        self,
        district: District,
        day: date,
        activity: list[Row],
        leases: list[Row],
        key: bytes,
    ) -> None:
        self.district, self.day, self.key = district, day, key
        self.identity = Identity(district, leases, key)
        self.activity = [
            row
            for row in activity
            if row["evidence"] in ("visit", "content") and local_day(row["minute"], district.timezone) == day
        ]

    def decide(self) -> tuple[list[Row], list[Row]]:
        sessions: list[list[Row]] = []
        open_session: dict[tuple[Any, ...], list[Row]] = {}
        for minute in sorted({row["minute"] for row in self.activity}):
            for use in self.uses_in(minute):
                owner = (use["device_id"], use["owner"], use["platform"])
                session = open_session.get(owner)
                if session is None or self.apart(session[-1], use):
                    open_session[owner] = session = []
                    sessions.append(session)
                session.append(use)
        sessions = [session for session in sessions if any(use["visit"] for use in session)]
        sessions.sort(key=lambda session: (*_begins(session), session[0]["person"]))
        findings, minutes = [], []
        alike: Counter[Any] = Counter()
        for session in sessions:
            for use in session:
                self.judge(use, session)
            alike[_begins(session)] += 1
            findings.append(self.finding(session, alike[_begins(session)]))
            named = {"finding_id": findings[-1]["finding_id"], "day": self.day.isoformat()}
            minutes += [use | named for use in session]
        return findings, minutes

    def set_aside(self) -> dict[str, int]:
        """Connections and bytes of those who are not looked into: students, guests, who is not staff."""
        counts: dict[str, int] = {}
        for row in self.activity:
            standing = self.whose(row)["standing"]
            if standing in SET_ASIDE:
                octets = row["bytes_up"] + row["bytes_down"]
                counts[f"flows_{standing}"] = counts.get(f"flows_{standing}", 0) + row["flows"]
                counts[f"bytes_{standing}"] = counts.get(f"bytes_{standing}", 0) + octets
        return counts

    def uses_in(self, minute: int) -> list[Row]:
        """What each device did on each platform in the minute, if it was enough to count."""
        uses: dict[tuple[Any, ...], Row] = {}
        for row in self.activity:
            if row["minute"] != minute:
                continue
            whose = self.whose(row)
            if whose["standing"] in SET_ASIDE:
                continue
            use = uses.setdefault(
                (whose["device_id"], whose["owner"], row["platform"]),
                whose
                | {"minute": minute, "platform": row["platform"], "category": row["category"], "rows": []},
            )
            use["rows"].append(row)
            use["device_line"] = min(use["device_line"], whose["device_line"])
            use["by_lease"] = use["by_lease"] or whose["by_lease"]
            use["by_logon"] = use["by_logon"] or whose["by_logon"]
            use["unattributed_reason"] = min(use["unattributed_reason"], whose["unattributed_reason"])
        enough = []
        for use in uses.values():
            rows = use["rows"]
            use["bytes_up"] = sum(row["bytes_up"] for row in rows)
            use["bytes_down"] = sum(row["bytes_down"] for row in rows)
            use["site"] = min(row["site"] for row in rows)
            use["visit"] = any(row["evidence"] == "visit" for row in rows)
            if use["bytes_up"] + use["bytes_down"] >= self.district.settings.usage.active_bytes:
                enough.append(use)
        return enough

    def whose(self, row: Row) -> Row:
        """Device and person of a row."""
        client, minute, hidden, doubt = row["client_key"], row["minute"], row["randomised"], ""
        if not client:
            client, hidden, doubt = self.identity.holder(row["address_key"], minute)
        known = {"by_lease": bool(client and not row["client_key"]), "by_logon": False, "doubt": doubt}
        if aside := self.identity.aside(client, minute):
            return known | {"standing": aside}
        device = self.identity.device(client, minute)
        person, persons, several = self.identity.logged_on(client, minute)
        if device is None or hidden or int(device.mac[1], 16) & 2:
            name = f"unknown-{(client or row['address_key'])[:12]}"
            if person and not hidden:
                named = {"device_id": name, "ownership": "unknown", "device_line": 0, "by_logon": True}
                return known | named | self.employee(person, ("by log-on", person))
            why = "randomised" if hidden else "two_named" if several else doubt or "unknown_device"
            return known | _nobody(name, "unknown", 0, None, why)
        owner = (device.ownership, device.assigned_to)
        if device.assigned_to in ("", "shared"):
            why = "shared" if device.assigned_to else "unassigned"
            return known | _nobody(device.device_id, device.ownership, device.line, owner, why)
        assigned = pseudonym.person(self.key, device.assigned_to)
        if persons - {assigned}:
            why = "two_named"
            return known | _nobody(device.device_id, device.ownership, device.line, (*owner, why), why)
        named = {"device_id": device.device_id, "ownership": device.ownership, "device_line": device.line}
        return known | named | self.employee(assigned, owner)

    def employee(self, person: str, owner: Any) -> Row:
        """Somebody who is named, as far as they are staff on the day."""
        ids = {pseudonym.person(self.key, row.employee_id): row.employee_id for row in self.district.staff}
        staff = employed(self.district, ids.get(person, ""), self.day)
        if staff is None:
            return {"standing": "not_staff"}
        return {
            "standing": "employee", "owner": owner, "employee_id": staff.employee_id, "person": person,
            "role": staff.role, "staff_line": staff.line, "unattributed_reason": "",
        }  # fmt: skip

    def apart(self, before: Row, now: Row) -> bool:
        """Whether two active minutes of one device, owner and platform belong to different sessions."""
        if now["minute"] - before["minute"] > self.district.settings.usage.idle_minutes:
            return True
        if now["owner"] is None or now["by_logon"]:
            return False
        return any(not self.owned(now, minute) for minute in range(before["minute"], now["minute"]))

    def owned(self, use: Row, minute: int) -> bool:
        return any(
            row.device_id == use["device_id"]
            and (row.ownership, row.assigned_to) == use["owner"][:2]
            and holds(row, minute)
            for row in self.district.devices
        )

    def judge(self, use: Row, session: list[Row]) -> None:
        """Adds to an active minute all that its row says."""
        rows, minute, enforce = use["rows"], use["minute"], self.district.settings.policy.enforce
        duty = on_duty(self.district, use["employee_id"], minute) if use["employee_id"] else None
        school = in_school_hours(self.district, use["site"], minute)
        use["work_time"] = duty is not None
        use["schedule_line"], use["calendar_file"], use["calendar_line"] = duty or (0, "", 0)
        use["school_hours"] = None if school is None else school > 0
        use["school_line"] = school or 0
        by_school = self.district.settings.policy.time_prong == "school_hours"
        in_time = use["school_hours"] if by_school else use["work_time"]
        use["equipment"], use["wifi"] = use["ownership"] == "district", True
        visits = [row for use_ in session for row in use_["rows"] if row["evidence"] == "visit"]
        use["approved_session"] = all(self.approved(row) for row in visits)
        use["approved"] = use["approved_session"] or all(self.approved(row) for row in rows)
        applies = {"work_time": in_time, "equipment": use["equipment"], "wifi": True}
        use["counts"] = [prong for prong in applies if applies[prong] and prong in enforce]
        use["prohibited"] = bool(use["employee_id"] and use["counts"] and not use["approved"])
        excuses = self.excuses(use) if use["prohibited"] else []
        use["excused"], use["exception_id"] = bool(excuses), " ".join(excuses)
        use["hosts"] = " ".join(sorted({row["host"] for row in rows}))

    def approved(self, row: Row) -> bool:
        for tool in self.district.approved_tools:
            if tool.valid_from <= self.day and (tool.valid_to is None or self.day <= tool.valid_to):
                host = row["host"]
                if tool.platform in (row["platform"], host) or host.endswith(f".{tool.platform}"):
                    return True
        return False

    def excuses(self, use: Row) -> list[str]:
        return sorted(
            exception.exception_id
            for exception in self.district.exceptions
            if exception.employee_id == use["employee_id"]
            and excuses(
                exception,
                self.district,
                use["minute"],
                use["platform"],
                use["category"],
                use["device_id"],
            )
        )

    def finding(self, session: list[Row], nth: int) -> Row:
        """The row of a session; the nth that begins at that minute on that device and platform."""
        first, last = session[0], session[-1]
        day, zone = self.day.isoformat(), self.district.timezone
        started = iso(first["minute"], zone)
        text = f"{day}|{first['device_id']}|{first['platform']}|{started}" + (f"|{nth}" if nth > 1 else "")
        prohibited = sum(use["prohibited"] for use in session)
        excepted = sum(use["excused"] for use in session)
        counts = {prong for use in session for prong in use["counts"]}
        if not first["person"]:
            disposition = "unattributed"
        elif first["approved_session"]:
            disposition = "approved_tool"
        elif not prohibited:
            disposition = "permitted"
        else:
            disposition = "excepted" if prohibited == excepted else "unapproved"
        return {
            "finding_id": "f-" + hashlib.sha256(text.encode()).hexdigest()[:12],
            "day": day, "person": first["person"], "device_id": first["device_id"],
            "ownership": first["ownership"], "site": first["site"], "role": first["role"],
            "platform": first["platform"], "category": first["category"], "started_at": started,
            "ended_at": iso(last["minute"] + 1, zone), "minutes": len(session),
            "span_minutes": last["minute"] - first["minute"] + 1,
            "work_minutes": sum(use["work_time"] for use in session), "prohibited_minutes": prohibited,
            "excepted_minutes": excepted, "unapproved_minutes": prohibited - excepted,
            "prongs": " ".join(prong for prong in ("work_time", "equipment", "wifi") if prong in counts),
            "disposition": disposition,
            "exception_id": " ".join(sorted({x for use in session for x in use["exception_id"].split()})),
            "confidence": _confidence(session),
            "bytes_up": sum(use["bytes_up"] for use in session),
            "bytes_down": sum(use["bytes_down"] for use in session),
            "hosts": " ".join(sorted({row["host"] for use in session for row in use["rows"]})),
            "school_minutes": _count_known([use["school_hours"] for use in session]),
            "enforced": self.enforced(),
        }  # fmt: skip

    def enforced(self) -> str:
        policy = self.district.settings.policy
        words = {"work_time": policy.time_prong, "equipment": "equipment", "wifi": "wifi"}
        return " ".join(words[prong] for prong in words if prong in policy.enforce)


def _begins(session: list[Row]) -> tuple[Any, ...]:
    return session[0]["minute"], session[0]["device_id"], session[0]["platform"]


def _nobody(device_id: str, ownership: str, line: int, owner: Any, why: str) -> Row:
    return {
        "standing": "unattributed", "device_id": device_id, "ownership": ownership, "owner": owner,
        "employee_id": "", "person": "", "role": "", "staff_line": 0, "device_line": line,
        "unattributed_reason": why,
    }  # fmt: skip


def _count_known(hours: list[bool | None]) -> int | None:
    """How many are true; None where one is not known."""
    return None if None in hours else hours.count(True)


def _confidence(session: list[Row]) -> str:
    rows = [row for use in session for row in use["rows"]]
    visits = [row for row in rows if row["evidence"] == "visit"]
    doubts = 0
    if all(row["name_source"] == "dns" for row in visits):
        doubts += 1
    if any(use["by_lease"] for use in session):
        doubts += 1
    if any(use["by_logon"] for use in session):
        doubts += 1
    if len(session) == 1 and len(visits) == len(rows) and sum(row["flows"] for row in visits) == 1:
        doubts += 1
    return ("high", "medium", "low", "low", "low")[doubts]
