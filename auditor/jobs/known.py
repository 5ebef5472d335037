"""Which captures have been taken in already, and which go on where an earlier version of theirs ended."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from auditor.errors import BadInput, Problem
from auditor.records import path_text
from auditor.warehouse import CaptureMark

CHUNK = 1 << 20
GOES_ON_NS = 3_600_000_000_000  # an idle connection is forgotten after that


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held at the moment it was looked at; it may be written to meanwhile."""

    sha256: str  # of its first `size_bytes` bytes
    size_bytes: int
    modified_ns: int
    earlier: tuple[CaptureMark, ...]  # captures taken in that were this file while it was shorter


class KnownCaptures:
    """The captures in a warehouse, to hold files against."""

    def __init__(self, folder: Path, marks: Iterable[CaptureMark]) -> None:
        self._folder = folder
        self._by_path: defaultdict[str, list[CaptureMark]] = defaultdict(list)
        self._gone: defaultdict[str, list[CaptureMark]] = defaultdict(list)  # by sensor; the file is no more
        for mark in marks:
            self._by_path[mark.path].append(mark)
        for path, of_path in self._by_path.items():
            if not (folder / path).exists():
                for mark in of_path:
                    self._gone[mark.sensor].append(mark)

    def is_unchanged(self, path: Path) -> bool:
        """Whether the file is the one that was taken in, by its path, size and time of writing: it isn't read."""
        known = self._by_path.get(shown_path(path, self._folder), ())
        try:
            stat = path.stat()
        except OSError:
            return False
        return any(mark.size_bytes == stat.st_size and mark.modified_ns == stat.st_mtime_ns for mark in known)

    def before(self, sensor: str, first_ns: int) -> tuple[Path, CaptureMark] | None:
        """The sensor's last capture before that time, if it is still there and its flows may go on."""
        marks = [mark for of_path in self._by_path.values() for mark in of_path if mark.sensor == sensor]
        begun = [mark for mark in marks if mark.frames and mark.first_ns < first_ns]
        mark = max(begun, key=lambda mark: mark.first_ns, default=None)
        if mark is None or mark.last_ns < first_ns - GOES_ON_NS:
            return None
        path = self._folder / mark.path
        return (path, mark) if self.is_unchanged(path) else None

    def look(self, path: Path, sensor: str) -> Content:
        """Reads the file and finds what was taken in of it before; BadInput where it can't be read.

        An earlier version lay under the same path, or under one where there is no file any more (renamed), and
        holds the same bytes as far as it goes. A file of the same path with other bytes is another capture.
        """
        same = [
            mark for mark in self._by_path.get(shown_path(path, self._folder), ()) if mark.sensor == sensor
        ]
        try:
            with path.open("rb") as file:
                return _look(file, {mark.sha256: mark for mark in (*same, *self._gone[sensor])})
        except OSError as error:
            why = (error.strerror or "can't be read").lower()
            raise BadInput(Problem(str(path), why, "give a capture file that can be read")) from None


def shown_path(path: Path, folder: Path) -> str:
    """The path as the district knows it: relative to its folder where it lies inside."""
    resolved, home = path.resolve(), folder.resolve()
    return path_text(resolved.relative_to(home) if resolved.is_relative_to(home) else resolved)


def _look(file: BinaryIO, candidates: dict[str, CaptureMark]) -> Content:
    """One pass: the hash of the whole, and on the way those of the fronts as long as the candidates."""
    stat = os.fstat(file.fileno())
    digest, read, earlier = hashlib.sha256(), 0, []
    shorter = [mark for mark in candidates.values() if mark.size_bytes < stat.st_size]
    for mark in sorted(shorter, key=lambda mark: mark.size_bytes):
        read += _feed(digest, file, mark.size_bytes - read)
        if digest.hexdigest() == mark.sha256:
            earlier.append(mark)
    read += _feed(digest, file, stat.st_size - read)
    return Content(digest.hexdigest(), read, stat.st_mtime_ns, tuple(earlier))


def _feed(digest: hashlib._Hash, file: BinaryIO, count: int) -> int:
    """Hashes the next `count` bytes, or what there is of them; returns how many."""
    left = count
    while left and (piece := file.read(min(left, CHUNK))):
        digest.update(piece)
        left -= len(piece)
    return count - left
