"""What was observed: activity and coverage by day, sensor and capture, and the marks of captures."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc

from auditor.warehouse import files, tables
from auditor.warehouse.ground import INGEST_AGAIN
from auditor.warehouse.layout import day_of
from auditor.warehouse.leases import LeaseStore
from auditor.warehouse.marks import CaptureMark

OPEN, ASIDE = ".open.parquet", ".aside"  # a capture's last minute; while the next capture takes it over
OPEN_ASIDE = f".open{ASIDE}"
Coverage = Mapping[date, Mapping[str, int]]


class ObservedStore(LeaseStore):
    """The part of a warehouse that holds what captures brought."""

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

    def read_activity(self, path: Path) -> pa.Table:
        """The rows of one file of activity."""
        return files.read_parquet(path, tables.ACTIVITY, INGEST_AGAIN)

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
                before = files.read_parquet(counted, tables.COVERAGE, INGEST_AGAIN)
                sums.update(dict(zip(*(column.to_pylist() for column in before.columns), strict=True)))
            files.publish(files.write_parquet(staging / "coverage.parquet", _counts(sums)), counted)

    def activity_within(self, first_minute: int, last_minute: int) -> list[Path]:
        """The files of activity that may hold a minute from the first to the last."""
        spans = ((path, files.span(path, "minute", "minute")) for path in self.observed_files("activity"))
        return [
            path
            for path, span in spans
            if span is None or (span[0] <= last_minute and span[1] >= first_minute)
        ]

    def read_again(self, mark: CaptureMark, until_ns: int) -> None:
        """Notes that a capture, and those behind it that begin by `until_ns`, are to be read anew, whatever
        happens until then. Needs the lock."""
        with files.writing(self.path):
            files.write_bytes(self._again_path(mark.key), f"{until_ns}\n".encode())

    def to_read_again(self) -> tuple[tuple[CaptureMark, int], ...]:
        """The captures that are to be read anew, and until when those behind them are."""
        noted = {path.stem for path in self.path.glob("captures/*.again")}
        return tuple((mark, self._again_until(mark)) for mark in self._marks(noted & self._marked()))

    def _again_until(self, mark: CaptureMark) -> int:
        text = self._again_path(mark.key).read_text(encoding="ascii", errors="replace").strip()
        return int(text) if text.isdecimal() else mark.last_ns

    def leave_as_it_is(self, mark: CaptureMark) -> None:
        """Notes that a capture can't be read anew. Needs the lock."""
        with files.writing(self.path):
            self._again_path(mark.key).unlink(missing_ok=True)

    def _observed(self, kind: str, schema: pa.Schema, first: date, last: date) -> pa.Table:
        read = [tables.partitioned(schema).empty_table()]
        for path in self.observed_files(kind, first, last):
            table = files.read_parquet(path, schema, INGEST_AGAIN)
            sensor = unquote(path.parent.name.removeprefix("sensor="))
            for name, text in (("sensor", sensor), ("day", day_of(path).isoformat())):
                column = pa.repeat(pa.scalar(text, pa.string()), table.num_rows)
                table = table.add_column(0, name, column)
            read.append(table)
        return pa.concat_tables(read)

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
