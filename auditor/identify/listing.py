"""The catalogue as rows, for `auditor signatures list` and `auditor signatures which`."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.identify.catalogue import Catalogue
from auditor.identify.names import normal
from auditor.identify.reading import EVIDENCE

LIST_COLUMNS = ("platform", "name", "category", "reference", "evidence", "hosts", "note")
WHICH_COLUMNS = ("host", "platform", "category", "evidence", "rule")


def list_rows(catalogue: Catalogue) -> list[dict[str, str]]:
    """One row a platform and evidence class, its hosts separated by spaces; columns as LIST_COLUMNS."""
    rows = []
    for platform in catalogue.platforms.values():
        for evidence in EVIDENCE:
            hosts = " ".join(rule.suffix for rule in platform.rules if rule.evidence == evidence)
            reference = "yes" if platform.reference else ""
            cells = (platform.id, platform.name, platform.category, reference, evidence, hosts, platform.note)
            if hosts:
                rows.append(dict(zip(LIST_COLUMNS, cells, strict=True)))
    return rows


def which_rows(catalogue: Catalogue, texts: Iterable[str]) -> list[dict[str, str]]:
    """One row a host, in the order asked; empty fields where nothing matches; columns as WHICH_COLUMNS.

    A pasted address of a page counts as its host.
    """
    rows = []
    for text in texts:
        host = host_of(text)
        found = catalogue.match(host)
        cells = (found.platform, found.category, found.evidence, found.rule) if found else ("", "", "", "")
        rows.append(dict(zip(WHICH_COLUMNS, (host, *cells), strict=True)))
    return rows


def host_of(text: str) -> str:
    """The host in what somebody typed: `https://User@WWW.X.com:443/home?a=1` -> `www.x.com`."""
    address = text.strip().partition("://")[2] or text.strip()
    for mark in "/?#":
        address = address.partition(mark)[0]
    host = address.rpartition("@")[2]
    name, colon, port = host.rpartition(":")
    return normal(name if colon and port.isdigit() and ":" not in name else host)
