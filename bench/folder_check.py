"""`python -m bench.folder_check`: how long `auditor check` takes for folders whose every CSV file has so many rows.

One folder is sound, in the other every row but those of schedules.csv has a mistake. Prints the table and writes it
into docs/performance.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.district import check_folder
from auditor.identify.catalogue import load_catalogue
from bench.tables import write_page

MARKERS = "<!-- check: begin -->", "<!-- check: end -->"
SIZES = (2_500, 10_000, 40_000)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_Row = Callable[[int, bool], str]


@dataclass(frozen=True, slots=True)
class Checked:
    """One folder checked."""

    rows: int  # of each file
    spoilt: bool
    seconds: float  # processor time
    problems: int


def make(folder: Path, rows: int, spoilt: bool) -> None:
    """Writes a district folder of that size."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "auditor.toml").write_text('[[sensors]]\nname = "s"\nsite = "site0"\ncaptures = "*.pcap"\n')
    for name, (header, row) in _FILES.items():
        lines: Iterable[str] = (row(number, spoilt) for number in range(rows))
        (folder / name).write_text("\n".join((header, *lines, "")))


def measure(sizes: Iterable[int], rounds: int) -> list[Checked]:
    """The least processor time of some rounds, by folder and size."""
    catalogue = load_catalogue()
    platforms = frozenset(catalogue.platforms)
    categories = frozenset(platform.category for platform in catalogue.platforms.values())
    done = []
    for spoilt in (False, True):
        for rows in sizes:
            with tempfile.TemporaryDirectory() as place:
                make(Path(place), rows, spoilt)
                spent = []
                for _ in range(rounds):
                    begun = time.process_time()
                    problems = check_folder(Path(place), platforms, categories)
                    spent.append(time.process_time() - begun)
            done.append(Checked(rows, spoilt, min(spent), len(problems)))
    return done


def page(done: Iterable[Checked]) -> str:
    """The table."""
    lines = ["| folder | rows of each of six files | problems | CPU time | a row |", "|---|--:|--:|--:|--:|"]
    lines += [
        f"| {'a mistake in each row' if one.spoilt else 'sound'} | {one.rows:,} | {one.problems:,} | "
        f"{one.seconds:.2f} s | {one.seconds / one.rows / len(_FILES) * 1e6:.0f} us |"
        for one in done
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.folder_check", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="print only; write nothing")
    options = parser.parse_args()
    text = page(measure(options.rows, options.rounds))
    print(text)
    if not options.dry:
        write_page(text, MARKERS)


def _staff(n: int, spoilt: bool) -> str:
    supervisor = f"Q{n}" if spoilt else f"E{n // 10:05}" if n else ""
    return (
        f"E{n:05},Some Name,e{n}@x.org,site{n % 20},teacher,{supervisor},sch{n % 50},2026-08-{1 + n % 28:02},"
    )


def _device(n: int, spoilt: bool) -> str:
    mac = f"3c:22:fb:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"
    begin, end = f"2026-08-{1 + n % 28:02}T{n % 24:02}:{n % 60:02}", f"2027-0{1 + n % 6}-{1 + n % 28:02}"
    return f"D{n},{mac},district,{f'W{n}' if spoilt else f'E{n:05}'},laptop,{begin},{end}"


def _schedule(n: int, spoilt: bool) -> str:
    return f"sch{n // 7},{_WEEKDAYS[n % 7]},08:00,{15 + n % 3}:30"


def _calendar(n: int, spoilt: bool) -> str:
    day = f"{2026 + n // 6720}-{1 + n // 28 % 12:02}-{1 + n % 28:02}"
    kind = f"use_schedule,{f'zzz{n}' if spoilt else f'sch{n % 50}'}" if n % 2 == 0 or spoilt else "no_work,"
    return f"{day},site{n // 336 % 20},{kind},note"


def _exception(n: int, spoilt: bool) -> str:
    employee = 10 + n % 2_000
    approver, platform, device = (
        (f"Z{n}", f"you{n}", f"DD{n}") if spoilt else (f"E{employee // 10:05}", "youtube", "")
    )
    period = f"2026-09-{1 + n % 28:02}T08:{n % 60:02},2026-10-{1 + n % 28:02},2026-12-{1 + n % 28:02}"
    hours = f"mon wed fri,09:{n % 60:02},11:45"
    return f"X-{n},E{employee:05},{platform},films for class,{approver},{period},{hours},{device}"


def _tool(n: int, spoilt: bool) -> str:
    return f"{f'tool{n}' if spoilt else f'tool{n}.example.org'},IV.C,Board,2026-08-01,"


_FILES: dict[str, tuple[str, _Row]] = {
    "staff.csv": ("employee_id,name,email,site,role,supervisor_id,schedule,valid_from,valid_to", _staff),
    "devices.csv": ("device_id,mac,ownership,assigned_to,kind,valid_from,valid_to", _device),
    "schedules.csv": ("schedule,weekday,start,end", _schedule),
    "calendar.csv": ("date,site,kind,schedule,note", _calendar),
    "exceptions.csv": (
        "exception_id,employee_id,platform,purpose,approved_by,approved_at,valid_from,valid_to,weekdays,start,end,device_id",
        _exception,
    ),
    "approved_tools.csv": ("platform,basis,approved_by,valid_from,valid_to", _tool),
}

if __name__ == "__main__":
    main()
