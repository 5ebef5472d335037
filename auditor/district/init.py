"""`auditor init`: a starter district folder, commented and valid."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from auditor.district.load import DISTRICT_FILES
from auditor.errors import BadInput, Problem

STARTER = Path(__file__).resolve().parent / "starter"
_FOLDERS = ("captures", "leases")  # made empty


def init_district(target: Path, template: Path = STARTER) -> None:
    """Writes the settings and CSV files of `template` into `target`, which must be empty or not be there yet.

    Raises BadInput, and leaves `target` as it was, where it holds anything or can't be written.
    """
    existed = True  # until known otherwise: then nothing is removed
    try:
        existed = target.exists()
        if existed and (not target.is_dir() or any(target.iterdir())):
            what = "holds files already" if target.is_dir() else "is a file"
            raise BadInput(Problem(str(target), what, "give a new or an empty folder"))
        target.mkdir(parents=True, exist_ok=True)
        _fill(target, template)
    except OSError as error:
        if not existed and target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        what = f"can't be written: {error.strerror or error}"
        raise BadInput(
            Problem(str(target), what, "is it a folder you may write to, and is there room?")
        ) from None


def _fill(target: Path, template: Path) -> None:
    """All of the template's files, or none: written aside in the target, then moved up."""
    moved: list[Path] = []
    aside = Path(tempfile.mkdtemp(prefix=".init-", dir=target))
    try:
        for name in DISTRICT_FILES:
            if (template / name).is_file():
                shutil.copyfile(template / name, aside / name)
        for name in _FOLDERS:
            (aside / name).mkdir()
        for path in sorted(aside.iterdir()):
            path.rename(target / path.name)
            moved.append(target / path.name)
    except OSError:
        for path in moved:
            path.rmdir() if path.is_dir() else path.unlink()
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
