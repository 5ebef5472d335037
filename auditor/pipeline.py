"""The order of the stages, on one page.

captures -> capture -> decode -> flows -> identify -> warehouse     `ingest`
warehouse + district folder -> policy -> findings                   `audit`
findings + coverage -> report                                       `write_reports`
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditor.district import District, load_district
from auditor.errors import BadInput, Problem
from auditor.jobs.audit import AuditSummary, Due, audit, days_to_decide
from auditor.jobs.ingest import ingest
from auditor.jobs.reporting import gather
from auditor.jobs.sweep import Ingested
from auditor.report.inputs import ReportInputs
from auditor.report.render import write
from auditor.shipped import shipped
from auditor.stopwatch import NO_STOPWATCH, NoStopwatch
from auditor.warehouse import Warehouse

REPORT_FORMATS = ("html", "csv", "json")
NIGHTLY_REPORTS = ("nightly", "aggregate")
DEMO_MARK = "made-by-auditor-demo.txt"
DEMO_LEAVES_OUT = ("maker", "make_captures.py", "truth", "__pycache__", "README.md")


@dataclass(frozen=True, slots=True)
class Night:
    """What a nightly run did."""

    ingested: Ingested
    audited: AuditSummary | None  # None where there was no day to decide
    reports: tuple[Path, ...]
    anew: tuple[Due, ...] = ()  # days that had been decided before


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demonstration made."""

    inputs: ReportInputs
    reports: tuple[Path, ...]


def nightly(district: District, stopwatch: NoStopwatch = NO_STOPWATCH) -> Night:
    """Takes in what is new, decides the days that it touches or that are still open, writes the reports.

    Which days those are is read off the warehouse: a day that a killed run has left behind is among them, and one
    that was decided from other captures or other files of the district folder. The reports are on the days of
    which something else was seen; where only the district folder has changed, on all that were decided anew.
    """
    with Warehouse.open(district.warehouse, create=True).lock():
        ingested = ingest(district, stopwatch=stopwatch)
        due = days_to_decide(district)
        if not due:
            return Night(ingested, None, ())
        with stopwatch.stage("audit"):
            audited = _audit_days(district, [day.day for day in due])
        new = tuple(mark.sha256 for mark in ingested.marks)
        anew = tuple(day for day in due if day.anew)
        days = [day.day for day in due if day.new_captures] or [day.day for day in due]
        with stopwatch.stage("reports"):
            inputs = gather(district, min(days), max(days), only=new, anew=anew)
            reports = write_reports(inputs, district.folder / "reports")
        return Night(ingested, audited, reports, anew)


def demo(out: Path) -> Demo:
    """The whole job on the shipped district and captures, in the folder `out`.

    Raises BadInput where `out` holds anything but an earlier demonstration.
    """
    _copy_sample(out)
    district = load_district(out)
    ingest(district)
    days = Warehouse.open(district.warehouse).days()
    audit(district, days[0], days[-1])
    inputs = gather(district, days[0], days[-1])
    return Demo(inputs, write_reports(inputs, out / "reports"))


def write_reports(inputs: ReportInputs, folder: Path) -> tuple[Path, ...]:
    """The nightly report and the aggregate in every format; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(write(name, form, inputs, folder) for name in NIGHTLY_REPORTS for form in REPORT_FORMATS)


def _audit_days(district: District, days: Sequence[date]) -> AuditSummary:
    """Decides these days and no others."""
    return AuditSummary.sum([audit(district, day, day) for day in days])


def _copy_sample(out: Path) -> None:
    if out.exists() and not (out / DEMO_MARK).is_file() and (not out.is_dir() or any(out.iterdir())):
        hint = "name another folder with --out"
        raise BadInput(Problem(str(out), "holds something else than an earlier demonstration", hint))
    try:
        _empty(out)
        sample = shipped("sample_pcaps") / "district"
        shutil.copytree(sample, out, ignore=shutil.ignore_patterns(*DEMO_LEAVES_OUT), dirs_exist_ok=True)
        (out / DEMO_MARK).write_text("`auditor demo` writes this folder anew each time it runs.\n")
    except OSError as error:
        what = f"can't be written: {(error.strerror or 'no reason given').lower()}"
        raise BadInput(Problem(str(out), what, "name another folder with --out")) from None


def _empty(folder: Path) -> None:
    """Removes what is in the folder, not the folder: it may be the current one, or a link to one."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
