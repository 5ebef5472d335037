"""The tools that are compared, and how one run of one of them is measured.

Imports nothing large: a child's peak memory counts that of its parent at the fork.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"
NFSTREAM_PYTHON = DATA / "nfstream" / "bin" / "python"  # an environment of its own: `pip install nfstream`
TSHARK_FIELDS = (
    "frame.time_epoch", "eth.src", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
    "udp.srcport", "udp.dstport", "frame.len", "tls.handshake.extensions_server_name", "http.host",
    "dns.qry.name", "dns.a", "dns.aaaa",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run of one process."""

    seconds: float  # wall clock, from start to end
    cpu_seconds: float  # user and system, children too
    peak_bytes: int  # resident; of the largest process where there are several


@dataclass(frozen=True)
class Tool:
    """A tool that reads a capture for flows and names; `slow` ones get a smaller file."""

    name: str
    command: tuple[str, ...]  # with the capture's path behind it
    slow: bool = False
    version: tuple[str, ...] = ()  # the command that tells its version

    @property
    def there(self) -> bool:
        return shutil.which(self.command[0]) is not None

    def label(self) -> str:
        """The tool's name and, where it can be had, its version."""
        if not self.version:
            return self.name
        told = subprocess.run(self.version, capture_output=True, text=True, check=False)
        number = re.search(r"\d+(\.\d+)+", told.stdout + told.stderr)
        return f"{self.name} {number[0]}" if number else self.name


US = Tool("auditor", (sys.executable, "-m", "auditor.cli", "extract", "--what", "flows", "--format", "csv"))
NDPI = Tool("ndpiReader", ("ndpiReader", "-q", "-i"), version=("ndpiReader", "-h"))
NFSTREAM = Tool(
    "nfstream",
    (str(NFSTREAM_PYTHON), str(ROOT / "bench" / "nfstream_flows.py")),
    slow=True,
    version=(str(NFSTREAM_PYTHON), "-c", "import nfstream; print('nfstream', nfstream.__version__)"),
)
TSHARK = Tool(
    "tshark",
    ("tshark", "-n", "-T", "fields", *(part for field in TSHARK_FIELDS for part in ("-e", field)), "-r"),
    slow=True,
    version=("tshark", "--version"),
)
PEERS = (NDPI, NFSTREAM, TSHARK)


class Failed(Exception):
    """A tool ended with an error."""


def start(command: tuple[str, ...], core: int, out: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """The command, bound to one core, its messages thrown away; Python keeps bytecode, as when installed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.Popen(
        command,
        stdout=out,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )


def measure(tool: Tool, capture: Path, core: int) -> Run:
    """Runs the tool over the capture, from the process's start to its end."""
    begun = time.perf_counter()
    child = start((*tool.command, str(capture)), core)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise Failed(f"{tool.name} ended with {child.returncode} on {capture.name}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def measure_bound(capture: Path, core: int) -> float:
    """Seconds of the loop over record headers alone."""
    child = start((sys.executable, "-m", "bench.bound", str(capture)), core, subprocess.PIPE)
    told, _ = child.communicate()
    if child.returncode:
        raise Failed("the loop over record headers failed")
    return float(told.split()[0])


def measure_two(capture: Path, other: Path, cores: tuple[int, int]) -> float:
    """Seconds until two of our processes, each on a core and a file of its own, are both done."""
    begun = time.perf_counter()
    children = [
        start((*US.command, str(path)), core) for path, core in zip((capture, other), cores, strict=True)
    ]
    codes = [child.wait() for child in children]
    if any(codes):
        raise Failed("one of two workers failed")
    return time.perf_counter() - begun


def warm(path: Path) -> None:
    """Reads the file once, so that it lies in the page cache."""
    with path.open("rb", buffering=0) as file:
        while file.read(16 << 20):
            pass
