"""What several verbs do: load the district folder, name the period, tell what was done."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.console import Format, Talk, complain
from auditor.errors import BadInput, Problem
from auditor.stopwatch import NoStopwatch, Stopwatch

if TYPE_CHECKING:
    from auditor.district import District
    from auditor.jobs.audit import AuditSummary
    from auditor.jobs.sweep import Ingested

FINDINGS_EXIT = 3


def load_folder(folder: Path, talk: Talk) -> District:
    """The district folder, its warnings said; with a quiet `talk` they aren't looked for in the catalogue either."""
    from auditor.district import check_district, load_district
    from auditor.identify.catalogue import load_catalogue

    district = load_district(folder)
    if not talk.quiet:
        catalogue = load_catalogue()
        categories = frozenset(platform.category for platform in catalogue.platforms.values())
        for warning in (
            *district.warnings,
            *check_district(district, frozenset(catalogue.platforms), categories),
        ):
            talk.say(str(warning))
    return district


def asked_days(district: District, first: datetime | None, last: datetime | None) -> tuple[date, date]:
    """The days asked for; an end that is left out is that of the captured days."""
    if first and last:
        return first.date(), last.date()
    from auditor.warehouse import Warehouse

    days = Warehouse.open(district.warehouse).days()
    if not days:
        raise BadInput(
            Problem(str(district.warehouse), "holds no captured day", "run `auditor ingest` first")
        )
    return first.date() if first else days[0], last.date() if last else days[-1]


def prepare(talk: Talk) -> None:
    """Says why it takes a while, where the packet reader has not been compiled yet."""
    from auditor.kernel.jit import is_warm

    if sys.stderr.isatty() and not is_warm():
        talk.say("Preparing the packet reader; this happens once and takes about half a minute ...")


def print_rows(rows: list[dict[str, str]], columns: tuple[str, ...], form: Format | None) -> None:
    import pyarrow as pa

    from auditor.console import Table, write_rows

    schema = pa.schema([(name, pa.string()) for name in columns])
    write_rows([Table(pa.Table.from_pylist(rows, schema=schema))], form)


def tell_profile(stopwatch: NoStopwatch) -> None:
    if isinstance(stopwatch, Stopwatch):
        for line in stopwatch.lines():
            complain(line)


def tell_ingested(done: Ingested, talk: Talk) -> None:
    for log in done.lease_files:
        talk.say(f"{log.path}: {log.format}, {log.entries:,} holds and log-ons, times in {log.time_base}")
        for verdict, count in log.ledger.items():
            talk.detail(f"{log.path}: {verdict}: {count:,}")
    for mark in done.marks:
        talk.say(f"{mark.path}: {mark.frames:,} frames")
        for note in mark.notes:
            talk.say(note)
        for verdict, count in mark.ledger.items():
            talk.detail(f"{mark.path}: {verdict}: {count:,}")
    if done.set_aside:
        talk.say(f"{done.set_aside:,} rows taken out again: they turned out to be students' or guests'")
    for warning in done.warnings:
        talk.say(str(warning))
    grown = f" ({len(done.withdrawn)} in place of a shorter version)" if done.withdrawn else ""
    for mark in done.again:
        talk.say(f"{mark.path}: read anew: a capture before it came late")
    known, unread = done.known, len(done.problems)
    talk.say(f"{len(done.marks)} new captures{grown}, {known} known already, {unread} unreadable")


def tell_audited(done: AuditSummary, talk: Talk, district: District) -> None:
    for line in done.told_anew():
        talk.say(line)
    talk.say(
        f"reading of IV.B in force: {' '.join(district.settings.policy.reading) or 'nothing is enforced'}"
    )
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in done.dispositions.items())
    talk.say(f"{len(done.days)} days decided: {done.findings} sessions" + (f" ({told})" if told else ""))
