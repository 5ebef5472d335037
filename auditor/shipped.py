"""Where the things that travel with the program lie: catalogue, report templates, sample district.

In an installed wheel they are under `auditor/_shipped`, in a checkout at its top level.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder `name` (`signatures`, `reports` or `sample_pcaps`) of this installation."""
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
