"""What is wrong though every cell can be read: mostly what one file of the district says of another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from auditor.district.doubts import doubts
from auditor.district.hours import hours_problems
from auditor.district.near import Names
from auditor.district.overlaps import overlap_problems
from auditor.district.rows import EVERY_SITE, NOT_EMPLOYEES, SCHOOL, STAFF, District, ScheduleRow, StaffRow
from auditor.district.settings import Settings
from auditor.district.supervisors import supervisor_circles
from auditor.district.tomlfile import SETTINGS_FILE, Lines
from auditor.district.validity import exception_fault
from auditor.district.values import is_randomised
from auditor.errors import Problem


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
    overlaps = tuple(overlap_problems(district, broken))
    yield from overlaps
    yield from supervisor_circles(district)
    yield from _randomised(district)
    yield from _without({*broken, *(problem.where for problem in overlaps)}, doubts(district))
    if _is_whole("staff.csv", district.staff, broken):
        yield from exception_warnings(district, broken)


def check_district(
    district: District, platforms: frozenset[str], categories: frozenset[str]
) -> tuple[Problem, ...]:
    """What can only be seen beside the catalogue: exceptions and approved tools that name no platform of it.

    `platforms` and `categories` are the catalogue's ids. All are warnings: such a row excuses nothing.
    """
    named = [("exceptions.csv", row.line, row.platform) for row in district.exceptions]
    named += [
        ("approved_tools.csv", row.line, row.platform)
        for row in district.approved_tools
        if "." not in row.platform
    ]
    known = {"platform": Names(platforms), "category": Names(categories)}
    problems = []
    for file, line, target in named:
        category = target.removeprefix("category:")
        kind = "platform" if category == target else "category"
        if target not in ("", "*") and category not in known[kind].known:
            what = f"{kind} `{category}` is not in the catalogue"
            problems.append(_warning(file, line, what, known[kind].hint(category)))
    return tuple(problems)


def _unknown_people(district: District) -> Iterator[Problem]:
    known = district.staff_by_id
    supervisors, owners = Names(known), Names((*known, *NOT_EMPLOYEES))
    for device in district.devices:
        owner = device.assigned_to
        if owner and owner not in NOT_EMPLOYEES and owner not in known:
            what = f"`assigned_to` {owner} is not in staff.csv"
            yield Problem(f"devices.csv:{device.line}", what, owners.hint(owner))
    for staff in district.staff:
        if staff.supervisor_id and staff.supervisor_id not in known:
            what = f"`supervisor_id` {staff.supervisor_id} is not in staff.csv"
            yield Problem(f"staff.csv:{staff.line}", what, supervisors.hint(staff.supervisor_id))


def _unknown_schedules(district: District, lines: Lines) -> Iterator[Problem]:
    schedules = {row.schedule for row in district.schedules}
    names = Names(schedules)
    named = [("staff.csv", row.line, row.schedule) for row in district.staff]
    named += [(row.file, row.line, row.schedule) for row in district.calendar]
    named += [
        (SETTINGS_FILE, lines.of(("sites", index, "school_hours")), site.school_hours)
        for index, site in enumerate(district.settings.sites)
    ]
    for file, line, schedule in named:
        if schedule and schedule not in schedules:
            what = f"schedule `{schedule}` is not in schedules.csv"
            yield Problem(f"{file}:{line}", what, names.hint(schedule))


def known_sites(settings: Settings, staff: Sequence[StaffRow]) -> set[str]:
    """The sites of employees and sensors."""
    return {row.site for row in staff} | {sensor.site for sensor in settings.sensors} - {""}


def _unknown_sites(district: District, lines: Lines) -> Iterator[Problem]:
    sites = {row.site for row in district.staff}
    for index, sensor in enumerate(district.settings.sensors):
        if sensor.site not in sites:
            what = f"sensor `{sensor.name}`: no employee in staff.csv has the site `{sensor.site}`"
            yield _warning(
                SETTINGS_FILE, lines.of(("sensors", index, "site")), what, Names(sites).hint(sensor.site)
            )
    sites = known_sites(district.settings, district.staff)
    for index, site in enumerate(district.settings.sites):
        if site.name not in sites:
            where = f"{SETTINGS_FILE}:{lines.of(('sites', index, 'name'))}"
            what = f"site `{site.name}` is neither in staff.csv nor a sensor's"
            yield Problem(where, what, Names(sites).hint(site.name))
    names = Names((*sites, EVERY_SITE))
    for row in district.calendar:
        if row.site and row.site != EVERY_SITE and row.site not in sites:
            what = f"site `{row.site}` is neither in staff.csv nor a sensor's"
            yield Problem(f"{row.file}:{row.line}", what, names.hint(row.site))
    roles = {row.role.casefold() for row in district.staff} - {""}
    named = Names(roles | {SCHOOL, STAFF})
    for row in district.calendar:
        if row.applies_to and row.applies_to not in named.known:
            what = f"`applies_to` {row.applies_to!r} is neither `school`, `staff` nor a role of staff.csv"
            yield Problem(row.where, what, named.hint(row.applies_to))


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


def exception_warnings(district: District, broken: Collection[str]) -> Iterator[Problem]:
    """Exceptions that excuse nothing, and those whose approval one should look at."""
    known = district.staff_by_id
    people, devices = Names(known), Names({row.device_id for row in district.devices})
    for row in district.exceptions:
        where = f"exceptions.csv:{row.line}"
        if where in broken:
            continue
        fault = exception_fault(row, district)
        if fault:
            strange = [name for name in (row.employee_id, row.approved_by) if name and name not in known]
            hints = [
                "mend it, or leave it as a record",
                *(people.hint(name) for name in strange[:1] if known),
            ]
            what = f"exception {row.exception_id} excuses nothing: {fault}"
            yield Problem(where, what, "; ".join(hints), "warning")
        elif row.approved_day and not district.staff_on(row.approved_by, row.approved_day):
            what = f"{row.approved_by}, who approved it, was not in staff.csv on {row.approved_day}"
            hint = "it counts, for the employee's row of that day names them as supervisor; is the row right?"
            yield Problem(where, what, hint, "warning")
        if row.device_id and row.device_id not in devices.known:
            what = f"`device_id` {row.device_id} is not in devices.csv"
            yield Problem(where, what, devices.hint(row.device_id), "warning")


def _without(broken: Collection[str], problems: Iterator[Problem]) -> Iterator[Problem]:
    """Doubts about rows that can be read: of the others something was said already."""
    return (problem for problem in problems if problem.where not in broken)


def _is_whole(file: str, rows: Sequence[StaffRow | ScheduleRow], broken: Collection[str]) -> bool:
    """Whether all errors of a file lie in its rows: none in its header, and none that ended the reading."""
    own = {f"{file}:{row.line}" for row in rows}
    return all(where in own for where in broken if where.partition(":")[0] == file)


def _warning(file: str, line: int, what: str, hint: str) -> Problem:
    return Problem(f"{file}:{line}", what, hint, "warning")
