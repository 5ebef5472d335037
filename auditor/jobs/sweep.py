"""One sensor's captures, one behind the other: what is new is taken in, and what a late one changes is read anew.

A connection goes on from one capture to the next. So a capture is read with the state in which the one before it
ended, and one that comes late changes those behind it.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from auditor import __version__
from auditor.capture.pcapng import DROPPED, FILTERED
from auditor.decode.decoder import Recalled
from auditor.district import District
from auditor.district.settings import SensorSection
from auditor.errors import BadInput, Problem
from auditor.identify.catalogue import Catalogue
from auditor.jobs.activity import Activity
from auditor.jobs.carried import Carried, carried_bytes, read_carried, recalled
from auditor.jobs.known import Content, KnownCaptures, in_order, shown_path
from auditor.jobs.leases import LeaseBook
from auditor.jobs.overlaps import shared_frames
from auditor.jobs.quality import Quality
from auditor.jobs.sensor import SensorReader
from auditor.policy.clock import local_day
from auditor.records import Frames, Ledger
from auditor.stopwatch import NoStopwatch
from auditor.warehouse import CaptureMark, LeaseFileMark, Warehouse, tables

MINUTE_NS = 60_000_000_000
GOES_ON_NS = 3_600_000_000_000  # an idle connection is forgotten after that
REACH_NS = 24 * GOES_ON_NS  # how far back is read again where nothing was carried over


@dataclass(slots=True)
class Ingested:
    """What a run took in."""

    marks: list[CaptureMark] = field(default_factory=list)
    known: int = 0  # captures that were there already
    withdrawn: list[CaptureMark] = field(default_factory=list)  # shorter versions of captures that have grown
    again: list[CaptureMark] = field(default_factory=list)  # read anew: a capture before them came late
    warnings: list[Problem] = field(default_factory=list)  # sensors without any capture
    problems: list[Problem] = field(default_factory=list)  # captures and lease files that can't be read
    set_aside: int = 0  # rows taken out again: they turned out to be students' or guests'
    lease_files: list[LeaseFileMark] = field(default_factory=list)  # lease files and logs that were new


class Job(NamedTuple):
    """A capture to read; jobs sort by time."""

    first_ns: int
    shown: str
    path: Path
    again: CaptureMark | None = None  # as it was taken in before
    until_ns: int = 0  # captures that begin by then are read anew, too


@dataclass(frozen=True, slots=True)
class Kit:
    """What all sensors' captures are read with."""

    district: District
    catalogue: Catalogue
    key: bytes
    book: LeaseBook
    warehouse: Warehouse
    captures: KnownCaptures
    done: Ingested
    stopwatch: NoStopwatch


class SensorSweep:
    """Goes once through the captures of a sensor, in the order of their time."""

    def __init__(self, kit: Kit, sensor: SensorSection) -> None:
        self._kit, self._sensor = kit, sensor
        self._warehouse, self._captures, self._done = kit.warehouse, kit.captures, kit.done
        self._jobs: list[Job] = []
        self._last: CaptureMark | None = None  # behind which the reader stands
        self._begin()

    def run(self, new: Iterable[tuple[int, Path]]) -> None:
        """Takes in captures, given with the time of their first frame; names those that can't be read."""
        folder = self._kit.district.folder
        self._jobs = [Job(first_ns, shown_path(path, folder), path) for first_ns, path in new]
        for mark, until_ns in self._warehouse.to_read_again():
            if mark.sensor == self._sensor.name:
                self._ask_again(mark, until_ns)  # an earlier run did not get there
        heapq.heapify(self._jobs)
        while self._jobs:
            job = heapq.heappop(self._jobs)
            try:
                self._take(job)
            except BadInput as error:
                self._done.problems += error.problems
                self._begin()
        self._keep_carried()

    def _take(self, job: Job) -> None:
        """Reads a capture and writes what is kept of it, unless that has been done."""
        with self._kit.stopwatch.stage("hash"):
            content = self._captures.look(job.path, self._sensor.name)
        known = self._captures.find(content)
        if job.again is None and known is not None:
            self._done.known += 1
            self._note_place(known, job, content)
            return
        if job.again is not None and (known is None or known.sha256 != job.again.sha256):
            self._warehouse.leave_as_it_is(job.again)  # the file is another one by now
            return
        replaced = (job.again,) if job.again else content.earlier
        for mark in replaced:
            self._captures.remove(mark.sha256)
        goes_on_from = self._prepare(job)
        activity, last_minute, span = self._read(job.path, content)
        ledger = self._reader.ledger.take()
        activity.note_into(ledger)
        mark = CaptureMark(
            answers_until_ns=span.answers_until_ns,
            sha256=content.sha256,
            path=job.shown,
            sensor=self._sensor.name,
            site=self._sensor.site,
            size_bytes=content.size_bytes,
            first_ns=span.first_ns,
            last_ns=span.last_ns,
            frames=span.frames,
            status="truncated" if ledger.notes else "whole",
            notes=tuple(ledger.notes),
            ledger=dict(ledger.counts),
            catalogue_version=self._kit.catalogue.version,
            program_version=__version__,
            modified_ns=content.modified_ns,
            content_bytes=content.content_bytes,
            goes_on_from=goes_on_from,
            seen_minutes=span.quality.seen_minutes(),
        )
        self._note_changed(mark, job.until_ns or span.last_ns + REACH_NS)
        for earlier in replaced:
            self._warehouse.withdraw(earlier)
        held = activity.leases(last_minute)
        leases = pa.Table.from_pylist([lease.row() for lease in held], schema=tables.LEASES)
        with self._kit.stopwatch.stage("write"):
            rows, open_rows = (part.table() for part in (activity, last_minute))
            mark = self._warehouse.write_capture(
                mark,
                rows,
                self._coverage(activity, span, ledger),
                leases,
                (open_rows, last_minute.coverage()),
            )
        self._captures.add(mark)
        self._last = mark
        self._note_overlaps(mark)
        if job.again:
            self._done.again.append(mark)
        else:
            self._done.marks.append(mark)
            self._done.withdrawn += content.earlier

    def _coverage(self, activity: Activity, span: _Span, ledger: Ledger) -> dict[date, dict[str, int]]:
        """What was counted by local day. The sensor's own counters are of the day on which the capture ends."""
        zone = self._kit.district.timezone
        days = defaultdict(Counter, {day: Counter(counts) for day, counts in activity.coverage().items()})
        for day, counts in span.quality.coverage(zone).items():
            days[day] += counts
        for verdict, measure in ((DROPPED, "frames_dropped"), (FILTERED, "frames_filtered")):
            if ledger.counts[verdict]:
                days[local_day(span.last_ns // MINUTE_NS, zone)][measure] += ledger.counts[verdict]
        return {day: dict(counts) for day, counts in days.items()}

    def _begin(self) -> None:
        """Without any open flow: at first, and behind a capture that could be read in part only."""
        grace_s = self._kit.district.settings.usage.dns_grace_seconds
        self._reader = SensorReader(self._kit.catalogue, grace_s, self._kit.stopwatch)
        self._numbered: list[str] = []  # SHA-256 by number
        self._last = None

    def _prepare(self, job: Job) -> str:
        """Brings the reader to where the capture begins; returns the capture with whose last minute it goes on."""
        before = [mark for mark in self._timeline() if in_order(mark) < (job.first_ns, job.shown)]
        if self._last != (before[-1] if before else None):
            self._recall(before, job)
        last = self._last
        if last is None or job.first_ns // MINUTE_NS > last.last_ns // MINUTE_NS:
            self._reader.close()
            return ""
        follower = next((mark for mark in self._timeline() if mark.goes_on_from == last.sha256), None)
        if follower and not self._captures.is_there(follower):
            self._reader.close()  # what goes on there can't be taken from it
            return ""
        return last.sha256

    def _timeline(self) -> list[CaptureMark]:
        return self._captures.of_sensor(self._sensor.name)

    def _recall(self, before: list[CaptureMark], job: Job) -> None:
        """Reads captures before this one again that were taken in earlier: what was going on may go on here."""
        self._begin()
        carried = read_carried(self._warehouse.carried(self._sensor.name), self._kit.catalogue.version)
        if carried and carried.capture in {mark.sha256 for mark in before}:
            self._numbered = sorted({name.capture for name in carried.flows.values()})
            self._reader.begin_at(len(self._numbered))
        else:
            carried = None
        for mark in self._chain(before, job, carried.capture if carried else ""):
            self._numbered[self._reader.number :] = [mark.sha256]
            for _ in self._reader.read_on(self._captures.path_of(mark), size=mark.size_bytes):
                pass
            self._last = mark
            if carried and carried.capture == mark.sha256:
                self._put_names(carried)
        self._reader.ledger.take()

    def _put_names(self, carried: Carried) -> None:
        """Names connections as they were called when the run before this one ended."""
        number = {sha256: number for number, sha256 in enumerate(self._numbered)}
        self._reader.recall(
            Recalled(flow, name.host, name.name_source, name.frame, number[name.capture], turned)
            for flow, name, turned in recalled(carried, self._kit.key, self._reader.flows())
        )

    def _keep_carried(self) -> None:
        """Notes for the next run how connections are called that may go on in the sensor's next capture."""
        if self._last is None or self._timeline()[-1:] != [self._last]:
            return
        flows = self._reader.named_flows(self._last.last_ns - GOES_ON_NS)
        kit = self._kit
        content = carried_bytes(
            self._last.sha256, kit.catalogue.version, kit.key, flows, self._activity(), self._numbered
        )
        self._warehouse.keep_carried(self._sensor.name, content)

    def _chain(self, before: list[CaptureMark], job: Job, known: str) -> list[CaptureMark]:
        """The captures before this one that are read again: without a gap, still there, as far back as matters.

        Where names are carried over from the end of capture `known` that is an hour before that, or as long as
        a DNS answer may name what begins now; else a day.
        """
        chain: list[CaptureMark] = []
        begins_ns, reach_ns = job.first_ns, job.first_ns - REACH_NS
        needed = [mark.first_ns for mark in before if mark.answers_until_ns >= job.first_ns]
        for mark in reversed(before):
            if mark.sha256 == known:
                reach_ns = max(reach_ns, min([mark.last_ns - GOES_ON_NS, *needed]))
            if mark.last_ns < max(begins_ns - GOES_ON_NS, reach_ns) or not self._captures.is_there(mark):
                break
            chain.append(mark)
            begins_ns = min(begins_ns, mark.first_ns)
        return chain[::-1]

    def _note_overlaps(self, mark: CaptureMark) -> None:
        """Says where another capture holds the same frames: their bytes count twice."""
        for other in self._timeline():
            from_ns, to_ns = max(mark.first_ns, other.first_ns), min(mark.last_ns, other.last_ns)
            if other.sha256 == mark.sha256 or from_ns > to_ns or not self._captures.is_there(other):
                continue
            paths = self._captures.path_of(mark), self._captures.path_of(other)
            count = shared_frames(*paths, from_ns, to_ns)
            if count > 1:
                what = (
                    f"holds at least {count:,} frames that {other.path} holds, too; their bytes count twice"
                )
                hint = "let the sensor write each frame to one file, or keep one of the two elsewhere"
                self._done.warnings.append(Problem(mark.path, what, hint, "warning"))

    def _note_changed(self, mark: CaptureMark, until_ns: int) -> None:
        """Where captures behind this one were taken in before it, notes that the first of them is to be read
        anew, if anything of this one can go on there. It in turn does the same."""
        behind = next((other for other in self._timeline() if in_order(other) > in_order(mark)), None)
        if behind is None or not mark.frames or behind.first_ns > min(mark.last_ns + GOES_ON_NS, until_ns):
            return
        if not self._captures.is_there(behind):
            what = f"came after {behind.path} had been read, whose file is no longer there as it was"
            hint = "connections that go on from one to the other may lack their names in the latter"
            self._done.warnings.append(Problem(mark.path, what, hint, "warning"))
            return
        self._warehouse.read_again(behind, until_ns)
        self._ask_again(behind, until_ns)

    def _ask_again(self, mark: CaptureMark, until_ns: int) -> None:
        job = Job(mark.first_ns, mark.path, self._captures.path_of(mark), mark, until_ns)
        self._jobs = [job, *(other for other in self._jobs if other.again != mark)]
        heapq.heapify(self._jobs)

    def _note_place(self, known: CaptureMark, job: Job, content: Content) -> None:
        """A capture that was renamed, or compressed, is found where it is now the next time."""
        if known.sensor != self._sensor.name or self._captures.is_there(known):
            return
        moved = replace(
            known, path=job.shown, size_bytes=content.size_bytes, modified_ns=content.modified_ns,
        )  # fmt: skip
        self._warehouse.rename_capture(moved)
        self._captures.add(moved)
        if self._last == known:
            self._last = moved

    def _read(self, path: Path, content: Content) -> tuple[Activity, Activity, _Span]:
        self._numbered[self._reader.number :] = [content.sha256]
        activity, last_minute = self._activity(), self._activity()
        span = _Span()
        for observed, flows in self._reader.read_on(path, span.see, content.size_bytes):
            activity.add(observed, flows, self._numbered)
            span.answers_until_ns = max(span.answers_until_ns, self._reader.answers_until_ns(observed))
        last_minute.add(*self._reader.still_open(), self._numbered)
        return activity, last_minute, span

    def _activity(self) -> Activity:
        kit = self._kit
        return Activity(kit.district, self._sensor, kit.catalogue, kit.key, kit.book)


@dataclass(slots=True)
class _Span:
    """First and last frame of a capture."""

    first_ns: int = 0
    last_ns: int = 0
    frames: int = 0
    answers_until_ns: int = 0
    quality: Quality = field(default_factory=Quality)

    def see(self, frames: Frames) -> None:
        first, last = int(frames.time_ns.min()), int(frames.time_ns.max())
        self.first_ns = first if not self.frames else min(self.first_ns, first)
        self.last_ns = max(self.last_ns, last)
        self.frames += len(frames.time_ns)
        self.quality.see(frames)
