"""`auditor ingest`: captures into the warehouse, each once, those of a sensor in the order of their time."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from auditor import __version__, pseudonym
from auditor.capture.read import first_time_ns
from auditor.district import District
from auditor.district.settings import SensorSection
from auditor.errors import AuditorError, BadInput, Problem
from auditor.identify.catalogue import Catalogue, load_catalogue
from auditor.jobs.activity import Activity
from auditor.jobs.known import Content, KnownCaptures, shown_path
from auditor.jobs.leases import Lease, LeaseBook
from auditor.jobs.sensor import SensorReader
from auditor.records import Frames
from auditor.warehouse import CaptureMark, Warehouse, tables


@dataclass(slots=True)
class Ingested:
    """What a run took in."""

    marks: list[CaptureMark] = field(default_factory=list)
    known: int = 0  # captures that were there already
    withdrawn: list[CaptureMark] = field(default_factory=list)  # shorter versions of captures that have grown
    warnings: list[Problem] = field(default_factory=list)  # sensors without any capture
    problems: list[Problem] = field(default_factory=list)  # captures that can't be read


def ingest(district: District, sources: Sequence[Path] = ()) -> Ingested:
    """Takes in captures: the given ones, or all that the sensors' globs match. Those known already are passed over.

    A capture that has grown since is taken in anew, in place of its shorter version. One that can't be read is
    named in `problems`; the others are taken in. Raises BadInput for a source that belongs to no sensor and for
    a key that is not the warehouse's, Locked where another run is writing.
    """
    work = _sources(district, sources)
    warehouse = Warehouse.open(district.warehouse, create=True)
    done = Ingested(warnings=[] if sources else _without_captures(work))
    with warehouse.lock():
        marks = warehouse.captures()
        key = pseudonym.load_key(district.folder, create=not marks)
        warehouse.check_key(pseudonym.fingerprint(key), bind=True)
        captures = KnownCaptures(district.folder, marks)
        catalogue = load_catalogue()
        known = [Lease(**row) for row in warehouse.leases(-(1 << 62), 1 << 62).to_pylist()]
        book = LeaseBook(district, key, known)
        for sensor, paths in work:
            run = _SensorRun(district, sensor, catalogue, key, book, warehouse, done)
            changed = [path for path in paths if not captures.is_unchanged(path)]
            done.known += len(paths) - len(changed)
            for first_ns, path in _in_time_order(changed, done):
                run.take(path, first_ns, captures)
    return done


class _SensorRun:
    """One sensor's captures, one after the other."""

    def __init__(
        self, district: District, sensor: SensorSection, catalogue: Catalogue, key: bytes, book: LeaseBook,
        warehouse: Warehouse, done: Ingested,
    ) -> None:  # fmt: skip
        self._district, self._sensor, self._catalogue = district, sensor, catalogue
        self._key, self._book, self._warehouse, self._done = key, book, warehouse, done
        self._begin()

    def take(self, path: Path, first_ns: int, captures: KnownCaptures) -> None:
        """Reads a capture and writes what is kept of it, unless that has been done; names it where it can't."""
        try:
            content = captures.look(path, self._sensor.name)
            if self._warehouse.has_capture(content.sha256):
                self._done.known += 1
                return
            self._recall(first_ns, captures)
            activity, span = self._read(path, content)
        except BadInput as error:
            self._done.problems += error.problems
            self._begin()
            return
        ledger = self._reader.ledger.take()
        mark = CaptureMark(
            sha256=content.sha256,
            path=shown_path(path, self._district.folder),
            sensor=self._sensor.name,
            site=self._sensor.site,
            size_bytes=content.size_bytes,
            first_ns=span.first_ns,
            last_ns=span.last_ns,
            frames=span.frames,
            status="truncated" if ledger.notes else "whole",
            notes=tuple(ledger.notes),
            ledger=dict(ledger.counts),
            catalogue_version=self._catalogue.version,
            program_version=__version__,
            modified_ns=content.modified_ns,
        )
        leases = pa.Table.from_pylist([lease._asdict() for lease in activity.leases], schema=tables.LEASES)
        for earlier in content.earlier:
            self._warehouse.withdraw(earlier)
            self._done.withdrawn.append(earlier)
        self._warehouse.write_capture(mark, activity.table(), activity.coverage(), leases)
        self._done.marks.append(mark)

    def _begin(self) -> None:
        """Without any open flow: at first, and behind a capture that could be read in part only."""
        self._reader = SensorReader(self._catalogue, self._district.settings.usage.dns_grace_seconds)
        self._captures: list[str] = []  # SHA-256 by number
        self._begun_ns = 0  # when the last one began

    def _recall(self, first_ns: int, captures: KnownCaptures) -> None:
        """Reads the capture before this one again where an earlier run took it in: its flows may go on here."""
        before = captures.before(self._sensor.name, first_ns)
        if before and before[1].first_ns > self._begun_ns:
            path, mark = before
            self._captures[self._reader.number :] = [mark.sha256]
            for _ in self._reader.read(path, size=mark.size_bytes):
                pass
            self._reader.ledger.take()
        self._begun_ns = first_ns

    def _read(self, path: Path, content: Content) -> tuple[Activity, _Span]:
        self._captures[self._reader.number :] = [content.sha256]
        activity = Activity(self._district, self._sensor, self._catalogue, self._key, self._book)
        span = _Span()
        for observed, flows in self._reader.read(path, span.see, content.size_bytes):
            activity.add(observed, flows, self._captures)
        return activity, span


@dataclass(slots=True)
class _Span:
    """First and last frame of a capture."""

    first_ns: int = 0
    last_ns: int = 0
    frames: int = 0

    def see(self, frames: Frames) -> None:
        first, last = int(frames.time_ns.min()), int(frames.time_ns.max())
        self.first_ns = first if not self.frames else min(self.first_ns, first)
        self.last_ns = max(self.last_ns, last)
        self.frames += len(frames.time_ns)


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
            problems.append(Problem(str(path), what, "give capture files"))
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
