"""Users' mistakes, each with where it is, what is wrong and what to do.

Hostile bytes in captures are data and never raise; these exceptions are for the people who run the program.
Exit codes are those of the contract: 1 failed, 2 wrong usage or bad input, 4 another run holds the lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

# What a cell could do to a terminal or to the one line a problem has: control characters, turns of direction.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in one place. `str()` gives the line that the user reads."""

    where: str  # "FILE:LINE", or "FILE" where no line applies
    what: str  # what is wrong, in one sentence without a full stop
    hint: str = ""  # what to do about it
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        mark = "" if self.severity == "error" else "warning: "
        told = f"{self.what} ({self.hint})" if self.hint else self.what
        return f"{self.where}: {mark}{_UNSEEN.sub(_escaped, told)}"


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")


class AuditorError(Exception):
    """Something failed; `problems` holds one entry for each thing to mend."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BadInput(AuditorError):
    """What the user gave can't be used: a file, an option, a row."""

    exit_code = 2


class Locked(AuditorError):
    """Another run holds the warehouse's lock."""

    exit_code = 4
