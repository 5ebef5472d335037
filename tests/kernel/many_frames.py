"""A million spoilt frames through the kernel in its three modes: the same rows, or the part that differs is named.

    python tests/kernel/many_frames.py [--frames 1000000] [--jobs 2] [--seed 1]

A part that differs is read again, and its rows are left in the folder that is named.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODES: dict[str, dict[str, str]] = {
    "compiled": {}, "plain": {"NUMBA_DISABLE_JIT": "1"}, "checked": {"NUMBA_BOUNDSCHECK": "1"}
}  # fmt: skip
PART = 10_000  # frames one process reads


def run_rows(mode: str, cache: Path, given: Path, target: Path, how: str) -> None:
    """Runs `kernel_rows.py` in one mode; compiled code lies in `cache`, which numba's own place can't hold: it
    tells neither modes nor changed imports apart. Raises AssertionError for anything on stderr."""
    environment = {**os.environ, **MODES[mode]}
    if mode != "compiled":
        environment["NUMBA_CACHE_DIR"] = str(cache)
    command = [sys.executable, str(HERE / "kernel_rows.py"), str(given), str(target), *how.split()]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, ""), f"{mode}, {given.name}: {run.stderr}"


def compare(frames: int, seed: int, jobs: int, folder: Path) -> tuple[int, Counter[str], dict[str, float]]:
    """(parts that differ, what all rows were, seconds of each mode summed over its processes)."""
    spent = dict.fromkeys(MODES, 0.0)

    def part(number: int) -> dict[str, Any]:
        made = _made(seed + number, min(PART, frames - number * PART), folder)
        how = "block" if number % 2 else "each"
        found = {}
        for mode in MODES:
            target, start = folder / f"{number}-{mode}.json", time.monotonic()
            run_rows(mode, folder / mode, made, target, f"{how} digest")
            spent[mode] += time.monotonic() - start
            found[mode] = json.loads(target.read_text(encoding="utf-8"))
            target.unlink()
        if found["plain"] != found["compiled"] or found["checked"] != found["compiled"]:
            for mode in MODES:
                run_rows(mode, folder / mode, made, folder / f"{number}-{mode}-rows.json", how)
            print(f"part {number} (seed {seed + number}) differs: see {folder}/{number}-*", flush=True)
            return {"differs": True, **found["compiled"]}
        made.unlink()
        print(f"part {number}: {found['compiled']['counts']}", flush=True)
        return {"differs": False, **found["compiled"]}

    parts = [part(0)]  # alone: it compiles
    with ThreadPoolExecutor(jobs) as pool:
        parts += pool.map(part, range(1, -(-frames // PART)))
    total: Counter[str] = Counter()
    for each in parts:
        total.update(each["counts"])
    return sum(each["differs"] for each in parts), total, spent


def _made(seed: int, count: int, folder: Path) -> Path:
    sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "decode")]
    from made_mutants import mutants

    path = folder / f"{seed}.pickle"
    path.write_bytes(pickle.dumps([tuple(frame) for frame in mutants(seed, count)]))
    return path


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    folder, start = Path(tempfile.mkdtemp(prefix="frames-")), time.monotonic()
    differ, total, spent = compare(chosen.frames, chosen.seed, chosen.jobs, folder)
    print(f"{chosen.frames} frames in three modes, {time.monotonic() - start:.0f} s")
    print("  ".join(f"{mode} {seconds:.0f} s" for mode, seconds in spent.items()))
    print("  ".join(f"{what} {count}" for what, count in sorted(total.items())))
    print(f"parts that differ: {differ}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
