"""Who runs the program: for the logs that say who did what."""

from __future__ import annotations

import os


def login() -> str:
    """Who runs the program, as the operating system knows it, not as the environment says."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError, AttributeError):
        return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "unknown")
