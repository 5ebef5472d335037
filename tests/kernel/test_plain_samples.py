"""The sample captures, real QUIC Initials among them, read the same with the JIT off."""

from __future__ import annotations

import os
import subprocess
import sys

from auditor.shipped import shipped


def names(**variables: str) -> str:
    folder = shipped("sample_pcaps")
    captures = sorted(path.name for path in folder.glob("*.pcap*"))
    run = subprocess.run(
        [sys.executable, "-m", "auditor.cli", "extract", "--format", "csv", *captures],
        cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return run.stdout


def test_the_same_names_with_the_jit_off() -> None:
    plain = names(NUMBA_DISABLE_JIT="1")
    assert ",quic," in plain
    assert plain == names()
