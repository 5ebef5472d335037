"""Reads the text files of a district folder: UTF-8, with or without a BOM."""

from __future__ import annotations

from pathlib import Path

from auditor.errors import Problem


def read_text(path: Path, problems: list[Problem], *, hint: str) -> str | None:
    """The text of a file, or None with one problem added. `hint` is for a file that is not there."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        problems.append(Problem(path.name, "there is no such file in the district folder", hint))
        return None
    except OSError as error:
        problems.append(Problem(path.name, f"can't be read: {error.strerror}", "is it a file you may read?"))
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.append(Problem(f"{path.name}:1", "is UTF-16 text, not UTF-8", "save it as `CSV UTF-8`"))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, data.startswith(b"\xef\xbb\xbf") * 3 + error.start) + 1
        what = f"is not UTF-8 text (byte 0x{error.object[error.start]:02x})"
        problems.append(
            Problem(f"{path.name}:{line}", what, "save it as `CSV UTF-8`, or as UTF-8 in an editor")
        )
        return None
