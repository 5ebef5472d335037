"""The decorators of every kernel function, and where compiled code is kept.

numba takes half a second to import and to set up, longer than many a capture takes to read. So the machine code of
each function that Python calls is kept in a file, and numba is imported only where one has to be made (see
`machine_code`). With any of numba's own settings (`NUMBA_...`) in the environment everything goes through numba, as
it does where no folder can be made.

The folder is one of the user's, named by a hash of all that the code depends on: the kernel's sources, the compiler,
the processor, numba's settings. (numba's own cache looks at the time stamp of one source file only.)
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import llvmlite
import numpy as np
from llvmlite import binding

from auditor.kernel.machine_code import Entry, Inner, Late

JIT_IS_OFF = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
NUMBA_IS_SET = any(name.startswith("NUMBA_") for name in os.environ)


def _folder() -> Path | None:
    """The folder of these sources' compiled code; None where none can be made, or the user named one."""
    package = importlib.util.find_spec("numba")
    if package is None or package.origin is None or os.environ.get("NUMBA_CACHE_DIR"):
        return None
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    digest = hashlib.sha256(f"{llvmlite.__version__} {sys.version} {settings}".encode())
    digest.update(Path(package.origin).with_name("_version.py").read_bytes())
    digest.update(f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111 - never raises
    folder = base / "auditor" / f"kernel-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_FOLDER = None if JIT_IS_OFF else _folder()
_BARE = None if NUMBA_IS_SET else _FOLDER  # where bare machine code is kept


def _jit(function: Any, **options: Any) -> Any:
    """The function as numba makes it. None of the kernel's makes an array, so none needs reference counts:
    counting them took half of the time."""
    import numba

    if _FOLDER is not None:
        numba.config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined]
    cache = _FOLDER is not None or bool(os.environ.get("NUMBA_CACHE_DIR"))
    return numba.njit(_nrt=False, cache=cache, **options)(function)  # type: ignore[call-overload]


def entry(function: Any) -> Any:
    """For functions that Python calls."""
    return _jit(function) if _BARE is None else Entry(function, _jit, _BARE)


def compiled(function: Any) -> Any:
    """For functions that only other functions of the kernel call."""
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _jit(function, **options) if _BARE is None else Inner(function, _jit, options)


def late(module: str, function: str) -> Any:
    """A function of another of the kernel's modules that compiled code calls; the module needs numba to import."""
    there = Late(f"{__package__}.{module}", function)
    return there.found if _BARE is None else there


# of functions whose unsigned numbers wrap around on purpose: with the JIT off numpy would warn of each
wrapping = np.errstate(over="ignore") if JIT_IS_OFF else compiled


def is_warm() -> bool:
    """Whether compiled code is there already; the first compilation takes some ten seconds."""
    return _FOLDER is None or any(_FOLDER.glob("**/observe.observe-*"))
