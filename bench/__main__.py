"""`python -m bench`: this program and its peers on made captures, one core each, as ratios.

Writes the table and the picture into docs/performance.md and a line into bench/history.csv; says what fell by more
than a seventh since the last line.
"""

from __future__ import annotations

import argparse
import os
import sys

from bench import decisions
from bench.history import append, fallen, last, line
from bench.measures import compare, growth, trapped, two_workers
from bench.picture import write_picture
from bench.tables import TRAPS as TRAP_MARKERS
from bench.tables import page, trap_page, write_page
from bench.traps import TRAPS

DEFAULT_SIZES = (1.5, 4.0, 15.0)


def main() -> None:
    options = _options()
    cores = sorted(os.sched_getaffinity(0))
    core = cores[0] if options.core is None else options.core
    if options.traps:
        _traps(options, core)
        return
    if options.decisions:
        _decisions(options, tuple(cores[:2]))
        return
    compared = [
        compare(mix, options.gigabytes, options.slow_gigabytes, options.rounds, core, _say)
        for mix in options.mix
    ]
    sizes = growth(options.mix[0], sorted(options.sizes), options.size_rounds, core, options.gigabytes)
    others = [each for each in cores if each != core]
    pair = None
    if others and not options.one_worker:
        pair = two_workers(options.mix[0], min(options.gigabytes, 1.5), options.rounds, (core, others[0]))
    text = page(compared, sizes, pair, options.rounds)
    print(text)
    before, now = last(), line(compared, sizes, pair)
    for fall in fallen(before, now) if before else ():
        print(f"REGRESSION: {fall}")
    if not options.dry:
        write_page(text)
        if sizes:
            write_picture(sizes)
        append(now)


def _traps(options: argparse.Namespace, core: int) -> None:
    done = []
    for trap in TRAPS:
        done.append(trapped(trap, options.trap_scale, options.size_rounds, core))
        _say(f"{trap.name}: {done[-1].growth:.2f} times the cost a packet")
    text = trap_page(done)
    print(text)
    if not options.dry:
        write_page(text, TRAP_MARKERS)


def _decisions(options: argparse.Namespace, cores: tuple[int, ...]) -> None:
    done = decisions.decisions(options.days, options.rows_a_day, options.staff, options.rounds, cores, _say)
    text = decisions.page(done, options.rounds, len(cores))
    print(text)
    before, now = decisions.last(), decisions.line(done)
    for rise in decisions.risen(before, now) if before else ():
        print(f"REGRESSION: {rise}")
    if not options.dry:
        write_page(text, decisions.MARKERS)
        decisions.append(now)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--mix", nargs="+", default=["small", "bulk"], choices=["small", "bulk"])
    parser.add_argument("--gigabytes", type=float, default=4, help="of each mix's capture")
    parser.add_argument(
        "--slow-gigabytes", type=float, default=1.5, help="of the capture for nfstream and tshark"
    )
    parser.add_argument(
        "--sizes", type=float, nargs="*", default=DEFAULT_SIZES, help="gigabytes, to see how cost grows"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="runs of us and of fast tools, in turns; medians count"
    )
    parser.add_argument("--size-rounds", type=int, default=1, help="runs of each size and each trap")
    parser.add_argument("--core", type=int, help="which core; the first by default")
    parser.add_argument("--one-worker", action="store_true", help="leave two workers on two files out")
    parser.add_argument("--traps", action="store_true", help="measure hostile traffic, and nothing else")
    parser.add_argument("--trap-scale", type=float, default=1, help="times as many packets of each trap")
    parser.add_argument("--decisions", action="store_true", help="measure `auditor audit`, and nothing else")
    parser.add_argument("--days", type=int, nargs="+", default=[1, 5, 20], help="to decide, of school days")
    parser.add_argument("--rows-a-day", type=int, default=1_000_000, help="of activity, to decide from")
    parser.add_argument("--staff", type=int, default=5_000, help="employees to decide about")
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
