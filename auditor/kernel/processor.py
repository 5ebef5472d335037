"""Which instructions this machine has for AES, GCM and SHA-256, and may be used."""

from __future__ import annotations

import platform
from typing import Any

from llvmlite.binding import get_host_cpu_features

from auditor.kernel.jit import JIT_IS_OFF, NUMBA_IS_SET


def _features() -> set[str]:
    """What compiled code may use of this machine: as numba tells LLVM, so a variable of numba's can forbid it."""
    if JIT_IS_OFF or platform.machine().lower() not in ("x86_64", "amd64"):
        return set()
    stated = None
    if NUMBA_IS_SET:
        import numba

        config: Any = numba.config
        if config.BOUNDSCHECK:
            return set()
        stated = config.CPU_FEATURES
    return set((get_host_cpu_features().flatten() if stated is None else stated).split(","))


HAS_AES = {"+aes", "+pclmul", "+ssse3"} <= _features()
HAS_SHA = {"+sha", "+sse4.1"} <= _features()
