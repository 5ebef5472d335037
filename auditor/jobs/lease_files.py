"""Lease files and accounting logs into the warehouse: before the captures, each content once.

A file that has changed adds what is new. What was learned from its earlier versions stays: a hold that has grown, or
was cut short, takes the place of what was known of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from auditor.capture.source import Source
from auditor.district import District
from auditor.errors import BadInput, Problem
from auditor.jobs.holds import Lease
from auditor.jobs.known import shown_path
from auditor.jobs.lease_rows import LeaseRows
from auditor.jobs.leases import LeaseBook
from auditor.leases import read_lease_file, recognise
from auditor.records import Ledger
from auditor.warehouse import LeaseFileMark, Warehouse, tables

FOLDER = "leases"
HEAD = 1 << 16  # bytes by which a file is recognised
PART = 1 << 16  # rows that are put into columns at once
# By which a hold is known again in a later version of its file.
_SAME = ["client_key", "address_key", "kind", "since_minute", "second", "person", "from_minute"]


@dataclass(slots=True)
class LeasesTaken:
    """What a run took in of lease files."""

    marks: list[LeaseFileMark] = field(default_factory=list)
    known: int = 0
    problems: list[Problem] = field(default_factory=list)  # files that can't be read


def lease_paths(district: District) -> list[Path]:
    """The files of the district's `leases/`, in folders below too; not those that begin with a dot."""
    folder = district.folder / FOLDER
    paths = sorted(folder.rglob("*")) if folder.is_dir() else []
    return [
        path
        for path in paths
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def is_lease_file(path: Path) -> bool:
    """Whether a file's beginning is that of a lease file or log."""
    try:
        with Source(path) as source:
            while source.end - source.start < HEAD and source.fill():
                pass
            return recognise(bytes(source.data[source.start : source.end][:HEAD])) is not None
    except BadInput:
        return False


class LeaseFiles:
    """Takes lease files in. Needs the warehouse's lock."""

    def __init__(self, district: District, key: bytes, warehouse: Warehouse) -> None:
        self._district, self._key, self._warehouse = district, key, warehouse
        self._book = LeaseBook(district, key, warehouse.leases)
        self._known = _known_of_district(district, key)
        self._marks = {mark.sha256: mark for mark in warehouse.lease_files()}

    def take_in(self, paths: Sequence[Path]) -> LeasesTaken:
        """Those that are new or have changed; all again where employees or devices are other ones now."""
        done = LeasesTaken()
        changed = []
        for path in paths:
            if self._is_unchanged(path):
                done.known += 1
            else:
                try:
                    changed.append((path, *_look(path)))
                except BadInput as error:
                    done.problems += error.problems
        fresh = [one for one in changed if not self._note_place(*one)]
        done.known += len(changed) - len(fresh)
        for path, sha256, size_bytes, modified_ns in fresh:
            try:
                done.marks.append(self._take(path, sha256, size_bytes, modified_ns))
            except BadInput as error:
                done.problems += error.problems
        return done

    def _is_unchanged(self, path: Path) -> bool:
        shown, stat = shown_path(path, self._district.folder), path.stat()
        return any(
            (mark.path, mark.size_bytes, mark.modified_ns) == (shown, stat.st_size, stat.st_mtime_ns)
            and mark.district_sha256 == self._known
            for mark in self._marks.values()
        )

    def _note_place(self, path: Path, sha256: str, size_bytes: int, modified_ns: int) -> bool:
        """Whether the content is known as it is, under whatever name: it is found where it is now the next time."""
        mark = self._marks.get(sha256)
        if mark is None:
            return False
        shown = shown_path(path, self._district.folder)
        moved = replace(mark, path=shown, size_bytes=size_bytes, modified_ns=modified_ns)
        if moved != mark and not (mark.path != shown and (self._district.folder / mark.path).exists()):
            self._warehouse.mark_lease_file(moved)
            self._marks[sha256] = moved
        return mark.district_sha256 == self._known

    def _take(self, path: Path, sha256: str, size_bytes: int, modified_ns: int) -> LeaseFileMark:
        ledger = Ledger()
        read = read_lease_file(
            path,
            self._district.timezone,
            ledger,
            assumed_lease_s=self._district.settings.leases.lease_hours * 3600,
            size=size_bytes,
            modified_s=modified_ns // 1_000_000_000,
        )
        reader = LeaseRows(self._district, self._key, self._book)
        rows = _table(reader.rows(read.entries, sha256))
        for verdict, count in reader.counts.items():
            ledger.add(verdict, count)
        shown = shown_path(path, self._district.folder)
        earlier = [mark for mark in self._marks.values() if mark.path == shown]
        entries = rows.num_rows
        for mark in earlier:
            rows = _united(rows, self._warehouse.leases_of(mark), sha256)
        mark = LeaseFileMark(
            sha256=sha256,
            path=shown,
            format=read.format,
            time_base=read.time_base,
            size_bytes=size_bytes,
            modified_ns=modified_ns,
            district_sha256=self._known,
            entries=entries,
            ledger=dict(ledger.counts),
            first_minute=pc.min(rows["from_minute"]).as_py() or 0,
            last_minute=pc.max(rows["to_minute"]).as_py() or 0,
            earlier=tuple(sorted(set(pc.unique(rows["source"]).to_pylist()) - {sha256})),
        )
        self._warehouse.write_lease_file(mark, rows, earlier)
        for one in earlier:
            self._marks.pop(one.sha256, None)
        self._marks[sha256] = mark
        return mark


def _look(path: Path) -> tuple[str, int, int]:
    """SHA-256 of the content, unpacked, and the file's size and time of writing when it was looked at."""
    stat = path.stat()
    digest = hashlib.sha256()
    with Source(path, stat.st_size) as source:
        while source.end > source.start or source.fill():
            digest.update(memoryview(source.data[source.start : source.end]))  # type: ignore[arg-type]
            source.start = source.end
    return digest.hexdigest(), stat.st_size, stat.st_mtime_ns


def _known_of_district(district: District, key: bytes) -> str:
    """A hash of all that entries are read with; with another one they are read anew."""
    staff = sorted({(row.employee_id, row.email, row.username) for row in district.staff})
    devices = sorted(
        (row.mac, row.assigned_to, row.from_minute or 0, row.to_minute or 0)
        for row in district.devices
        if row.assigned_to in (tables.STUDENT, tables.GUEST)
    )
    leases = district.settings.leases
    told = [staff, devices, leases.lease_hours, sorted(leases.realms), district.timezone]
    return hmac.new(key, json.dumps(told).encode(), hashlib.sha256).hexdigest()


def _table(rows: Iterable[Lease]) -> pa.Table:
    """Rows as columns, some thousand at a time; what a file says twice stands there once."""
    parts, part = [tables.LEASES.empty_table()], []
    for row in rows:
        part.append(row.row())
        if len(part) == PART:
            parts.append(pa.Table.from_pylist(part, schema=tables.LEASES))
            part = []
    parts.append(pa.Table.from_pylist(part, schema=tables.LEASES))
    return pa.concat_tables(parts)


def _united(now: pa.Table, before: pa.Table, source: str) -> pa.Table:
    """What a file says now, and what its earlier version said beside that.

    A hold of which both say the same keeps the source that named it first.
    """
    before = before.filter(
        pc.not_equal(before["source"], source)
    )  # of the same content, read with other lists
    told = [name for name in tables.LEASES.names if name not in ("source", "frame")]
    unchanged = before.join(now.select(told).group_by(told).aggregate([]), told, join_type="left semi")
    gone = before.join(now.select(_SAME).group_by(_SAME).aggregate([]), _SAME, join_type="left anti")
    new = now.join(before.select(told).group_by(told).aggregate([]), told, join_type="left anti")
    return pa.concat_tables([part.select(tables.LEASES.names) for part in (new, unchanged, gone)])
