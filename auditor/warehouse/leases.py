"""Who had which address and who was logged on: by capture, and by lease file or log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from auditor.warehouse import files, tables
from auditor.warehouse.ground import INGEST_AGAIN, Ground
from auditor.warehouse.layout import read_json
from auditor.warehouse.lease_files import LeaseFileMark


class LeaseStore(Ground):
    """The part of a warehouse that holds leases, claims and log-ons."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lease_spans: dict[str, tuple[int, int] | None] = {}  # of lease files, by path

    def leases(self, from_minute: int, to_minute: int) -> pa.Table:
        """The leases, claims and log-ons that held at some minute of [from_minute, to_minute)."""
        paths = []
        for path in self._lease_paths():
            span = self._span_of(path)
            if span is None or (span[0] < to_minute and span[1] > from_minute):
                paths.append(path)
        read = [files.read_parquet(path, tables.LEASES, INGEST_AGAIN) for path in paths]
        table = pa.concat_tables([tables.LEASES.empty_table(), *read])
        starts, ends = table["from_minute"].to_numpy(), table["to_minute"].to_numpy()
        return table.filter(pa.array((starts < to_minute) & (ends > from_minute)))

    def lease_sources(self, spans: Sequence[tuple[int, int]]) -> list[frozenset[str]]:
        """For each span of minutes the sources of its leases, by SHA-256. Reads one file at a time."""
        found: list[set[str]] = [set() for _ in spans]
        for table, starts, ends in self._columns(spans, ("source", "from_minute", "to_minute")):
            for number, (start, end) in enumerate(spans):
                held = table["source"].filter(pa.array((starts < end) & (ends > start)))
                found[number].update(held.unique().to_pylist())
        return [frozenset(sources) for sources in found]

    def first_seen(self, spans: Sequence[tuple[int, int]]) -> list[int | None]:
        """For each span of minutes when that lease or claim of it was last seen which was so longest ago; None where
        there is none. Reads one file at a time."""
        found: list[int | None] = [None for _ in spans]
        for table, starts, ends in self._columns(spans, ("kind", "from_minute", "to_minute", "seen_minute")):
            addressed = pc.not_equal(table["kind"], tables.LOGON).to_numpy(zero_copy_only=False)
            seen = table["seen_minute"].to_numpy()
            for number, (start, end) in enumerate(spans):
                held = seen[(starts < end) & (ends > start) & addressed].tolist()
                known = found[number]
                found[number] = min([*held, known] if known is not None else held, default=None)
        return found

    def _columns(
        self, spans: Sequence[tuple[int, int]], names: Sequence[str]
    ) -> Iterator[tuple[pa.Table, Any, Any]]:
        """These columns of each file of leases that may touch one of the spans, with its beginnings and ends."""
        columns = pa.schema([tables.LEASES.field(name) for name in names])
        for path in self._lease_paths():
            reach = self._span_of(path)
            if reach and not any(reach[0] < end and reach[1] > start for start, end in spans):
                continue
            table = files.read_parquet(path, columns, INGEST_AGAIN)
            yield table, table["from_minute"].to_numpy(), table["to_minute"].to_numpy()

    def lease_files(self) -> tuple[LeaseFileMark, ...]:
        """The marks of lease files and logs taken in, by path."""
        marks = (
            read_json(path, INGEST_AGAIN, LeaseFileMark.from_json)
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
        return files.read_parquet(path, tables.LEASES, INGEST_AGAIN)

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
        return files.read_parquet(path, tables.LEASES, INGEST_AGAIN)

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
