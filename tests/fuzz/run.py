"""Fuzzes the targets, guided by coverage (atheris, of the extra `fuzz`), each for so many seconds.

    python tests/fuzz/run.py [--seconds 60] [--jobs 2] [--keep] [TARGET...]

What is found on the way lies in `.fuzz/` beside the repository's other caches. An input that makes a target fail
is put there too, and its path is printed. `--keep` puts the smallest set of inputs with the same coverage into
`tests/fuzz/corpus/`, which `test_corpus.py` reads again at every run of the tests.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS, WORK = HERE / "corpus", HERE.parents[1] / ".fuzz"
LONGEST = 4096  # bytes of an input
LONGEST_KEPT = 1024
SLOW_S = 10  # an input that takes longer is a failure


def child(name: str, arguments: list[str]) -> None:
    """Fuzzes one target in this process."""
    os.environ["NUMBA_DISABLE_JIT"] = "1"  # compiled code gives no coverage
    import atheris

    sys.path[:0] = [str(HERE), *(str(HERE.parent / folder) for folder in (".", "decode", "kernel"))]
    with atheris.instrument_imports(include=["auditor"]):
        from targets import TARGETS

    def held(data: bytes) -> None:
        try:
            TARGETS[name](data)
        except Exception:
            (WORK / f"{name}-{hashlib.sha1(data).hexdigest()}").write_bytes(data)
            raise

    myself = (
        f"{sys.executable} {HERE / 'run.py'} --child {name}"  # how libFuzzer begins another process to merge
    )
    atheris.Setup([myself, *arguments], held)
    atheris.Fuzz()


def libfuzzer(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / "run.py"), "--child", name, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def fuzz(name: str, seconds: int, first: list[bytes]) -> tuple[str, bool]:
    """(what happened in a line or some, whether all held)."""
    found, kept = WORK / name, CORPUS / name
    for folder in (found, kept):
        folder.mkdir(parents=True, exist_ok=True)
    for data in first:
        (found / hashlib.sha1(data).hexdigest()).write_bytes(data)
    run = libfuzzer(
        name, f"-max_total_time={seconds}", f"-timeout={SLOW_S}", f"-max_len={LONGEST}", "-rss_limit_mb=3000",
        f"-artifact_prefix={WORK}/{name}-", found, kept,
    )  # fmt: skip
    reached = re.findall(r"#(\d+).*?cov: (\d+).*?corp: (\d+)", run.stderr)
    count, coverage, inputs = reached[-1] if reached else ("0", "0", "0")
    line = f"{name:14} {count:>9} runs, coverage {coverage:>5}, {inputs:>5} inputs"
    if run.returncode:
        return f"{line}\n{run.stdout[-3000:]}{run.stderr[-1500:]}", False
    return line, True


def keep(name: str) -> str:
    """Puts a smallest set of inputs with all the coverage into the corpus."""
    small, kept = WORK / f"{name}.small", CORPUS / name
    shutil.rmtree(small, ignore_errors=True)
    small.mkdir()
    run = libfuzzer(name, "-merge=1", f"-max_len={LONGEST_KEPT}", small, kept, WORK / name)
    if run.returncode or not any(small.iterdir()):
        return f"{name}: not merged\n{run.stderr[-2000:]}"
    shutil.rmtree(kept)
    small.rename(kept)
    sizes = [path.stat().st_size for path in kept.iterdir()]
    return f"{name:14} keeps {len(sizes)} inputs, {sum(sizes)} bytes"


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
        return 0
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("targets", nargs="*")
    chosen = parser.parse_args()
    sys.path[:0] = [str(HERE), *(str(HERE.parent / folder) for folder in (".", "decode", "kernel"))]
    from seeds import seeds

    first = seeds()
    names = chosen.targets or sorted(first)
    held = True
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for line, good in pool.map(lambda name: fuzz(name, chosen.seconds, first[name]), names):
            print(line, flush=True)
            held = held and good
        for line in pool.map(keep, names) if chosen.keep else ():
            print(line, flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
