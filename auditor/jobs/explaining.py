"""What an explanation is made from: the warehouse, the district folder and the catalogue, brought together."""

from __future__ import annotations

from datetime import date
from functools import partial

from auditor.district import DISTRICT_FILES, District
from auditor.identify.catalogue import load_catalogue
from auditor.jobs.findings import find
from auditor.jobs.inputs import district_files, key_of, told_on
from auditor.policy import chain
from auditor.policy.decide import MINUTES
from auditor.policy.explain import Explanation, Known, evidence
from auditor.policy.findings import employees_by_pseudonym, without_ids
from auditor.warehouse import Warehouse


def explain(district: District, finding_id: str) -> Explanation:
    """The chain behind one finding; BadInput where there is none of that id."""
    warehouse = Warehouse.open(district.warehouse)
    finding = find(warehouse, finding_id)
    day = date.fromisoformat(finding["day"])
    key = key_of(district, warehouse)
    minutes = [
        row for row in warehouse.minutes(day, day, MINUTES).to_pylist() if row["finding_id"] == finding_id
    ]
    leases = told_on(district, warehouse, day).leases
    provenance = warehouse.audits(day, day)[day]
    now = district_files(district)
    then = provenance.get("files", {})
    known = Known(
        district=district,
        employee_id=employees_by_pseudonym(district, key).get(finding["person"], ""),
        hide=partial(without_ids, district=district, key=key),
        finding=finding,
        minutes=minutes,
        evidence=evidence(district, warehouse.activity(day, day), leases, key, finding, minutes),
        match=load_catalogue().match,
        captures={mark.sha256: mark.path for mark in warehouse.captures()},
        logs={sha: mark.path for mark in warehouse.lease_files() for sha in (mark.sha256, *mark.earlier)},
        audit=provenance,
        changed=[name for name in DISTRICT_FILES if now.get(name) != then.get(name)],
        is_kept=bool(warehouse.observed_files("activity", day, day)),
    )
    return chain.explain(known)
