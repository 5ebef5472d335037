"""Where compiled code is kept: a folder of the user's named by a hash of the kernel's sources.

numba looks at the time stamp of one file only, and would go on with stale code after another had changed.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numba


def use() -> None:
    """Points numba at this kernel's own folder; left alone where the user has set NUMBA_CACHE_DIR."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "auditor" / f"kernel-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # nowhere to keep it: numba tries beside the sources, or compiles each time
    numba.config.CACHE_DIR = str(folder)


def is_warm() -> bool:
    """Whether compiled code of these sources is there already."""
    return any(Path(numba.config.CACHE_DIR or ".").glob("*/observe.observe-*.nbi"))
