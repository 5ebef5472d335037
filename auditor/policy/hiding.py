"""Texts for those who may not know who it is: pseudonyms in place of employee ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from auditor import pseudonym
from auditor.district.rows import District

_WORD = re.compile(r"\w+(?:[.@+-]+\w+)*")
_MARKS = re.compile(r"([.@+-]+)")


def ids_hidden(district: District, key: bytes) -> Callable[[str], str]:
    """What puts pseudonyms for the employee ids in a text: those of staff.csv and exceptions.csv.

    A text is taken apart into words and these are looked up, for a pattern of all ids would be tried from its first
    to its last at each place of each text.
    """
    ids = {row.employee_id for row in district.staff} | {row.supervisor_id for row in district.staff}
    ids |= {name for row in district.exceptions for name in (row.employee_id, row.approved_by)}
    ids -= {""}
    odd = sorted((name for name in ids if not _WORD.fullmatch(name)), key=len, reverse=True)
    others = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, odd))})(?!\w)") if odd else None

    def hidden(text: str) -> str:
        if others:
            text = others.sub(lambda found: pseudonym.person(key, found.group()), text)
        return _WORD.sub(lambda found: "".join(_parts(found.group(), ids, key)), text)

    return hidden


def _parts(word: str, ids: set[str], key: bytes) -> Iterator[str]:
    """A word with its ids replaced, the longest first: `E-17` is looked for before `E` and `17`."""
    parts = _MARKS.split(word)
    place = 0
    while place < len(parts):
        for end in range(len(parts), place, -1):
            name = "".join(parts[place:end])
            if name in ids:
                yield pseudonym.person(key, name)
                place = end
                break
        else:
            yield parts[place]
            place += 1
