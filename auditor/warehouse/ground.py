"""What all parts of a warehouse stand on: its folder, the lock, the key it is bound to, and writing aside first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from auditor.errors import BadInput, Locked, Problem
from auditor.warehouse import files
from auditor.warehouse.layout import FORMAT_FILE, check_format, format_text, read_json
from auditor.warehouse.marks import CaptureMark

INGEST_AGAIN = (
    "move the file away, remove the mark of the same name in captures/ and run `auditor ingest` again"
)
KEY_FILE = "key.json"


class Ground:
    """A warehouse's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lease_spans: dict[str, tuple[int, int] | None] = {}  # of files of leases, by path

    @classmethod
    def open(cls, path: Path, create: bool = False) -> Self:
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

    def log_access(self, line: str) -> None:
        """Adds a line to `access.log`; BadInput where that can't be done."""
        with files.writing(self.path):
            files.append(self.path / "access.log", line.encode())

    # for the parts above

    def _day_folders(self, kind: str, first: date, last: date) -> list[Path]:
        span = f"day={first.isoformat()}", f"day={last.isoformat()}"
        folders = (path for path in self.path.glob(f"{kind}/day=*") if span[0] <= path.name <= span[1])
        return sorted(folders)

    def _marked(self) -> frozenset[str]:
        return frozenset(path.stem for path in self.path.glob("captures/*.json"))

    def _marks(self, keys: Iterable[str]) -> tuple[CaptureMark, ...]:
        marks = (read_json(self._mark_path(key), INGEST_AGAIN, CaptureMark.from_json) for key in keys)
        return tuple(sorted(marks, key=lambda mark: (mark.first_ns, mark.sha256)))

    def _mark_path(self, key: str) -> Path:
        return self.path / "captures" / f"{key}.json"

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
