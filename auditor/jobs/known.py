"""Which captures have been taken in already, and which go on where an earlier version of theirs ended."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.capture.source import Source
from auditor.errors import BadInput, Problem
from auditor.records import path_text
from auditor.unpack import MAGIC_SIZE, packing_of
from auditor.warehouse import CaptureMark

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held at the moment it was looked at; it may be written to meanwhile."""

    sha256: str  # of the capture in its first `size_bytes` bytes, unpacked
    size_bytes: int  # of the file
    content_bytes: int  # unpacked
    modified_ns: int
    file_sha256: str  # of the file itself, by which older versions knew a compressed capture
    earlier: tuple[CaptureMark, ...]  # captures taken in that were this one while it was shorter


class KnownCaptures:
    """The captures in a warehouse, to hold files against."""

    def __init__(self, folder: Path, marks: Iterable[CaptureMark]) -> None:
        self._folder = folder
        self._marks: dict[str, CaptureMark] = {}
        self._by_path: defaultdict[str, list[CaptureMark]] = defaultdict(list)
        for mark in marks:
            self.add(mark)

    def add(self, mark: CaptureMark) -> None:
        """Notes a capture that has been taken in, or that is known under another path now."""
        self.remove(mark.sha256)
        self._marks[mark.sha256] = mark
        self._by_path[mark.path].append(mark)

    def remove(self, sha256: str) -> None:
        """Forgets a capture."""
        mark = self._marks.pop(sha256, None)
        if mark is not None:
            self._by_path[mark.path].remove(mark)

    def find(self, content: Content) -> CaptureMark | None:
        """The mark of what a file holds, if that has been taken in."""
        return self._marks.get(content.sha256) or self._marks.get(content.file_sha256)

    def of_sensor(self, sensor: str) -> list[CaptureMark]:
        """The captures of a sensor that hold frames, by time."""
        marks = [mark for mark in self._marks.values() if mark.sensor == sensor and mark.frames]
        return sorted(marks, key=in_order)

    def path_of(self, mark: CaptureMark) -> Path:
        """Where the capture was found."""
        return self._folder / mark.path

    def is_there(self, mark: CaptureMark) -> bool:
        """Whether the capture's file can be read again as it was."""
        return self.is_unchanged(self.path_of(mark))

    def is_unchanged(self, path: Path) -> bool:
        """Whether the file is the one that was taken in, by its path, size and time of writing: it isn't read."""
        known = self._by_path.get(shown_path(path, self._folder), ())
        try:
            stat = path.stat()
        except OSError:
            return False
        return any(mark.size_bytes == stat.st_size and mark.modified_ns == stat.st_mtime_ns for mark in known)

    def look(self, path: Path, sensor: str) -> Content:
        """Reads the file and finds what was taken in of it before; BadInput where it can't be read.

        An earlier version lay under the same path, or under one where there is no file any more (renamed, or
        compressed since), and holds the same bytes as far as it goes. A file of the same path with other bytes
        is another capture.
        """
        same = self._by_path.get(shown_path(path, self._folder), [])
        gone = [mark for mark in self._marks.values() if not self.path_of(mark).exists()]
        try:
            return _look(path, {mark.sha256: mark for mark in (*same, *gone) if mark.sensor == sensor})
        except OSError as error:
            why = (error.strerror or "can't be read").lower()
            raise BadInput(Problem(str(path), why, "give a capture file that can be read")) from None


def in_order(mark: CaptureMark) -> tuple[int, str]:
    """What captures are sorted by: the time of the first frame."""
    return mark.first_ns, mark.path


def shown_path(path: Path, folder: Path) -> str:
    """The path as the district knows it: relative to its folder where it lies inside."""
    resolved, home = path.resolve(), folder.resolve()
    return path_text(resolved.relative_to(home) if resolved.is_relative_to(home) else resolved)


def _look(path: Path, candidates: dict[str, CaptureMark]) -> Content:
    """One pass: the hash of the whole, and on the way those of the fronts as long as the candidates."""
    stat = path.stat()
    lengths = sorted({mark.content_bytes or mark.size_bytes for mark in candidates.values()})
    digest, count, earlier = hashlib.sha256(), 0, []
    with Source(path, stat.st_size) as source:
        while source.end > source.start or source.fill():
            piece = memoryview(source.data[source.start : source.end])  # type: ignore[arg-type]
            while lengths and lengths[0] < count + len(piece):
                front = lengths.pop(0) - count
                digest.update(piece[:front])
                piece, count = piece[front:], count + front
                if digest.hexdigest() in candidates:
                    earlier.append(candidates[digest.hexdigest()])
            digest.update(piece)
            count += len(piece)
            source.start = source.end
    sha256 = digest.hexdigest()
    file_sha256 = _hash_of(path, stat.st_size) if _is_packed(path) else sha256
    return Content(sha256, stat.st_size, count, stat.st_mtime_ns, file_sha256, tuple(earlier))


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return packing_of(file.read(MAGIC_SIZE)) is not None


def _hash_of(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size and (piece := file.read(min(size, CHUNK))):
            digest.update(piece)
            size -= len(piece)
    return digest.hexdigest()
