"""Findings for those who may know who it was: pseudonyms turned back, and the line that says who asked.

A pseudonym can't be reversed; it is found by trying the employees of staff.csv with the district's key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime

import pyarrow as pa

from auditor import pseudonym
from auditor.district.rows import District
from auditor.errors import BadInput, Problem
from auditor.policy import decide
from auditor.policy.hiding import ids_hidden

# What is stored of a decision: its columns, and the digest of the inputs it was made from, 16 hex digits.
# `audits/day=.../audit.json` lists them under that digest.
STORED_FINDINGS = decide.FINDINGS.append(pa.field("inputs", pa.string()))


def with_inputs(findings: pa.Table, inputs: str) -> pa.Table:
    """The findings of a decision as they are stored."""
    column = pa.array([inputs] * findings.num_rows, pa.string())
    return findings.append_column("inputs", column).cast(STORED_FINDINGS)


def employees_by_pseudonym(district: District, key: bytes) -> dict[str, str]:
    """The employee_id behind each pseudonym that staff.csv can give."""
    return {pseudonym.person(key, employee): employee for employee in district.staff_by_id}


def without_ids(text: str, district: District, key: bytes) -> str:
    """The text with pseudonyms in place of employee ids."""
    return ids_hidden(district, key)(text)


def identify(findings: pa.Table, district: District, key: bytes) -> pa.Table:
    """The findings with the employee_id in `person`; who is no longer in staff.csv keeps the pseudonym."""
    employees = employees_by_pseudonym(district, key)
    persons = [employees.get(person, person) for person in findings["person"].to_pylist()]
    place = findings.schema.get_field_index("person")
    return findings.set_column(place, "person", pa.array(persons, pa.string()))


def redacted(district: District, employee_id: str) -> Callable[[str], str]:
    """What takes the ids, names and mail addresses of all other employees out of a text."""
    own: set[str] = set()
    others: set[str] = set()
    for row in district.staff:
        (own if row.employee_id == employee_id else others).update((row.employee_id, row.name, row.email))
    words = sorted(others - own - {""}, key=len, reverse=True)
    if not words:
        return str
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)
    return lambda text: pattern.sub("[another employee]", text)


def checked_reason(reason: str, what: str = "--identify") -> str:
    """The reason in one line; BadInput where none is given."""
    text = " ".join(reason.split())
    if not text:
        hint = "say why you need to know who it was: --reason TEXT; it goes to the access log"
        if what != "--identify":
            hint = "say why it is made, such as who asked for it and when: --reason TEXT; it goes to the access log"
        raise BadInput(Problem(what, "needs a reason", hint))
    return text


def access_line(
    when: datetime, who: str, verb: str, reason: str, first: date, last: date, rows: int, person: str = ""
) -> str:
    """A line of the access log, as JSON: who learned the names behind which days, when and why; `person` is the
    pseudonym of who was asked about, "" for everybody in those days."""
    entry: dict[str, object] = {
        "when": when.isoformat(timespec="seconds"),
        "who": who,
        "verb": verb,
        "reason": reason,
        "days": [first.isoformat(), last.isoformat()],
        "rows": rows,
    }
    if person:
        entry["person"] = person
    return json.dumps(entry, ensure_ascii=False) + "\n"
