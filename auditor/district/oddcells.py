"""Cells that spreadsheets, editors and mail programs have spoilt, or that a spreadsheet would run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

Oddity = tuple[str, str, str, Literal["error", "warning"]]  # column, what is wrong with it, hint, severity

_RUN = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: full width
_NO_FORMULA = re.compile(r"[+-]+|[+-][\d\s().,/x-]*|@")  # dashes, numbers, telephone numbers
_BROKEN = re.compile(r"#(?:NAME\?|REF!|VALUE!|N/A|DIV/0!|NUM!|NULL!|SPILL!)")
_QUOTES = re.compile('["\u201c\u201d\u201e\u201f\u00ab\u00bb]|^[\u2018\u2019\u201a]')
_UNSEEN_SET = "\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffd"
_UNSEEN = re.compile(f"[{_UNSEEN_SET}]")
# Cells joined by line breaks: whether any may be odd. Nearly all rows end here.
_SUSPECT = re.compile(
    f'(?:^|\n)[-=+@#\uff1d\uff0b\uff0d\uff20\u2018\u2019\u201a]|["\u201c\u201d\u201e\u201f\u00ab\u00bb]'
    f"|[{_UNSEEN_SET}](?<!\n)"
)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that opens the file would run the cell."""
    return text.startswith(_RUN) and not _NO_FORMULA.fullmatch(text)


def odd_cells(cells: Mapping[str, str], free: Sequence[str], width: int) -> Iterator[Oddity]:
    """What is odd about a row's cells. In `free` text more is allowed; `width`: cells of a row."""
    text = "\n".join(cells.values())
    if not _SUSPECT.search(text) and text.count("\n") < len(cells):
        return
    for column, cell in cells.items():
        if not cell:
            continue
        yield from _unseen(column, cell, column in free, width)
        if cell[0] in _RUN and is_formula(cell):
            hint = "write it without the sign in front" if column in free else "write the value itself"
            what = f"{_short(cell)} begins as a formula does: a spreadsheet would run it"
            yield column, what, hint, "warning" if column in free or cell[0] != "=" else "error"
        elif cell[0] == "#" and _BROKEN.match(cell):
            yield column, f"{_short(cell)} is a formula that went wrong", "write the value itself", "error"
        elif column not in free and (found := _QUOTES.search(cell)):
            yield column, f"{_short(cell)} holds a quotation mark", f"leave out the {found.group()}", "error"


def ragged_hint(cells: Sequence[str], width: int) -> str:
    """Why a row may have too many or too few cells."""
    if len(cells) == 1 and any(mark in cells[0] for mark in ";\t|"):
        return "put commas between the cells"
    if len(cells) > width and any(cell[:1] in "\u201c\u201e\u00ab" and cell for cell in cells):
        return "typographic quotes don't hold a cell together: use straight ones"
    if len(cells) > width and any(cell.startswith(" ") and cell.lstrip().startswith('"') for cell in cells):
        return "no space may stand between a comma and a quote"
    return "is there a comma too many or too few?"


def _unseen(column: str, cell: str, free: bool, width: int) -> Iterator[Oddity]:
    if "\ufffd" in cell:
        hint = "the letter was lost when the file was saved in another encoding: write it again"
        yield column, f"{_short(cell)} holds a letter that was lost", hint, "warning" if free else "error"
        return
    if free:
        if max((line.count(",") for line in cell.splitlines()[1:]), default=0) >= width - 1:
            hint = 'write it on one line; is a " missing, so that rows are hidden in it?'
            yield column, f"{_short(cell)} runs over several lines that look like rows", hint, "warning"
        return
    found = _UNSEEN.search(cell)
    if found:
        what = (
            "a line break"
            if found.group() in "\r\n"
            else f"an invisible character, U+{ord(found.group()):04X}"
        )
        yield column, f"{_short(cell)} holds {what}", "delete the cell and write it anew", "error"


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 60 else cell[:57] + "...")
