"""The cycle chart: branches down, years across, each phase in its colour, and a line for today.

Same registry and same day, same bytes. Text and lines take the page's colour, so that it reads on dark and light.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from xml.sax.saxutils import escape

from core.branches import Branch, Registry

WIDTH, LEFT, RIGHT = 960, 56, 24
ROW, TOP, BOTTOM = 30, 34, 34
FONT = 'font-family="system-ui, sans-serif" font-size="13"'
# On its own the picture has no page to take its colour from; inside a page this rule matches nothing.
DARK = "<style>@media (prefers-color-scheme: dark){svg:root{color:#e6e6e6;background:#16181d}}</style>"
COLOURS = {
    "feature": "#7b61c9",
    "prerelease": "#c76b1f",
    "bugfix": "#2f8f4e",
    "security": "#b8930b",
    "end-of-life": "#8a8f98",
}


def svg(registry: Registry, today: date, alone: bool = True) -> str:
    """The chart as one SVG document; within a page (not `alone`) it brings no style: the page's policy forbids it."""
    branches = list(reversed(registry.branches))
    if not branches:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>\n'
    scale = _Scale(min(branch.turns[0].day for branch in branches), max(branch.turns[-1].day for branch in branches))
    height = TOP + ROW * len(branches) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {FONT}>',
        *([DARK] if alone else []),
        f"<title>Release cycle of {len(branches)} branches on {today}</title>",
        *_years(scale, height - 24),
    ]
    for position, branch in enumerate(branches):
        parts += _row(branch, TOP + ROW * position, scale, today)
    parts += [*_today(scale, today, height - 24), *_legend(height), "</svg>"]
    return "\n".join(parts) + "\n"


class _Scale:
    """Days to pixels, whole years."""

    def __init__(self, first: date, last: date) -> None:
        self.first = date(first.year, 1, 1)
        self.years = range(first.year, last.year + 2)
        self.days = (date(last.year + 1, 1, 1) - self.first).days

    def x(self, day: date) -> str:
        inside = min(max((day - self.first).days, 0), self.days)
        return f"{LEFT + inside * (WIDTH - LEFT - RIGHT) / self.days:.1f}"


def _years(scale: _Scale, height: int) -> list[str]:
    parts = []
    for year in scale.years:
        x = scale.x(date(year, 1, 1))
        parts.append(f'<line x1="{x}" y1="22" x2="{x}" y2="{height}" stroke="currentColor" stroke-opacity="0.15"/>')
        parts.append(f'<text x="{x}" y="15" text-anchor="middle" fill="currentColor">{year}</text>')
    return parts


def _row(branch: Branch, y: int, scale: _Scale, today: date) -> list[str]:
    status = branch.status(today).value
    phases = [(one.status.value, one.day, other.day) for one, other in pairwise(branch.turns)]
    faint = ' opacity=".75"' if status == "end-of-life" else ""
    place = f'x="{LEFT - 10}" y="{y + 17}" text-anchor="end" fill="currentColor"{faint}'
    parts = [f'<g class="branch {status}">', f"<text {place}>{escape(branch.version)}</text>"]
    parts += [_bar(branch, name, begin, end, y, scale, status) for name, begin, end in phases if end > begin]
    return [*parts, "</g>"]


def _bar(branch: Branch, name: str, begin: date, end: date, y: int, scale: _Scale, status: str) -> str:
    width = float(scale.x(end)) - float(scale.x(begin))
    dead = status == "end-of-life"
    colour, opacity = COLOURS["end-of-life" if dead else name], "1" if name == status else ".45"
    words = f"{branch.version} {name}: {begin} to {end}" + (" (end of life reached)" if dead else "")
    return (
        f'<rect class="{name}" x="{scale.x(begin)}" y="{y + 4}" width="{width:.1f}" height="{ROW - 10}" rx="2" '
        f'fill="{colour}" fill-opacity="{opacity}"><title>{escape(words)}</title></rect>'
    )


def _today(scale: _Scale, today: date, height: int) -> list[str]:
    x = scale.x(today)
    line = f'x1="{x}" y1="22" x2="{x}" y2="{height}" stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3"'
    return [f'<line class="today" {line}><title>Today: {today}</title></line>']


def _legend(height: int) -> list[str]:
    """The phases by their colours, below the rows."""
    parts = []
    for position, (name, colour) in enumerate(COLOURS.items()):
        x, y = LEFT + 120 * position, height - 8
        parts.append(f'<rect x="{x}" y="{y - 10}" width="11" height="11" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{x + 17}" y="{y}" fill="currentColor">{name}</text>')
    return parts
