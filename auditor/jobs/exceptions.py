"""Changes `exceptions.csv` on disk: under a lock, in one step, with a line of history that says who did what when."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from auditor.district import exception_fault
from auditor.district.exceptions import COLUMNS, cells_by_line, exceptions_of
from auditor.district.load import check_folder, read_folder
from auditor.district.localtime import local_day
from auditor.district.register import FLAGS, Change, Rules, added, ended
from auditor.district.textfile import decoded
from auditor.district.tomlfile import SETTINGS_FILE
from auditor.errors import AuditorError, BadInput, Locked, Problem
from auditor.identify.catalogue import load_catalogue
from auditor.login import login
from auditor.policy import clock

HISTORY = "exceptions.log"
LISTED = (*FLAGS, "state", "fault", "place")  # what `listed` gives of each exception, all as text
WAIT_SECONDS = 5  # for another change to end
_OTHER_OPEN = {".~lock.{}#": "LibreOffice", "~${}": "Excel"}


def add(folder: Path, given: Mapping[str, str], now: datetime) -> Change:
    """Adds an exception; `given` has texts by column.

    Raises BadInput with all that is wrong with it, Locked where something else is changing the file.
    """
    return _changed(folder, "add", now, lambda text, rules: added(text, given, rules))


def expire(folder: Path, exception_id: str, on: str, now: datetime) -> Change:
    """Ends an exception earlier: on a day, at a time, or `now`. Raises as `add` does."""
    return _changed(folder, "expire", now, lambda text, rules: ended(text, exception_id, on, rules))


def rules_of(folder: Path, now: datetime) -> Rules:
    """What a new exception is held to. Raises BadInput where settings or staff can't be relied on."""
    district, problems = read_folder(folder)
    found = [one for one in problems if one.severity == "error"]
    hinder = [one for one in found if one.where.partition(":")[0] in (SETTINGS_FILE, "staff.csv")]
    if hinder:
        raise BadInput(hinder)
    catalogue = load_catalogue()
    categories = frozenset(platform.category for platform in catalogue.platforms.values())
    return Rules(district, frozenset(catalogue.platforms), categories, int(now.timestamp()) // 60)


def check(folder: Path) -> tuple[tuple[Problem, ...], int]:
    """The problems of exceptions.csv, and how many errors there are in other files of the district folder."""
    catalogue = load_catalogue()
    categories = frozenset(platform.category for platform in catalogue.platforms.values())
    problems = check_folder(folder, frozenset(catalogue.platforms), categories)
    own = tuple(one for one in problems if one.where.partition(":")[0] == COLUMNS.file)
    others = sum(one.severity == "error" for one in problems) - sum(one.severity == "error" for one in own)
    return own, others


def listed(rules: Rules, employee: str = "", active_on: date | None = None) -> list[dict[str, str]]:
    """The register by line: cells as in the file, then `state`, `fault` and `place`, which is "FILE:LINE".

    `state` is `active`, `not yet begun`, `expired`, `excuses nothing` or, where a cell can't be read, `error`; it is
    that of now, or of the whole day `active_on`, of which only the exceptions are listed that cover any of it.
    """
    district = rules.district
    path = district.folder / COLUMNS.file
    if not path.exists():
        return []
    problems: list[Problem] = []
    text = decoded(path.read_bytes(), COLUMNS.file, problems)
    rows = exceptions_of(text, district.timezone, problems) if text is not None else ()
    errors = [one for one in problems if one.severity == "error"]
    broken = {one.where: one.what for one in errors}
    if text is None or (errors and not rows):
        raise BadInput(errors)
    today = active_on or local_day(rules.now, district.timezone)
    covering = {window.line for window in clock.exception_windows(district, today)}
    cells, found = cells_by_line(text), []
    for row in rows:
        place = f"{COLUMNS.file}:{row.line}"
        fault = broken.get(place) or exception_fault(row, district)
        if employee not in ("", row.employee_id):
            continue
        if active_on and (fault or row.line not in covering):
            continue
        if place in broken:
            state = "error"
        elif fault:
            state = "excuses nothing"
        elif row.to_minute is not None and row.to_minute <= rules.now and not active_on:
            state = "expired"
        elif row.from_minute is not None and row.from_minute > rules.now and not active_on:
            state = "not yet begun"
        else:
            state = "active"
        own = cells[row.line]
        found.append(
            {name: own.get(name, "") for name in FLAGS} | {"state": state, "fault": fault, "place": place}
        )
    return found


def _changed(folder: Path, did: str, now: datetime, change: Callable[[str, Rules], Change]) -> Change:
    path = folder / COLUMNS.file
    rules = rules_of(folder, now)
    with _alone(path):
        before = _read(path)
        problems: list[Problem] = []
        text = decoded(before, COLUMNS.file, problems)
        if text is None:
            raise BadInput(problems)
        rows = exceptions_of(text, rules.district.timezone, [])
        done = change(text, replace(rules, district=replace(rules.district, exceptions=rows)))
        mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
        after = mark + done.text.encode()
        line = _history_line(did, now, done, before, after)
        _write(path, before, after, lambda: _append(folder / HISTORY, line))
    return done


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While this lasts nobody else changes the file by these verbs; Locked where a spreadsheet has it open."""
    target = path.resolve()
    for pattern, program in _OTHER_OPEN.items():
        mark = target.with_name(pattern.format(target.name))
        if mark.exists():
            hint = f"close it there, which would undo this change; if nobody has it open, remove {mark.name}"
            raise Locked(Problem(str(path), f"is open in {program}", hint))
    lock = FileLock(target.with_name(f".{target.name}.lock"), mode=0o600, is_singleton=False)
    try:
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        raise Locked(
            Problem(str(path), "is being changed by another run", "wait until it has ended")
        ) from None
    except OSError as error:
        raise _refused(path, error) from None
    try:
        yield
    finally:
        lock.release()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return f"{COLUMNS.header}\n".encode()
    except OSError as error:
        raise BadInput(
            Problem(str(path), f"can't be read: {error.strerror}", "is it a file you may read?")
        ) from None


def _write(path: Path, before: bytes, after: bytes, log: Callable[[], None]) -> None:
    """Puts the new content in the file's place, with its mode and owner; a link still leads to it.

    The history comes first, so that no change is without it; the file is looked at once more before.
    """
    target = path.resolve()
    aside: str | None = None
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise BadInput(Problem(str(path), "is protected from writing", "who may change it?"))
        handle, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            like = target if target.exists() else target.with_name("staff.csv")
            if like.exists():
                _as_it_was(file.fileno(), like.stat())
            file.flush()
            os.fsync(file.fileno())
        if _read(path) != before:
            hint = "nothing was changed; look at it, then do this again"
            raise AuditorError(Problem(str(path), "was changed meanwhile by something else", hint))
        log()
        os.replace(aside, target)  # noqa: PTH105 - in one step
        aside = None
        _settle(target.parent)
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        if aside is not None:
            Path(aside).unlink(missing_ok=True)


def _as_it_was(file: int, was: os.stat_result) -> None:
    with suppress(PermissionError):  # only root may give a file away
        os.chown(file, was.st_uid, was.st_gid)
    os.chmod(file, was.st_mode & 0o7777)


def _settle(folder: Path) -> None:
    """Waits until the folder's new entry is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _append(path: Path, line: str) -> None:
    """Adds a line to the history, a file of its owner's alone."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def _history_line(did: str, now: datetime, done: Change, before: bytes, after: bytes) -> str:
    """Who did what and when, as JSON; the file's SHA-256 before and after tell whether it is still so."""
    entry = {
        "when": now.astimezone(UTC).isoformat(timespec="seconds"),
        "who": login(),
        "did": did,
        "exception_id": done.row.exception_id,
        "before": dict(done.before),
        "after": dict(done.after),
        "file_before": hashlib.sha256(before).hexdigest(),
        "file_after": hashlib.sha256(after).hexdigest(),
    }
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _refused(path: Path, error: OSError) -> BadInput:
    what = f"can't be written: {(error.strerror or str(error)).lower()}"
    return BadInput(Problem(str(path), what, "is it in a folder you may write to, and is there room?"))
