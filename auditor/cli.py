"""The verbs. Each is thin: it reads its options, calls what does the work and prints what comes back.

What does the work is imported when a verb runs: `auditor --help` loads none of the large libraries.
"""

from __future__ import annotations

import io
import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor import __version__
from auditor.console import Format, Talk, What, complain, unexpected
from auditor.errors import AuditorError, BadInput, Problem
from auditor.stopwatch import NO_STOPWATCH, NoStopwatch, Stopwatch

if TYPE_CHECKING:
    from auditor.district import District
    from auditor.jobs.audit import AuditSummary
    from auditor.jobs.sweep import Ingested

FINDINGS_EXIT = 3

app = typer.Typer(
    help="Audits a school district's network traffic for use of social media under its policy, clause IV.B.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
signatures = typer.Typer(help="The catalogue of platforms and their hosts.", no_args_is_help=True)
app.add_typer(signatures, name="signatures")


DistrictOption = Annotated[
    Path, typer.Option("--district", "-d", help="The district folder.", show_default="the current folder")
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", help="How rows are printed; a table on a terminal, else CSV.")
]
FromOption = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print no talk, only data and problems.")]
VerboseOption = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Print more: what was counted and dropped, where an error arose."),
]
FailOption = Annotated[
    bool,
    typer.Option("--fail-on-findings", help="Exit with 3 where there is use without a matching approval."),
]


ProfileOption = Annotated[bool, typer.Option("--profile", help="Print where the time went, to stderr.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"auditor {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the sample district and its reports.")] = Path("demo"),
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """The whole job on the shipped district and sample captures."""
    from rich.console import Console

    from auditor import pipeline
    from auditor.report.summary import demo_summary

    _prepare(Talk(quiet))
    made = pipeline.demo(out)
    Console().print(demo_summary(made.inputs, made.reports))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")], quiet: QuietOption = False
) -> None:
    """Writes a starter district folder, commented and valid."""
    from auditor.district import init_district

    init_district(folder)
    Talk(quiet).say(f"{folder}: edit auditor.toml and the CSV files, then run `auditor check -d {folder}`")


@app.command()
def check(
    district: DistrictOption = Path(), quiet: QuietOption = False, verbose: VerboseOption = False
) -> None:
    """Every problem in a district folder, all in one go."""
    from auditor.district import check_folder
    from auditor.identify.catalogue import load_catalogue

    catalogue = load_catalogue()
    categories = frozenset(platform.category for platform in catalogue.platforms.values())
    problems = check_folder(district, frozenset(catalogue.platforms), categories)
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in problems:
        complain(problem)
    Talk(quiet).say(f"{len(errors)} errors, {len(problems) - len(errors)} warnings")
    if errors:
        raise typer.Exit(BadInput.exit_code)


@app.command()
def extract(
    captures: Annotated[list[Path], typer.Argument(help="Capture files.")],
    what: Annotated[
        What, typer.Option(help="A row a sighting of a name, or minute slices of flows.")
    ] = What.names,
    form: FormatOption = None,
    profile: ProfileOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """The names or the flows that captures hold; no district needed."""
    from auditor.console import write_rows
    from auditor.jobs.extract import extract as work
    from auditor.records import Ledger

    talk, ledger = Talk(quiet, verbose), Ledger()
    _prepare(talk)
    stopwatch = Stopwatch() if profile else NO_STOPWATCH
    try:
        write_rows(work(captures, what, ledger, stopwatch), form, stopwatch)
    finally:
        _tell_profile(stopwatch)
        for note in ledger.notes:
            talk.say(note)
        for verdict, count in sorted(ledger.counts.items()):
            talk.detail(f"{verdict}: {count:,}")


@app.command()
def ingest(
    sources: Annotated[
        list[Path] | None, typer.Argument(help="Captures; by default all that are new to the sensors.")
    ] = None,
    district: DistrictOption = Path(),
    profile: ProfileOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Takes captures into the warehouse, each once."""
    from auditor.jobs.ingest import ingest as work

    talk = Talk(quiet, verbose)
    loaded = _load(district, talk)
    _prepare(talk)
    stopwatch = Stopwatch() if profile else NO_STOPWATCH
    done = work(loaded, sources or (), stopwatch)
    _tell_profile(stopwatch)
    _tell_ingested(done, talk)
    if done.problems:
        raise BadInput(done.problems)


@app.command()
def audit(
    district: DistrictOption = Path(),
    first: FromOption = None,
    last: ToOption = None,
    fail: FailOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Decides each captured day anew and replaces what stood there."""
    from auditor.jobs.audit import audit as work

    talk = Talk(quiet)
    loaded = _load(district, talk)
    done = work(loaded, *_period(loaded, first, last))
    _tell_audited(done, talk)
    if fail and done.dispositions.get("unapproved"):
        raise typer.Exit(FINDINGS_EXIT)


@app.command()
def findings(
    district: DistrictOption = Path(),
    first: FromOption = None,
    last: ToOption = None,
    form: FormatOption = None,
    identify: Annotated[bool, typer.Option(help="Print employee ids; needs --reason and is logged.")] = False,
    reason: Annotated[str, typer.Option(help="Why persons are to be named.")] = "",
    fail: FailOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """One row a session, persons under pseudonyms."""
    from auditor.console import Table, write_rows
    from auditor.jobs.audit import findings as work
    from auditor.jobs.audit import undecided_days

    talk = Talk(quiet)
    loaded = _load(district, Talk(quiet=True))
    period = _period(loaded, first, last)
    rows = work(loaded, *period, identify=identify, reason=reason)
    write_rows([Table(rows)], form)
    if undecided := undecided_days(loaded, *period):
        hint = f"run `auditor audit --from {undecided[0]} --to {undecided[-1]}`"
        talk.say(f"not among them: {len(undecided)} captured days without an audit ({hint})")
    if fail and "unapproved" in rows["disposition"].to_pylist():
        raise typer.Exit(FINDINGS_EXIT)


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="aggregate, nightly, exceptions or coverage.")],
    district: DistrictOption = Path(),
    first: FromOption = None,
    last: ToOption = None,
    form: Annotated[str, typer.Option("--format", help="html, csv or json.")] = "html",
    out: Annotated[
        Path | None, typer.Option(help="File or folder; by default the report goes to stdout.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """A report on days that have been decided."""
    from auditor.jobs.reporting import gather
    from auditor.report.definition import check_format, load
    from auditor.report.render import render, write

    load(name)
    check_format(form)
    loaded = _load(district, Talk(quiet=True))
    inputs = gather(loaded, *_period(loaded, first, last))
    if out is None:
        sys.stdout.write(render(name, form, inputs))
    else:
        print(write(name, form, inputs, out))


@app.command()
def explain(
    finding_id: Annotated[str, typer.Argument(help="As `auditor findings` prints it.")],
    district: DistrictOption = Path(),
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    verbose: VerboseOption = False,
) -> None:
    """The chain behind a finding: from the clause to the frames in the captures."""
    import json

    from auditor.jobs.audit import explain as work

    if form not in ("text", "json"):
        raise BadInput(Problem("--format", f"{form} is not a format of `explain`", "text or json"))
    told = work(_load(district, Talk(quiet=True)), finding_id)
    print(json.dumps(told.to_dict(), indent=1, ensure_ascii=False) if form == "json" else told)


@app.command()
def nightly(
    district: DistrictOption = Path(),
    fail: FailOption = False,
    profile: ProfileOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """What cron runs: takes in what is new, decides the days it touches, writes the reports."""
    from auditor import pipeline

    talk = Talk(quiet, verbose)
    loaded = _load(district, talk)
    stopwatch = Stopwatch() if profile else NO_STOPWATCH
    night = pipeline.nightly(loaded, stopwatch)
    _tell_profile(stopwatch)
    _tell_ingested(night.ingested, talk)
    if night.audited:
        _tell_audited(night.audited, talk)
    for due in night.anew:
        talk.say(f"{due.day} was decided anew: {'; '.join(due.anew)}")
    for path in night.reports:
        print(path)
    if night.ingested.problems:
        raise BadInput(night.ingested.problems)
    if fail and night.audited and night.audited.dispositions.get("unapproved"):
        raise typer.Exit(FINDINGS_EXIT)


@signatures.command("list")
def signatures_list(form: FormatOption = None) -> None:
    """All platforms with their hosts."""
    from auditor.identify.catalogue import load_catalogue
    from auditor.identify.listing import LIST_COLUMNS, list_rows

    _print_rows(list_rows(load_catalogue()), LIST_COLUMNS, form)


@signatures.command("which")
def signatures_which(
    hosts: Annotated[list[str], typer.Argument(help="Host names.")], form: FormatOption = None
) -> None:
    """Which platform hosts belong to, and by which rule."""
    from auditor.identify.catalogue import load_catalogue
    from auditor.identify.listing import WHICH_COLUMNS, which_rows

    _print_rows(which_rows(load_catalogue(), hosts), WHICH_COLUMNS, form)


@signatures.command("check")
def signatures_check(
    folder: Annotated[Path | None, typer.Argument(help="A catalogue; by default the shipped one.")] = None,
) -> None:
    """Duplicates, overlaps that change meaning, and suffixes that are too broad."""
    from auditor.identify.check import check as work
    from auditor.shipped import shipped

    problems = work(folder or shipped("signatures"))
    for problem in problems:
        complain(problem)
    complain(f"{len(problems)} problems")
    if any(problem.severity == "error" for problem in problems):
        raise typer.Exit(BadInput.exit_code)


def _load(folder: Path, talk: Talk) -> District:
    from auditor.district import load_district

    district = load_district(folder)
    for warning in district.warnings:
        talk.say(str(warning))
    return district


def _period(district: District, first: datetime | None, last: datetime | None) -> tuple[date, date]:
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


def _prepare(talk: Talk) -> None:
    """Says why it takes a while, where the packet reader has not been compiled yet."""
    from auditor.kernel.jit import is_warm

    if sys.stderr.isatty() and not is_warm():
        talk.say("Preparing the packet reader; this happens once and takes about half a minute ...")


def _print_rows(rows: list[dict[str, str]], columns: tuple[str, ...], form: Format | None) -> None:
    import pyarrow as pa

    from auditor.console import Table, write_rows

    schema = pa.schema([(name, pa.string()) for name in columns])
    write_rows([Table(pa.Table.from_pylist(rows, schema=schema))], form)


def _tell_profile(stopwatch: NoStopwatch) -> None:
    if isinstance(stopwatch, Stopwatch):
        for line in stopwatch.lines():
            complain(line)


def _tell_ingested(done: Ingested, talk: Talk) -> None:
    for mark in done.marks:
        talk.say(f"{mark.path}: {mark.frames:,} frames")
        for note in mark.notes:
            talk.say(note)
        for verdict, count in mark.ledger.items():
            talk.detail(f"{mark.path}: {verdict}: {count:,}")
    for warning in done.warnings:
        talk.say(str(warning))
    grown = f" ({len(done.withdrawn)} in place of a shorter version)" if done.withdrawn else ""
    for mark in done.again:
        talk.say(f"{mark.path}: read anew: a capture before it came late")
    known, unread = done.known, len(done.problems)
    talk.say(f"{len(done.marks)} new captures{grown}, {known} known already, {unread} unreadable")


def _tell_audited(done: AuditSummary, talk: Talk) -> None:
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in done.dispositions.items())
    talk.say(f"{len(done.days)} days decided: {done.findings} sessions" + (f" ({told})" if told else ""))


def main() -> None:
    """Runs the command line. Whatever goes wrong ends with a line a problem and the contract's exit code."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # numpy would start threads for algebra that nobody does
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the caller closed it: nobody reads
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="surrogateescape")  # a file's name goes out as it came in
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except AuditorError as error:
        for problem in error.problems:
            complain(problem)
        sys.exit(error.exit_code)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - what is left to print has no reader
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            complain(unexpected(error, verbose=not {"-v", "--verbose"}.isdisjoint(sys.argv)))
        sys.exit(1)


if __name__ == "__main__":
    main()
