"""`auditor ingest`: lease files and captures into the warehouse, each once, captures in the order of their time."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path

from auditor import pseudonym
from auditor.capture.read import first_time_ns
from auditor.district import District
from auditor.district.settings import SensorSection
from auditor.errors import AuditorError, BadInput, Problem
from auditor.identify.catalogue import load_catalogue
from auditor.jobs.known import KnownCaptures
from auditor.jobs.lease_files import FOLDER, LeaseFiles, is_lease_file, lease_paths
from auditor.jobs.leases import LeaseBook
from auditor.jobs.routers import router_problems
from auditor.jobs.scope import set_aside
from auditor.jobs.sweep import Ingested, Kit, SensorSweep
from auditor.stopwatch import NO_STOPWATCH, NoStopwatch
from auditor.warehouse import Warehouse


def ingest(
    district: District, sources: Sequence[Path] = (), stopwatch: NoStopwatch = NO_STOPWATCH
) -> Ingested:
    """Takes in the lease files of `leases/`, and captures: the given ones, or all that the sensors' globs match. What
    is known already is passed over. Lease files, also given ones, come first: they say whose traffic it is.

    A capture that has grown since is taken in anew, in place of its shorter version. Where one comes late, those
    behind it are read anew as far as it changes them. One that can't be read is named in `problems`; the others
    are taken in. Raises BadInput for a source that belongs to no sensor and for
    a key that is not the warehouse's, Locked where another run is writing.
    """
    logs, captures = _told_apart(district, sources)
    work = _sources(district, captures) if captures or not sources else []
    warehouse = Warehouse.open(district.warehouse, create=True)
    done = Ingested(warnings=[] if sources else _without_captures(work))
    with warehouse.lock():
        warehouse.settle()
        marks = warehouse.captures()
        key = pseudonym.load_key(district.folder, create=not marks)
        warehouse.check_key(pseudonym.fingerprint(key), bind=True)
        with stopwatch.stage("leases"):
            taken = LeaseFiles(district, key, warehouse).take_in(logs)
        done.lease_files, done.problems = taken.marks, taken.problems
        book = LeaseBook(district, key, warehouse.leases)
        known = KnownCaptures(district.folder, marks)
        kit = Kit(district, load_catalogue(), key, book, warehouse, known, done, stopwatch)
        for sensor, paths in work:
            changed = [path for path in paths if not known.is_unchanged(path)]
            done.known += len(paths) - len(changed)
            SensorSweep(kit, sensor).run(_in_time_order(changed, done))
        days = warehouse.days_of(done.marks)
        if days:
            done.warnings += router_problems(warehouse.coverage(days[0], days[-1]).to_pylist())
        with stopwatch.stage("scope"):
            done.set_aside = set_aside(district, key, warehouse)["rows"]
    return done


def _told_apart(district: District, given: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Lease files, and captures or what is neither. Those in `leases/` are looked at in any case: they say whose
    traffic it is, and whose must not be stored."""
    folder = (district.folder / FOLDER).resolve()
    logs = [
        path
        for path in given
        if path.is_file() and (path.resolve().is_relative_to(folder) or is_lease_file(path))
    ]
    own = [path for path in lease_paths(district) if path.resolve() not in {log.resolve() for log in logs}]
    return own + logs, [path for path in given if path not in logs]


def _sources(district: District, given: Sequence[Path]) -> list[tuple[SensorSection, list[Path]]]:
    """The captures of each sensor."""
    matched = {
        sensor.name: _matches(district.folder, sensor.captures) for sensor in district.settings.sensors
    }
    if not given:
        return [(sensor, matched[sensor.name]) for sensor in district.settings.sensors]
    work: dict[str, list[Path]] = {sensor.name: [] for sensor in district.settings.sensors}
    sensor_of = {path.resolve(): name for name, paths in reversed(matched.items()) for path in paths}
    problems = []
    for path in given:
        name = sensor_of.get(path.resolve())
        if not path.is_file():
            what = "is not a file" if path.exists() else "there is no such file"
            problems.append(Problem(str(path), what, "give captures, lease files or logs"))
        elif name or len(work) == 1:
            work[name or next(iter(work))].append(path)
        else:
            hint = "put it where a sensor's `captures` in auditor.toml finds it"
            problems.append(Problem(str(path), "belongs to no sensor", hint))
    if problems:
        raise BadInput(problems)
    return [(sensor, work[sensor.name]) for sensor in district.settings.sensors]


def _matches(folder: Path, pattern: str) -> list[Path]:
    if not pattern:
        return []
    found = glob.glob(str(folder / pattern), recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [path for path in map(Path, sorted(found)) if path.is_file()]


def _in_time_order(paths: Iterable[Path], done: Ingested) -> list[tuple[int, Path]]:
    """The captures with the time of their first frame, in its order; those that are none are named as problems."""
    timed = []
    for path in paths:
        try:
            timed.append((first_time_ns(path), str(path), path))
        except AuditorError as error:
            done.problems += error.problems
    return [(first_ns, path) for first_ns, _, path in sorted(timed)]


def _without_captures(work: Iterable[tuple[SensorSection, list[Path]]]) -> list[Problem]:
    return [
        Problem(
            "auditor.toml",
            f"sensor `{sensor.name}`: {sensor.captures} matches no file",
            "is the sensor running, and is its folder mounted?",
            "warning",
        )
        for sensor, paths in work
        if sensor.captures and not paths
    ]
