"""What is wrong though every cell can be read: mostly what one file of the district says of another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches

from auditor.district.hours import hours_problems
from auditor.district.overlaps import overlap_problems
from auditor.district.rows import EVERY_SITE, NOT_EMPLOYEES, SCHOOL, STAFF, District, ScheduleRow, StaffRow
from auditor.district.supervisors import supervisor_circles
from auditor.district.tomlfile import SETTINGS_FILE, Lines
from auditor.district.validity import exception_fault
from auditor.district.values import is_randomised
from auditor.errors import Problem

_FEW = 500  # among more names than these, looking for a similar one takes too long


def cross_problems(district: District, lines: Lines, broken: Collection[str]) -> Iterator[Problem]:
    """Errors and warnings across the files. `broken`: the "FILE:LINE" of the errors found before."""
    # Where a file could not be read to its end, all that refers to it would seem unknown.
    if _is_whole("staff.csv", district.staff, broken):
        yield from _unknown_people(district)
        yield from _unknown_sites(district, lines)
    if _is_whole("schedules.csv", district.schedules, broken):
        yield from _unknown_schedules(district, lines)
        yield from hours_problems(district, lines)
    yield from _repeated_exceptions(district)
    yield from overlap_problems(district, broken)
    yield from supervisor_circles(district)
    yield from _randomised(district)
    yield from _faulty_exceptions(district, broken)


def check_district(
    district: District, platforms: frozenset[str], categories: frozenset[str]
) -> tuple[Problem, ...]:
    """What can only be seen beside the catalogue: exceptions and approved tools that name no platform of it.

    `platforms` and `categories` are the catalogue's ids. All are warnings: such a row excuses nothing.
    """
    problems = []
    for exception in district.exceptions:
        what = _unknown_target(exception.platform, platforms, categories)
        if what:
            problems.append(_warning("exceptions.csv", exception.line, *what))
    for tool in district.approved_tools:
        if "." not in tool.platform:
            what = _unknown_target(tool.platform, platforms, categories)
            if what:
                problems.append(_warning("approved_tools.csv", tool.line, *what))
    return tuple(problems)


def _unknown_target(
    target: str, platforms: frozenset[str], categories: frozenset[str]
) -> tuple[str, str] | None:
    category = target.removeprefix("category:")
    if category != target:
        if category in categories:
            return None
        return f"category `{category}` is not in the catalogue", _near(category, categories)
    if not target or target == "*" or target in platforms:
        return None
    return f"platform `{target}` is not in the catalogue", _near(target, platforms)


def _unknown_people(district: District) -> Iterator[Problem]:
    known = district.staff_by_id
    for device in district.devices:
        owner = device.assigned_to
        if owner and owner not in NOT_EMPLOYEES and owner not in known:
            what = f"`assigned_to` {owner} is not in staff.csv"
            yield Problem(f"devices.csv:{device.line}", what, _near(owner, (*known, *NOT_EMPLOYEES)))
    for staff in district.staff:
        if staff.supervisor_id and staff.supervisor_id not in known:
            what = f"`supervisor_id` {staff.supervisor_id} is not in staff.csv"
            yield Problem(f"staff.csv:{staff.line}", what, _near(staff.supervisor_id, known))


def _unknown_schedules(district: District, lines: Lines) -> Iterator[Problem]:
    schedules = {row.schedule for row in district.schedules}
    named = [("staff.csv", row.line, row.schedule) for row in district.staff]
    named += [(row.file, row.line, row.schedule) for row in district.calendar]
    named += [
        (SETTINGS_FILE, lines.of(("sites", index, "school_hours")), site.school_hours)
        for index, site in enumerate(district.settings.sites)
    ]
    for file, line, schedule in named:
        if schedule and schedule not in schedules:
            what = f"schedule `{schedule}` is not in schedules.csv"
            yield Problem(f"{file}:{line}", what, _near(schedule, schedules))


def _unknown_sites(district: District, lines: Lines) -> Iterator[Problem]:
    sites = {row.site for row in district.staff}
    for index, sensor in enumerate(district.settings.sensors):
        if sensor.site not in sites:
            what = f"sensor `{sensor.name}`: no employee in staff.csv has the site `{sensor.site}`"
            yield _warning(
                SETTINGS_FILE, lines.of(("sensors", index, "site")), what, _near(sensor.site, sites)
            )
    sites.update(sensor.site for sensor in district.settings.sensors)
    for index, site in enumerate(district.settings.sites):
        if site.name not in sites:
            where = f"{SETTINGS_FILE}:{lines.of(('sites', index, 'name'))}"
            what = f"site `{site.name}` is neither in staff.csv nor a sensor's"
            yield Problem(where, what, _near(site.name, sites))
    for row in district.calendar:
        if row.site and row.site != EVERY_SITE and row.site not in sites:
            what = f"site `{row.site}` is neither in staff.csv nor a sensor's"
            yield Problem(f"{row.file}:{row.line}", what, _near(row.site, (*sites, EVERY_SITE)))
    roles = {row.role.casefold() for row in district.staff} - {""}
    for row in district.calendar:
        if row.applies_to not in ("", SCHOOL, STAFF, *roles):
            what = f"`applies_to` {row.applies_to!r} is neither `school`, `staff` nor a role of staff.csv"
            yield Problem(row.where, what, _near(row.applies_to, (*roles, SCHOOL, STAFF)))


def _repeated_exceptions(district: District) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row in district.exceptions:
        if row.exception_id in first:
            what = f"exception {row.exception_id} is already on line {first[row.exception_id]}"
            yield Problem(f"exceptions.csv:{row.line}", what, "give each exception an id of its own")
        elif row.exception_id:
            first[row.exception_id] = row.line


def _randomised(district: District) -> Iterator[Problem]:
    for row in district.devices:
        if row.mac and is_randomised(row.mac):
            what = f"{row.mac} is a randomised address: its traffic is never laid to a person"
            yield _warning("devices.csv", row.line, what, "register the hardware address of the device")


def _faulty_exceptions(district: District, broken: Collection[str]) -> Iterator[Problem]:
    devices = {row.device_id for row in district.devices}
    for row in district.exceptions:
        if f"exceptions.csv:{row.line}" in broken:
            continue
        fault = exception_fault(row, district)
        if fault:
            what = f"exception {row.exception_id} excuses nothing: {fault}"
            yield _warning("exceptions.csv", row.line, what, "mend it, or leave it as a record")
        if row.device_id and row.device_id not in devices:
            what = f"`device_id` {row.device_id} is not in devices.csv"
            yield _warning("exceptions.csv", row.line, what, _near(row.device_id, devices))


def _is_whole(file: str, rows: Sequence[StaffRow | ScheduleRow], broken: Collection[str]) -> bool:
    """Whether all errors of a file lie in its rows: none in its header, and none that ended the reading."""
    own = {f"{file}:{row.line}" for row in rows}
    return all(where in own for where in broken if where.partition(":")[0] == file)


def _near(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1) if len(known) <= _FEW else []
    if near:
        return f"did you mean `{near[0]}`?"
    if 0 < len(known) <= 12:
        return "known are " + ", ".join(sorted(known))
    return "is it a slip of the pen, or is a row missing?"


def _warning(file: str, line: int, what: str, hint: str) -> Problem:
    return Problem(f"{file}:{line}", what, hint, "warning")
