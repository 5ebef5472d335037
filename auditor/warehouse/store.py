"""A warehouse on disk: what was observed, by capture, and what was decided, by day.

    activity/day=YYYY-MM-DD/sensor=NAME/<sha16>.parquet    captures/<sha16>.json   (the mark, written last)
    coverage/day=YYYY-MM-DD/sensor=NAME/<sha16>.parquet    captures/<sha16>.again  (to be read anew)
        and <sha16>.open.parquet (of the capture's last    leases/<sha16>.parquet
        minute, until the next one goes on with it)        lease_files/<sha16>.json, carried/<sensor>.parquet
    findings/day=YYYY-MM-DD/findings.parquet               minutes/day=YYYY-MM-DD/minutes.parquet
    audits/day=YYYY-MM-DD/audit.json (written last)        warehouse.json, access.log, scope.json
        and history.ndjson (when it was decided)
    staging/ (what is being written)                       warehouse.lock, key.json

One process writes at a time (`lock`); others may read meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc
from filelock import FileLock, Timeout

from auditor.errors import BadInput, Locked, Problem
from auditor.warehouse import files, tables
from auditor.warehouse.layout import FORMAT_FILE, check_format, day_of, format_text, parse_audit, read_json
from auditor.warehouse.lease_files import LeaseFileMark
from auditor.warehouse.marks import CaptureMark

_INGEST_AGAIN = (
    "move the file away, remove the mark of the same name in captures/ and run `auditor ingest` again"
)
KEY_FILE = "key.json"
OPEN, ASIDE = ".open.parquet", ".aside"  # a capture's last minute; while the next capture takes it over
OPEN_ASIDE = f".open{ASIDE}"
Coverage = Mapping[date, Mapping[str, int]]
_HISTORY = "history.ndjson"
_AUDIT_AGAIN = "run `auditor audit` for that day again"


class Warehouse:
    """One warehouse folder. Days are local days; minutes are UTC epoch minutes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lease_spans: dict[str, tuple[int, int] | None] = {}  # of files of leases, by path

    @classmethod
    def open(cls, path: Path, create: bool = False) -> Warehouse:
        """The warehouse at `path`; with `create` made where there is none yet.

        Raises BadInput where there is none, where the folder is something else, can't be written, or was
        made in another format.
        """
        mark = path / FORMAT_FILE
        if not mark.is_file():
            if not create:
                raise BadInput(Problem(str(path), "there is no warehouse here", "run `auditor ingest` first"))
            with files.writing(path):
                if path.is_dir() and any(path.iterdir()):
                    hint = "name an empty or new folder under [storage] in auditor.toml"
                    raise BadInput(Problem(str(path), "is neither empty nor a warehouse", hint))
                aside = files.write_bytes(path / f"{FORMAT_FILE}.new", format_text())
                files.publish(aside, mark)
        check_format(mark)
        return cls(path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the warehouse for one writer; Locked at once where another run holds it.

        A run that holds it may take it again.
        """
        lock = FileLock(self.path / "warehouse.lock", timeout=0, mode=0o600, is_singleton=True)
        try:
            lock.acquire()
        except Timeout:
            hint = "wait for it to end; the lock goes with the process"
            raise Locked(Problem(str(self.path), "another run is writing to this warehouse", hint)) from None
        except OSError as error:
            raise files.refused(self.path, error) from None
        try:
            yield
        finally:
            lock.release()

    def check_key(self, fingerprint: str, bind: bool = False) -> None:
        """Raises BadInput where the pseudonyms in here were made with another key than that of the fingerprint.

        With `bind`, a warehouse that knows of no key yet is bound to this one. Needs the lock.
        """
        path = self.path / KEY_FILE
        if path.is_file():
            hint = "restore it from a backup"
            if read_json(path, hint, lambda text: json.loads(text)["fingerprint"]) != fingerprint:
                what = (
                    "its pseudonyms were made with another key than the pseudonym.key of this district folder"
                )
                hint = "restore the key from a backup; without it devices and persons are known no more"
                raise BadInput(Problem(str(self.path), what, hint))
        elif bind:
            with files.writing(self.path), self._staging("key") as staging:
                text = json.dumps({"fingerprint": fingerprint}) + "\n"
                files.publish(files.write_bytes(staging / KEY_FILE, text.encode()), path)

    # what was observed

    def has_capture(self, sha256: str) -> bool:
        """Whether the capture has been taken in whole."""
        return self._mark_path(sha256[:16]).is_file()

    def write_capture(
        self,
        mark: CaptureMark,
        activity: pa.Table,
        coverage: Coverage,
        leases: pa.Table,
        last_minute: tuple[pa.Table, Coverage] | None = None,
    ) -> CaptureMark:
        """Takes in one capture: all of it or, after a crash at any point, nothing that is ever read.

        `activity` has the columns of `tables.ACTIVITY` and `day` (a date or YYYY-MM-DD), `leases` those of
        `tables.LEASES`; `last_minute` is activity and coverage of what was still going on when the capture
        ended. With `mark.goes_on_from`, the last minute of that capture is in these rows and goes from there.
        A capture that has been taken in already is left as it is. Returns the mark as it was written. Needs the
        lock.
        """
        if self.has_capture(mark.sha256):
            return mark
        with files.writing(self.path), self._staging(mark.key) as staging:
            self._remove_unmarked(mark.key)
            _stage(staging, mark.sensor, f"{mark.key}.parquet", activity, coverage)
            if last_minute:
                _stage(staging, mark.sensor, f"{mark.key}{OPEN}", *last_minute)
            if leases.num_rows:
                table = tables.sorted_to(tables.LEASES, tables.LEASES_ORDER, leases)
                files.write_parquet(staging / "leases" / f"{mark.key}.parquet", table)
            staged = sorted(staging.rglob("*.parquet"))
            mark = replace(mark, rows_sha256=_hash_of(staged))
            for path in staged:
                files.publish(path, self.path / path.relative_to(staging))
            aside = files.write_bytes(staging / "mark.json", mark.to_json().encode())
            if mark.goes_on_from:
                for path in self._observed_of(mark.goes_on_from[:16], OPEN):
                    files.publish(path, path.with_suffix(ASIDE))
            files.publish(aside, self._mark_path(mark.key))
            self._settle(mark)
            self._again_path(mark.key).unlink(missing_ok=True)
        return mark

    def settle(self) -> None:
        """Brings a write to its end that a crash has cut short. Needs the lock."""
        with files.writing(self.path):
            marks = self.captures() if any(self.path.glob(f"*/*/*/*{ASIDE}")) else ()
            for mark in marks:
                self._settle(mark)
            for path in sorted(self.path.glob(f"*/*/*/*{ASIDE}")):  # nothing goes on with it after all
                files.publish(path, path.with_suffix(".parquet"))

    def _settle(self, mark: CaptureMark) -> None:
        for path in self._observed_of(mark.goes_on_from[:16], OPEN_ASIDE) if mark.goes_on_from else ():
            path.unlink(missing_ok=True)

    def rename_capture(self, mark: CaptureMark) -> None:
        """Notes where a capture lies now, and as what file. Needs the lock."""
        with files.writing(self.path), self._staging(mark.key) as staging:
            aside = files.write_bytes(staging / "mark.json", mark.to_json().encode())
            files.publish(aside, self._mark_path(mark.key))

    def has_open_minute(self, mark: CaptureMark) -> bool:
        """Whether the capture's last minute stands for itself: no capture goes on with it."""
        return bool(self._observed_of(mark.key, OPEN))

    def read_again(self, mark: CaptureMark, until_ns: int) -> None:
        """Notes that a capture, and those behind it that begin by `until_ns`, are to be read anew, whatever
        happens until then. Needs the lock."""
        with files.writing(self.path):
            files.write_bytes(self._again_path(mark.key), f"{until_ns}\n".encode())

    def keep_carried(self, sensor: str, content: bytes) -> None:
        """Keeps what the sensor's next capture needs to know of those before it. Needs the lock."""
        path = self._carried_path(sensor)
        with files.writing(self.path), self._staging("carried") as staging:
            files.publish(files.write_bytes(staging / path.name, content), path)

    def carried(self, sensor: str) -> bytes:
        """What `keep_carried` kept last; b"" where there is nothing."""
        path = self._carried_path(sensor)
        return path.read_bytes() if path.is_file() else b""

    def _carried_path(self, sensor: str) -> Path:
        return self.path / "carried" / f"{quote(sensor, safe='')}.parquet"

    def leave_as_it_is(self, mark: CaptureMark) -> None:
        """Notes that a capture can't be read anew. Needs the lock."""
        with files.writing(self.path):
            self._again_path(mark.key).unlink(missing_ok=True)

    def to_read_again(self) -> tuple[tuple[CaptureMark, int], ...]:
        """The captures that are to be read anew, and until when those behind them are."""
        noted = {path.stem for path in self.path.glob("captures/*.again")}
        return tuple((mark, self._again_until(mark)) for mark in self._marks(noted & self._marked()))

    def _again_until(self, mark: CaptureMark) -> int:
        text = self._again_path(mark.key).read_text(encoding="ascii", errors="replace").strip()
        return int(text) if text.isdecimal() else mark.last_ns

    def withdraw(self, mark: CaptureMark) -> None:
        """Takes a capture out again: what it added is not read any more from the first step on.

        What was decided of its days stands until they are decided again. Needs the lock.
        """
        with files.writing(self.path):
            self._mark_path(mark.key).unlink(missing_ok=True)
            self._remove_unmarked(mark.key)
            self._again_path(mark.key).unlink(missing_ok=True)

    def captures(self) -> tuple[CaptureMark, ...]:
        """The marks of all captures taken in, by time of their first frame."""
        return self._marks(self._marked())

    def captures_of(self, day: date) -> tuple[CaptureMark, ...]:
        """The marks of the captures that saw anything on the local day."""
        return self._marks(self.capture_keys(day, day).get(day, frozenset()))

    def capture_keys(self, first: date = date.min, last: date = date.max) -> dict[date, frozenset[str]]:
        """The keys of the captures that saw anything, by local day; days without any are left out."""
        found: defaultdict[date, set[str]] = defaultdict(set)
        for kind in ("activity", "coverage"):
            for path in self.observed_files(kind, first, last):
                found[day_of(path)].add(_key_of(path))
        return {day: frozenset(found[day]) for day in sorted(found)}

    def days_of(self, marks: Iterable[CaptureMark]) -> tuple[date, ...]:
        """The local days of which these captures saw anything."""
        keys = {mark.key for mark in marks}
        return tuple(day for day, seen in self.capture_keys().items() if keys & seen) if keys else ()

    def days(self) -> tuple[date, ...]:
        """The local days of which a capture saw anything, even if no platform was used."""
        return tuple(self.capture_keys())

    def observed_files(self, kind: str, first: date = date.min, last: date = date.max) -> list[Path]:
        """The files of `activity` or `coverage` of the days that belong to a capture taken in whole."""
        marked = self._marked()
        return [
            path
            for folder in self._day_folders(kind, first, last)
            for path in sorted(folder.glob("sensor=*/*.parquet"))
            if _key_of(path) in marked
        ]

    def activity(self, first: date, last: date, schema: pa.Schema = tables.ACTIVITY) -> pa.Table:
        """What was seen from `first` to `last`: `day`, `sensor` and the columns of `tables.ACTIVITY`, or those of
        them that `schema` names, in its types."""
        return self._observed("activity", schema, first, last)

    def coverage(self, first: date, last: date) -> pa.Table:
        """What was counted: `day, sensor, measure, value`, summed over captures."""
        table = self._observed("coverage", tables.COVERAGE, first, last)
        keys = ["day", "sensor", "measure"]
        summed = table.group_by(keys).aggregate([("value", "sum")]).rename_columns([*keys, "value"])
        return summed.sort_by([(key, "ascending") for key in keys])

    def leases(self, from_minute: int, to_minute: int) -> pa.Table:
        """The leases, claims and log-ons that held at some minute of [from_minute, to_minute)."""
        paths = []
        for path in self._lease_paths():
            span = self._span_of(path)
            if span is None or (span[0] < to_minute and span[1] > from_minute):
                paths.append(path)
        read = [files.read_parquet(path, tables.LEASES, _INGEST_AGAIN) for path in paths]
        table = pa.concat_tables([tables.LEASES.empty_table(), *read])
        starts, ends = table["from_minute"].to_numpy(), table["to_minute"].to_numpy()
        return table.filter(pa.array((starts < to_minute) & (ends > from_minute)))

    def lease_sources(self, spans: Sequence[tuple[int, int]]) -> list[frozenset[str]]:
        """For each span of minutes the sources of its leases, by SHA-256. Reads one file at a time."""
        found: list[set[str]] = [set() for _ in spans]
        columns = pa.schema([tables.LEASES.field(name) for name in ("source", "from_minute", "to_minute")])
        for path in self._lease_paths():
            reach = self._span_of(path)
            if reach and not any(reach[0] < end and reach[1] > start for start, end in spans):
                continue
            table = files.read_parquet(path, columns, _INGEST_AGAIN)
            starts, ends = (table[name].to_numpy() for name in ("from_minute", "to_minute"))
            for number, (start, end) in enumerate(spans):
                held = table["source"].filter(pa.array((starts < end) & (ends > start)))
                found[number].update(held.unique().to_pylist())
        return [frozenset(sources) for sources in found]

    def lease_files(self) -> tuple[LeaseFileMark, ...]:
        """The marks of lease files and logs taken in, by path."""
        marks = (
            read_json(path, _INGEST_AGAIN, LeaseFileMark.from_json)
            for path in self.path.glob("lease_files/*.json")
        )
        return tuple(sorted(marks, key=lambda mark: (mark.path, mark.sha256)))

    def write_lease_file(
        self, mark: LeaseFileMark, leases: pa.Table, earlier: Iterable[LeaseFileMark] = ()
    ) -> None:
        """Takes in a lease file or log, in place of its `earlier` versions, whose rows are among these. Needs the
        lock."""
        target = self._lease_path(mark.key)
        with files.writing(self.path), self._staging(mark.key) as staging:
            rows = tables.sorted_to(tables.LEASES, tables.LEASES_ORDER, leases)
            files.publish(files.write_parquet(staging / target.name, rows), target)
            self._lease_spans.pop(str(target), None)
            aside = files.write_bytes(staging / "mark.json", mark.to_json().encode())
            files.publish(aside, self._lease_mark_path(mark))
            for other in earlier:
                if other.key != mark.key:
                    self._lease_mark_path(other).unlink(missing_ok=True)
                    self._remove_leases(other.key)

    def mark_lease_file(self, mark: LeaseFileMark) -> None:
        """Notes where a lease file lies now, and as what file. Needs the lock."""
        with files.writing(self.path), self._staging(mark.key) as staging:
            aside = files.write_bytes(staging / "mark.json", mark.to_json().encode())
            files.publish(aside, self._lease_mark_path(mark))

    def leases_of(self, mark: LeaseFileMark) -> pa.Table:
        """What is stored of a lease file or log."""
        path = self._lease_path(mark.key)
        return files.read_parquet(path, tables.LEASES, _INGEST_AGAIN)

    def read_activity(self, path: Path) -> pa.Table:
        """The rows of one file of activity."""
        return files.read_parquet(path, tables.ACTIVITY, _INGEST_AGAIN)

    def set_aside(self, path: Path, kept: pa.Table, counts: Mapping[str, int]) -> None:
        """Leaves of a file of activity only the rows `kept`, and adds to what was counted of its day. The capture's
        mark changes first: its days are to be decided anew, whatever happens then. Needs the lock."""
        mark = next(iter(self._marks([_key_of(path)])))
        counted = self.path / "coverage" / path.relative_to(self.path / "activity")
        with files.writing(self.path), self._staging(mark.key) as staging:
            rows = files.write_parquet(staging / "activity.parquet", kept)
            now = hashlib.sha256(f"{mark.rows_sha256} {_hash_of([rows])}".encode()).hexdigest()
            aside = files.write_bytes(
                staging / "mark.json", replace(mark, rows_sha256=now).to_json().encode()
            )
            files.publish(aside, self._mark_path(mark.key))
            files.publish(rows, path)
            sums = Counter(counts)
            if counted.is_file():
                before = files.read_parquet(counted, tables.COVERAGE, _INGEST_AGAIN)
                sums.update(dict(zip(*(column.to_pylist() for column in before.columns), strict=True)))
            files.publish(files.write_parquet(staging / "coverage.parquet", _counts(sums)), counted)

    def replace_leases(self, path: Path, rows: pa.Table) -> None:
        """Leaves these rows in a file of leases. Needs the lock."""
        with files.writing(self.path), self._staging(path.stem) as staging:
            table = tables.sorted_to(tables.LEASES, tables.LEASES_ORDER, rows)
            files.publish(files.write_parquet(staging / path.name, table), path)
            self._lease_spans.pop(str(path), None)

    def lease_paths(self) -> tuple[Path, ...]:
        """The files of leases of all captures and lease files."""
        return tuple(self._lease_paths())

    def read_leases(self, path: Path) -> pa.Table:
        """The rows of one file of leases."""
        return files.read_parquet(path, tables.LEASES, _INGEST_AGAIN)

    def activity_within(self, first_minute: int, last_minute: int) -> list[Path]:
        """The files of activity that may hold a minute from the first to the last."""
        spans = ((path, files.span(path, "minute", "minute")) for path in self.observed_files("activity"))
        return [
            path
            for path, span in spans
            if span is None or (span[0] <= last_minute and span[1] >= first_minute)
        ]

    def scope(self) -> str:
        """What `keep_scope` kept last; "" where there is nothing."""
        path = self.path / "scope.json"
        return path.read_text(encoding="ascii") if path.is_file() else ""

    def keep_scope(self, known: str) -> None:
        """Notes what is known of whose use is not to be stored. Needs the lock."""
        with files.writing(self.path), self._staging("scope") as staging:
            files.publish(files.write_bytes(staging / "scope.json", known.encode()), self.path / "scope.json")

    def forget_carried(self) -> None:
        """Removes what was kept for the next captures of all sensors. Needs the lock."""
        with files.writing(self.path):
            shutil.rmtree(self.path / "carried", ignore_errors=True)

    # what was decided

    def replace_day(
        self,
        day: date,
        findings: pa.Table,
        minutes: pa.Table,
        audit: Mapping[str, Any],
        history_line: str = "",
    ) -> None:
        """Replaces all that was decided about the day, and adds a line to its history. Needs the lock.

        The day's `audit.json` goes first and comes back last: findings and minutes without it are not read,
        so a crash in between leaves the day undecided, never half of one audit and half of another.
        """
        folder = f"day={day.isoformat()}"
        with files.writing(self.path), self._staging(folder) as staging:
            staged = [
                files.write_parquet(staging / "findings.parquet", findings),
                files.write_parquet(staging / "minutes.parquet", minutes),
                files.write_bytes(staging / "audit.json", (json.dumps(audit, indent=1) + "\n").encode()),
            ]
            self._audit_path(day).unlink(missing_ok=True)
            if history_line:
                files.append(
                    files.private_folder(self._history_path(day).parent) / _HISTORY, history_line.encode()
                )
            for path, kind in zip(staged, ("findings", "minutes", "audits"), strict=True):
                files.publish(path, self.path / kind / folder / path.name)

    def audited_days(self) -> tuple[date, ...]:
        """The local days that have been decided."""
        folders = self._day_folders("audits", date.min, date.max)
        return tuple(day_of(folder / "audit.json") for folder in folders if (folder / "audit.json").is_file())

    def audits(self, first: date, last: date) -> dict[date, dict[str, Any]]:
        """The provenance of each day decided from `first` to `last`."""
        found = {}
        for day in self.audited_days():
            if first <= day <= last:
                found[day] = read_json(self._audit_path(day), _AUDIT_AGAIN, parse_audit)
        return found

    def history(self, day: date) -> list[dict[str, Any]]:
        """The lines of a day's history in their order; one that a crash has cut is left out."""
        path = self._history_path(day)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        return [entry for entry in map(_entry, lines) if entry]

    def decided_files(self, kind: str, first: date, last: date) -> list[Path]:
        """The files of `findings` or `minutes` of the days decided from `first` to `last`."""
        days = (day for day in self.audited_days() if first <= day <= last)
        return [self.path / kind / f"day={day.isoformat()}" / f"{kind}.parquet" for day in days]

    def findings(self, first: date, last: date, schema: pa.Schema) -> pa.Table:
        """The findings of the days decided, with the columns of `schema`, which the policy stage gives."""
        return self._decided("findings", first, last, schema)

    def minutes(self, first: date, last: date, schema: pa.Schema) -> pa.Table:
        """The minutes of the days decided, with the columns of `schema`, which the policy stage gives."""
        return self._decided("minutes", first, last, schema)

    def log_access(self, line: str) -> None:
        """Adds a line to `access.log`; BadInput where that can't be done."""
        with files.writing(self.path):
            files.append(self.path / "access.log", line.encode())

    # inside

    def _lease_paths(self) -> list[Path]:
        """The files of leases that belong to a capture or a lease file taken in whole."""
        marked = self._marked() | {path.stem for path in self.path.glob("lease_files/*.json")}
        return [path for path in sorted(self.path.glob("leases/*.parquet")) if path.stem in marked]

    def _lease_path(self, key: str) -> Path:
        return self.path / "leases" / f"{key}.parquet"

    def _span_of(self, path: Path) -> tuple[int, int] | None:
        if str(path) not in self._lease_spans:
            self._lease_spans[str(path)] = files.span(path, "from_minute", "to_minute")
        return self._lease_spans[str(path)]

    def _lease_mark_path(self, mark: LeaseFileMark) -> Path:
        return self.path / "lease_files" / f"{mark.key}.json"

    def _remove_leases(self, key: str) -> None:
        self._lease_path(key).unlink(missing_ok=True)
        self._lease_spans.pop(str(self._lease_path(key)), None)

    def _observed(self, kind: str, schema: pa.Schema, first: date, last: date) -> pa.Table:
        read = [tables.partitioned(schema).empty_table()]
        for path in self.observed_files(kind, first, last):
            table = files.read_parquet(path, schema, _INGEST_AGAIN)
            sensor = unquote(path.parent.name.removeprefix("sensor="))
            for name, text in (("sensor", sensor), ("day", day_of(path).isoformat())):
                column = pa.repeat(pa.scalar(text, pa.string()), table.num_rows)
                table = table.add_column(0, name, column)
            read.append(table)
        return pa.concat_tables(read)

    def _decided(self, kind: str, first: date, last: date, schema: pa.Schema) -> pa.Table:
        paths = self.decided_files(kind, first, last)
        read = [files.read_parquet(path, schema, _AUDIT_AGAIN) for path in paths]
        return pa.concat_tables([schema.empty_table(), *read])

    def _day_folders(self, kind: str, first: date, last: date) -> list[Path]:
        span = f"day={first.isoformat()}", f"day={last.isoformat()}"
        folders = (path for path in self.path.glob(f"{kind}/day=*") if span[0] <= path.name <= span[1])
        return sorted(folders)

    def _marked(self) -> frozenset[str]:
        return frozenset(path.stem for path in self.path.glob("captures/*.json"))

    def _marks(self, keys: Iterable[str]) -> tuple[CaptureMark, ...]:
        marks = (read_json(self._mark_path(key), _INGEST_AGAIN, CaptureMark.from_json) for key in keys)
        return tuple(sorted(marks, key=lambda mark: (mark.first_ns, mark.sha256)))

    def _mark_path(self, key: str) -> Path:
        return self.path / "captures" / f"{key}.json"

    def _audit_path(self, day: date) -> Path:
        return self.path / "audits" / f"day={day.isoformat()}" / "audit.json"

    def _history_path(self, day: date) -> Path:
        return self._audit_path(day).with_name(_HISTORY)

    @contextmanager
    def _staging(self, name: str) -> Iterator[Path]:
        """A folder for what is being written; a run that was killed leaves it to the next one."""
        self._clear_staging()
        try:
            yield self.path / "staging" / name
        except OSError:
            self._clear_staging()
            raise
        self._clear_staging()

    def _clear_staging(self) -> None:
        shutil.rmtree(self.path / "staging", ignore_errors=True)

    def _remove_unmarked(self, key: str) -> None:
        """Removes what a crashed run left of a capture: it may have touched other days than this one will."""
        for left_over in self._observed_of(key, ".*"):
            left_over.unlink()
        self._remove_leases(key)

    def _observed_of(self, key: str, ending: str) -> list[Path]:
        """The files of activity and coverage of one capture that end so."""
        return sorted(
            path
            for kind in ("activity", "coverage")
            for path in self.path.glob(f"{kind}/day=*/sensor=*/{key}{ending}")
        )

    def _again_path(self, key: str) -> Path:
        return self.path / "captures" / f"{key}.again"


def _key_of(path: Path) -> str:
    return path.name.partition(".")[0]


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        return {"decided_at": str(entry["decided_at"]), "changed": [str(one) for one in entry["changed"]]}
    except (ValueError, TypeError, KeyError):
        return {}


def _stage(staging: Path, sensor: str, name: str, activity: pa.Table, coverage: Coverage) -> None:
    """Writes what was observed to files of this name, by day."""
    below = f"sensor={quote(sensor, safe='')}"
    for day, rows in _by_day(activity):
        table = tables.sorted_to(tables.ACTIVITY, tables.ACTIVITY_ORDER, rows)
        files.write_parquet(staging / "activity" / f"day={day}" / below / name, table)
    for counted_day, counts in coverage.items():
        folder = staging / "coverage" / f"day={counted_day.isoformat()}" / below
        files.write_parquet(folder / name, _counts(counts))


def _hash_of(paths: Iterable[Path]) -> str:
    """One hash of files, in their order."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _by_day(activity: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    days = activity["day"].cast(pa.string())
    for day in sorted(days.unique().to_pylist()):
        date.fromisoformat(day)  # a day that is none would make a folder that nobody reads
        yield day, activity.filter(pc.equal(days, day))


def _counts(counts: Mapping[str, int]) -> pa.Table:
    measures = sorted(counts)
    return pa.table([measures, [int(counts[name]) for name in measures]], schema=tables.COVERAGE)
