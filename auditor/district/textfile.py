"""Reads the text files of a district folder: UTF-8, with or without a BOM."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from auditor.errors import Problem

_SAVE_AS = "save it as `CSV UTF-8`, or as UTF-8 in an editor"
_WIDE = (  # UTF-32 first: its mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods are zip files, xls is an OLE file
_LINE_END = re.compile(rb"\r\n|\r|\n")


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
    return decoded(data, path.name, problems)


def decoded(data: bytes, name: str, problems: list[Problem]) -> str | None:
    """The text of a file's bytes, or None with one problem added, at the line of the first bad byte."""
    wide = next((kind for mark, kind in _WIDE if data.startswith(mark)), "") or _without_mark(data)
    if wide:
        problems.append(Problem(f"{name}:1", f"is {wide} text, not UTF-8", "save it as `CSV UTF-8`"))
        return None
    if data.startswith(_SPREADSHEETS):
        what = "is a spreadsheet's own file, not CSV"
        problems.append(Problem(f"{name}:1", what, "save it from the spreadsheet as `CSV UTF-8`"))
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = data.startswith(codecs.BOM_UTF8) * len(codecs.BOM_UTF8) + error.start
        what = f"is not UTF-8 text (byte 0x{data[start]:02x}){_likely(data, data[start])}"
        problems.append(Problem(f"{name}:{_line(data, start)}", what, _SAVE_AS))
        return None
    if "\0" in text:
        where = f"{name}:{_line(data, data.index(0))}"
        hint = "the file is damaged, or not text: take it from a backup or save it again"
        problems.append(Problem(where, "holds a NUL byte", hint))
        return None
    return text


def _without_mark(data: bytes) -> str:
    """UTF-16 whose mark is missing: of Western text every second byte is 0."""
    front = data[:400]
    zeros = max(front[::2].count(0), front[1::2].count(0))
    return "UTF-16" if len(front) > 3 and zeros > len(front) // 5 else ""


def _likely(data: bytes, first: int) -> str:
    """Which one-byte encoding it seems to be. All but a few letters of the two are the same."""
    name = "Windows-1252" if re.search(rb"[\x80-\x9f]", data) else "Latin-1"
    try:
        letter = bytes([first]).decode("cp1252" if name == "Windows-1252" else "latin-1")
        data.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return f": it seems to be {name}, where that is `{letter}`"


def _line(data: bytes, place: int) -> int:
    return len(_LINE_END.findall(data, 0, place)) + 1
