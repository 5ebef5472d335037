"""A district folder as one `District`, or all that is wrong with it in one go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from auditor.district.approved_tools import read_approved_tools
from auditor.district.calendar import read_calendar
from auditor.district.check import check_district, cross_problems, known_sites
from auditor.district.devices import read_devices
from auditor.district.exceptions import read_exceptions
from auditor.district.icsfile import Around, read_ics
from auditor.district.rows import District
from auditor.district.schedules import read_schedules
from auditor.district.staff import read_staff
from auditor.district.tomlfile import SETTINGS_FILE, read_settings
from auditor.errors import BadInput, Problem

DISTRICT_FILES = (
    SETTINGS_FILE,
    "staff.csv",
    "devices.csv",
    "schedules.csv",
    "calendar.csv",
    "calendar.ics",
    "exceptions.csv",
    "approved_tools.csv",
)


def load_district(folder: Path) -> District:
    """Reads a district folder, its warnings included. Raises BadInput with every error of all files."""
    district, problems = read_folder(folder)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise BadInput(errors)
    return replace(district, warnings=tuple(problems))


def check_folder(folder: Path, platforms: frozenset[str], categories: frozenset[str]) -> tuple[Problem, ...]:
    """Every error and warning of a district folder in the order of its files, beside the catalogue's ids."""
    district, problems = read_folder(folder)
    return tuple(_in_order([*problems, *check_district(district, platforms, categories)]))


def read_folder(folder: Path) -> tuple[District, list[Problem]]:
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        said = {FileNotFoundError: "there is no such folder", NotADirectoryError: "is not a folder"}
        what = said.get(type(error), f"can't be read: {error.strerror}")
        hint = "give a district folder with -d; `auditor init DIR` writes one to start from"
        raise BadInput(Problem(str(folder), what, hint)) from None
    problems: list[Problem] = []
    settings, lines = read_settings(folder, problems)
    zone = settings.district.timezone
    staff, schedules = read_staff(folder, problems), read_schedules(folder, problems)
    calendar = read_calendar(folder, problems)
    around = Around(
        zone,
        sites=frozenset(known_sites(settings, staff)),
        schedules=frozenset(row.schedule for row in schedules),
        usual=frozenset({row.schedule for row in staff} | {site.school_hours for site in settings.sites}),
    )
    district = District(
        folder=folder,
        settings=settings,
        staff=staff,
        devices=read_devices(folder, zone, problems),
        schedules=schedules,
        calendar=calendar + read_ics(folder, calendar, problems, around),
        exceptions=read_exceptions(folder, zone, problems),
        approved_tools=read_approved_tools(folder, problems),
    )
    problems.extend(
        cross_problems(district, lines, {one.where for one in problems if one.severity == "error"})
    )
    return district, _in_order(problems)


def _in_order(problems: list[Problem]) -> list[Problem]:
    """By file as listed above, then by line."""

    def place(problem: Problem) -> tuple[int, int]:
        file, _, line = problem.where.partition(":")
        known = DISTRICT_FILES.index(file) if file in DISTRICT_FILES else len(DISTRICT_FILES)
        return (known, int(line or 0))

    return sorted(problems, key=place)
