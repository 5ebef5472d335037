"""The decorator of every kernel function, and where compiled code is kept.

numba looks at the time stamp of one source file only and would go on with stale code after another had changed,
so the code lies in a folder of the user's that is named by a hash of all of the kernel's sources, and of whether
indices are checked. Which processor the code is for, with all its features, numba's own index tells apart.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numba
import numpy as np


def _cache_folder() -> Path | None:
    """The folder of these sources' compiled code; None where none can be made, or the user named one."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    checked = numba.config.BOUNDSCHECK  # type: ignore[attr-defined]
    digest = hashlib.sha256(f"{numba.__version__} {checked}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111 - never raises
    folder = base / "auditor" / f"kernel-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_FOLDER = _cache_folder()
if _FOLDER is not None:
    numba.config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined]

_njit: Any = numba.njit  # its annotations leave out some options
_CACHE = _FOLDER is not None or bool(os.environ.get("NUMBA_CACHE_DIR"))
# No function makes an array, so none needs reference counts: counting them took half of the time.
entry = _njit(_nrt=False, cache=_CACHE)  # for functions that Python calls
compiled = _njit(_nrt=False, cache=_CACHE, no_cpython_wrapper=True, no_cfunc_wrapper=True)

# of functions whose unsigned numbers wrap around on purpose: with the JIT off numpy would warn of each
wrapping = np.errstate(over="ignore") if numba.config.DISABLE_JIT else compiled  # type: ignore[attr-defined]


def is_warm() -> bool:
    """Whether compiled code is there already; the first compilation takes some ten seconds."""
    return _FOLDER is None or any(_FOLDER.glob("*/observe.observe-*.nbc"))
