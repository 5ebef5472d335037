"""Small charts as inline SVG: no script, no style attribute, colours by class so that the page's CSS decides.

A chart has a `<title>` and `role="img"`, or is hidden from readers where the same numbers stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart of days: minutes at least and at most, or a note where there is no figure."""

    label: str
    sub: str
    low: int | None
    high: int | None
    note: str = ""


def range_bar(low: int | None, high: int | None, top: int) -> Markup:
    """A bar from 0 to `low`, and paler on to `high`; `top` is the width of the whole scale."""
    if low is None or high is None or top <= 0:
        return Markup("")
    sure, maybe = 160 * low / top, 160 * (high - low) / top
    return Markup(
        '<svg class="bar" viewBox="0 0 160 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="160" height="1" y="9"/>'
        '<rect class="maybe" x="{:.1f}" width="{:.1f}" height="9"/>'
        '<rect class="sure" width="{:.1f}" height="9"/></svg>'
    ).format(sure, maybe, sure)


def share_bar(parts: Sequence[tuple[str, int]], title: str) -> Markup:
    """One bar divided between (class name, amount), in order."""
    total = sum(amount for _, amount in parts)
    if total <= 0:
        return Markup("")
    left, rects = 0.0, []
    for name, amount in parts:
        width = 720 * amount / total
        if amount:
            rects.append(
                Markup('<rect class="{}" x="{:.1f}" width="{:.1f}" height="14"/>').format(
                    name, left, max(width - 1.5, 1)
                )
            )
        left += width
    return Markup(
        '<svg class="share" viewBox="0 0 720 14" preserveAspectRatio="none" role="img">'
        "<title>{}</title>{}</svg>"
    ).format(title, Markup("").join(rects))


def day_columns(columns: Sequence[Column], title: str) -> Markup:
    """Columns of minutes by day: solid to the lower bound, paler on to the upper; hollow where withheld."""
    width, height, left, foot = 720, 210, 44, 40
    plot, floor = height - foot - 14, height - foot
    step, top = scale(max((column.high or 0 for column in columns), default=0))
    pitch = (width - left) / max(len(columns), 1)
    bar = min(pitch * 0.62, 46)
    parts = [_grid(value, floor - plot * value / top, left, width) for value in range(0, top + 1, step)]
    for number, column in enumerate(columns):
        middle = left + pitch * (number + 0.5)
        parts.append(_column(column, middle, bar, floor, plot / top))
        if len(columns) <= 16 or number % 5 == 0:
            parts.append(
                Markup(
                    '<text class="tick" x="{0:.1f}" y="{1}">{2}</text>'
                    '<text class="tick sub" x="{0:.1f}" y="{3}">{4}</text>'
                ).format(middle, floor + 16, column.label, floor + 30, column.sub)
            )
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img"><title>{}</title>{}</svg>').format(
        width, height, title, Markup("").join(parts)
    )


def _grid(value: int, y: float, left: int, width: int) -> Markup:
    return Markup(
        '<line class="{}" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="axis" x="{}" y="{:.1f}">{:,}</text>'
    ).format("grid" if value else "base", left, width, y, y, left - 8, y + 4, value)


def _column(column: Column, middle: float, bar: float, floor: float, scale_y: float) -> Markup:
    x = middle - bar / 2
    if column.low is None or column.high is None:
        if not column.note:
            return Markup("")
        hollow = (
            '<rect class="empty" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="16"><title>{}</title></rect>'
        )
        hint = f"{column.label} {column.sub}: {column.note}"
        return Markup(hollow).format(x, floor - 17, bar, hint)
    low, high = column.low * scale_y, column.high * scale_y
    hint = f"{column.label} {column.sub}: {column.low:,} to {column.high:,} minutes"
    return Markup(
        '<g><title>{0}</title><rect class="maybe" x="{1:.1f}" y="{2:.1f}" width="{3:.1f}" height="{4:.1f}"/>'
        '<rect class="sure" x="{1:.1f}" y="{5:.1f}" width="{3:.1f}" height="{6:.1f}"/></g>'
    ).format(hint, x, floor - high, bar, high - low, floor - low, low)


def scale(most: int) -> tuple[int, int]:
    """(step, top) of an axis from 0: three to five round steps that hold `most`."""
    power = 1
    while True:
        for step in (digit * power for digit in _STEPS):
            if step * 5 >= most:
                return step, max(step * -(-most // step), step)
        power *= 10
