"""Writes the made-up district and its warehouse: `python -m bench.made_warehouse FOLDER --days 20 --rows 1000000`."""

from __future__ import annotations

import argparse
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from auditor import pseudonym
from auditor.warehouse import CaptureMark, Warehouse
from bench.made_activity import CAPTURES_A_DAY, Seen, activity_of, all_clients, listed_hosts
from bench.made_district import KEY, write_district

FIRST_DAY = date(2026, 10, 19)  # a Monday; the clocks go back on 1 November
SEED = 20_261_019
DONE = "made.txt"


def make(folder: Path, days: int, rows: int, staff: int) -> Path:
    """The district folder, written where it isn't there as the arguments say."""
    recipe = f"days {days}, rows a day {rows}, staff {staff}, seed {SEED}\n"
    done = folder / DONE
    if done.is_file() and done.read_text() == recipe:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    rng = np.random.default_rng(SEED)
    clients, hosts = all_clients(write_district(folder, staff, rng)), listed_hosts()
    warehouse = Warehouse.open(folder / "warehouse", create=True)
    with warehouse.lock():
        warehouse.check_key(pseudonym.fingerprint(KEY), bind=True)
        for day in school_days(days):
            for seen in activity_of(day, rows, hosts, clients, rng):
                _write(warehouse, day, seen)
    done.write_text(recipe)
    return folder


def school_days(number: int) -> list[date]:
    """So many weekdays from FIRST_DAY on."""
    candidates = (FIRST_DAY + timedelta(days=offset) for offset in range(2 * number + 7))
    return [day for day in candidates if day.weekday() < 5][:number]


def _write(warehouse: Warehouse, day: date, seen: Seen) -> None:
    length = (seen.end_minute - seen.start_minute) // CAPTURES_A_DAY
    begins = seen.start_minute + seen.part * length
    mark = CaptureMark(
        seen.sha256, f"captures/{seen.site}/{day}-{seen.part}.pcap", seen.site, seen.site, 10**9,
        begins * 60 * 10**9, (begins + length) * 60 * 10**9 - 1, 10**7, "whole", ledger={"truncated frame": 3},
        catalogue_version="bench", program_version="bench", seen_minutes=f"{begins}+{length}",
    )  # fmt: skip
    octets = 10**9
    counts = {
        "frames": 10**7, "flows": 10**5, "bytes": octets, "flows_kept": 10**4, "bytes_kept": octets // 10,
        "flows_unnamed": 10**4, "bytes_unnamed": octets // 10, "bytes_tunnel": 10**6, "flows_student": 10**4,
    }  # fmt: skip
    warehouse.write_capture(mark, seen.activity, {day: counts}, seen.leases)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.made_warehouse", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of activity, a day")
    parser.add_argument("--staff", type=int, default=5_000)
    options = parser.parse_args()
    make(options.folder, options.days, options.rows, options.staff)


if __name__ == "__main__":
    main()
