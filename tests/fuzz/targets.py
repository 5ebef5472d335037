"""All targets by name: a function of bytes that raises where something doesn't hold."""

from __future__ import annotations

from collections.abc import Callable

from file_targets import FILES
from frame_targets import FRAMES
from parser_targets import PARSERS

TARGETS: dict[str, Callable[[bytes], None]] = {**PARSERS, **FILES, **FRAMES}
