"""`python -m bench`: this program and its peers on made captures, one core each, as ratios.

Writes the table into docs/performance.md and a line into bench/history.csv.
"""

from __future__ import annotations

import argparse
import os
import sys

from bench.measures import compare, growth, two_workers
from bench.tables import page, write_history, write_page

DEFAULT_SIZES = (0.25, 0.5, 1.0, 1.5)


def main() -> None:
    options = _options()
    cores = sorted(os.sched_getaffinity(0))
    core = cores[0] if options.core is None else options.core
    compared = [
        compare(mix, options.gigabytes, options.slow_gigabytes, options.rounds, core, _say)
        for mix in options.mix
    ]
    sizes = growth(options.mix[0], options.sizes, options.rounds, core)
    others = [each for each in cores if each != core]
    pair = None
    if others and not options.one_worker:
        pair = two_workers(options.mix[0], min(options.gigabytes, 0.5), options.rounds, (core, others[0]))
    text = page(compared, sizes, pair, options.rounds)
    print(text)
    if not options.dry:
        write_page(text)
        write_history(compared, pair)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--mix", nargs="+", default=["small", "bulk"], choices=["small", "bulk"])
    parser.add_argument("--gigabytes", type=float, default=1.5, help="of each mix's capture")
    parser.add_argument(
        "--slow-gigabytes", type=float, default=0.5, help="of the capture for nfstream and tshark"
    )
    parser.add_argument(
        "--sizes", type=float, nargs="*", default=DEFAULT_SIZES, help="gigabytes, to see how cost grows"
    )
    parser.add_argument("--rounds", type=int, default=3, help="runs of each tool, in turns; medians count")
    parser.add_argument("--core", type=int, help="which core; the first by default")
    parser.add_argument("--one-worker", action="store_true", help="leave two workers on two files out")
    parser.add_argument("--dry", action="store_true", help="print only; write neither page nor history")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
