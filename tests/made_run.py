"""Runs the command line: in this process, which is quick, or as the installed command."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from auditor import cli
from auditor.shipped import shipped

AUDITOR = str(Path(sys.executable).with_name("auditor"))
SAMPLE = shipped("sample_pcaps") / "district"
SMALL = (
    "captures/elementary/2026-11-11.pcapng",
    "captures/high/2026-11-11.pcap",
    "captures/high/2026-11-12-a.pcap",
)
DAYS = ("2026-11-11", "2026-11-12")


class Ran(NamedTuple):
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """The lines on stderr but for the sample's own warnings."""
        own = " excuses nothing: ", " stays assigned to E1040, who is not in staff.csv "
        return [line for line in self.err.splitlines() if not any(words in line for words in own)]


def run(*arguments: object) -> Ran:
    """The command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    with (
        mock.patch.object(sys, "argv", ["auditor", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
    assert "Traceback" not in err.getvalue()
    return Ran(code, out.getvalue(), err.getvalue())


def installed(*arguments: object, **options: Any) -> Ran:
    """The installed command in a process of its own."""
    command = [AUDITOR, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300, **options)
    return Ran(
        done.returncode, *(text.decode(errors="surrogateescape") for text in (done.stdout, done.stderr))
    )


def sample(folder: Path, captures: Iterable[str] = SMALL) -> Path:
    """A copy of the sample district with some of its captures."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("captures", "maker", "truth", "*.py"))
    for name in captures:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SAMPLE / name, folder / name)
    return folder


def snapshot(folder: Path) -> dict[str, str]:
    """Everything below a folder, with what the files hold. The lock's file comes and goes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name == "warehouse.lock":
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        found[os.fsdecode(path.relative_to(folder))] = str(path.readlink()) if path.is_symlink() else content
    return found
