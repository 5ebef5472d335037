"""Pages: Jinja2 with autoescape, one inline style sheet, a security policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import jinja2
from markupsafe import Markup

from auditor.report import svg
from auditor.report.definition import READING, Definition
from auditor.report.inputs import ReportInputs
from auditor.report.tables import Row, Tables
from auditor.shipped import shipped

PRONGS = {
    "work_time": "during work time",
    "school_hours": "during the school hours of the site where it was seen",
    "equipment": "on district equipment",
    "wifi": "on the district's network",
}
CATEGORIES = {
    "social_network": "Social networks",
    "photo": "Photo sharing",
    "video": "Video",
    "blog": "Blogs",
    "wiki": "Wikis",
    "forum": "Forums",
    "virtual_world": "Virtual worlds",
    "messaging": "Messaging",
    "dating": "Dating",
    "other": "Other",
}
DASH = "\N{EN DASH}"  # between the ends of a range; alone, for what is not told
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def render_page(definition: Definition, tables: Tables, inputs: ReportInputs) -> str:
    """The report as one self-contained HTML page."""
    folder = shipped("reports")
    style = (folder / "_common" / "style.css").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        {
            "number": number,
            "span": span,
            "hours": hours,
            "percent": percent,
            "day": day,
            "clock": clock,
            "utc": utc,
            "anew_lines": anew_lines,
        }
    )
    environment.filters["label"] = lambda row: label(row, inputs)
    environment.filters["platform"] = lambda name: inputs.platform_names.get(name, name)
    environment.globals.update({"svg": svg, "Column": svg.Column, "PRONGS": PRONGS, "CATEGORIES": CATEGORIES})
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page: str = environment.get_template(f"{definition.name}/page.html.j2").render(
        report=definition,
        inputs=inputs,
        style=Markup(style),
        reading=READING,
        style_hash=f"sha256-{digest}",
        **tables,
    )
    return page


def label(row: Row, inputs: ReportInputs) -> str:
    """What a line of the aggregate is called."""
    text: str = row["line"]
    if row["table"] == "platform":
        return inputs.platform_names.get(text, text)
    if row["table"] == "category":
        return CATEGORIES.get(text, text)
    if row["table"] == "bucket":
        return day(text)
    return text or "not stated"


def anew_lines(rows: Sequence[Row]) -> list[str]:
    """`2026-11-18 was decided anew on 2026-11-20: calendar.csv changed`; days of one change together."""
    days: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        days.setdefault((row.get("decided_on") or "", row["why"]), []).append(row["day"])
    lines = []
    for (decided_on, why), same in sorted(days.items()):
        which = f"{same[0]} was" if len(same) == 1 else f"{len(same)} days from {same[0]} to {same[-1]} were"
        lines.append(f"{which} decided anew{f' on {decided_on}' if decided_on else ''}: {why}")
    return lines


def number(value: int | None) -> str:
    """1,234; a dash for what is not told."""
    return DASH if value is None else f"{value:,}"


def span(low: int | None, high: int | None) -> str:
    """372 to 543 with a dash between, or 372 where both bounds agree."""
    if low is None or high is None:
        return DASH
    return f"{low:,}" if low == high else f"{low:,}{DASH}{high:,}"


def hours(minutes: int) -> str:
    """54 min, 6 h 12 min, 6 h."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} min"
    return f"{whole:,} h {rest} min" if rest else f"{whole:,} h"


def percent(part: int, whole: int) -> str:
    """12 %, 3.4 %, 99.9 %, "under 0.1 %"."""
    if whole <= 0:
        return DASH
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "under 0.1 %"
    if 99 < share < 100:
        return f"{min(share, 99.9):.1f} %"  # not all is never 100 %
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %"


def day(value: date | str, year: bool = False) -> str:
    """Mon 16 Nov, with the year on demand."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    text = f"{_WEEKDAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"
    return f"{text} {when.year}" if year else text


def clock(value: str) -> str:
    """08:05 of a local ISO time."""
    return value[11:16]


def utc(time_ns: Any) -> str:
    """2026-11-16 14:05 of nanoseconds since 1970."""
    if not time_ns:
        return DASH
    seconds = int(time_ns) // 1_000_000_000
    try:
        return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return DASH  # a capture may claim any time at all
