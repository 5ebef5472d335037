"""The picture of cost against size: CPU time and peak memory of captures of growing size, as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measures import Size
from bench.tools import ROOT

PICTURE = ROOT / "docs" / "pictures" / "cost.svg"
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 360, 240, 52, 200, 36
INK, LINE = "#24415e", "#c3ccd5"


def draw(sizes: Sequence[Size]) -> str:
    """Two panels over the same axis, each from zero, so that a straight line through the corner is proportional."""
    gigabytes = [each.gigabytes for each in sizes]
    time = _panel("CPU time, s", gigabytes, [each.cpu_seconds for each in sizes], 0)
    memory = _panel("peak memory, MB", gigabytes, [each.peak_bytes / 1e6 for each in sizes], WIDTH)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">\n'
        "<title>CPU time and peak memory against the size of the capture</title>\n"
        f'<rect width="{2 * WIDTH}" height="{HEIGHT}" fill="white"/>\n{time}{memory}</svg>\n'
    )


def _panel(name: str, gigabytes: Sequence[float], values: Sequence[float], left: int) -> str:
    most_x, most_y = max(gigabytes), 1.15 * max(values)

    def x(value: float) -> float:
        return left + LEFT + (WIDTH - LEFT - 24) * value / most_x

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / most_y

    points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(gigabytes, values, strict=True))
    parts = [
        f'<text x="{left + LEFT}" y="20" font-weight="bold">{name}</text>',
        f'<path d="M{x(0):.1f} {TOP} V{BOTTOM} H{x(most_x):.1f}" fill="none" stroke="{LINE}"/>',
        f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="2"/>',
    ]
    for a, b in zip(gigabytes, values, strict=True):
        parts.append(f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3"/>')
        parts.append(f'<text x="{x(a):.1f}" y="{y(b) - 8:.1f}" text-anchor="middle">{b:.3g}</text>')
        parts.append(f'<text x="{x(a):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{a:.3g}</text>')
    parts.append(f'<text x="{x(most_x):.1f}" y="{BOTTOM + 34}" text-anchor="end">GB</text>')
    return "\n".join(parts) + "\n"


def write_picture(sizes: Sequence[Size]) -> None:
    PICTURE.write_text(draw(sizes))
