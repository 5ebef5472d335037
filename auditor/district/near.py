"""What a name that nobody knows may stand for. Spreadsheets drop leading zeros, people mix up capitals."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from functools import cached_property

_FEW = 500  # among more names than these, looking for a similar one takes too long
_SEARCHES = 20  # so many unknown names are compared with all known ones; one has a look at the first ones
_LISTED = 12
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


class Names:
    """Known names, to be asked about strange ones."""

    def __init__(self, known: Collection[str]) -> None:
        self.known = known
        self._searches = _SEARCHES

    def hint(self, name: str) -> str:
        """What may have been meant by a name that is not among the known ones."""
        alike = self._alike.get(_bare(name))
        if alike and alike.casefold() == name.casefold():
            return f"did you mean `{alike}`? Capitals count"
        if alike and without_zeros(alike) == without_zeros(name):
            return f"did you mean `{alike}`? Spreadsheets drop leading zeros: make the column text"
        numbered = self._numbered.get(_bare(name)) if name.isdecimal() else None
        if alike or numbered:
            return f"did you mean `{alike or numbered}`?"
        near = self._near(name)
        if near:
            return f"did you mean `{near}`?"
        if 0 < len(self.known) <= _LISTED:
            return "known are " + ", ".join(sorted(self.known))
        return "is it a slip of the pen, or is a row missing?"

    @cached_property
    def _alike(self) -> dict[str, str]:
        return {_bare(name): name for name in sorted(self.known, reverse=True)}

    @cached_property
    def _numbered(self) -> dict[str, str]:
        """Names by the number in them, where only one has that number: `E001` by `1`."""
        found: dict[str, list[str]] = {}
        for name in self.known:
            number = "".join(filter(str.isdecimal, name)).lstrip("0")
            found.setdefault(number, []).append(name)
        return {number: names[0] for number, names in found.items() if number and len(names) == 1}

    def _near(self, name: str) -> str:
        if not self._searches or len(self.known) > _FEW:
            return ""
        self._searches -= 1
        return next(iter(get_close_matches(name, self.known, n=1)), "")


def without_zeros(name: str) -> str:
    """The name in small letters without the zeros at the front of its numbers: `E001` as `e1`."""
    return _ZEROS.sub("", name.casefold())


def _bare(name: str) -> str:
    """Letters and digits alone, in small letters, without leading zeros."""
    return without_zeros("".join(filter(str.isalnum, name.casefold())))
