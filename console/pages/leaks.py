"""How many tests leak, over the last hunts on each branch: a table, and a picture made on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, TypeAlias

from markupsafe import Markup

from console import rows
from console.pages.asked import Asked
from core import standings

Found: TypeAlias = "dict[str, Any]"
HUNTS = 40  # columns of a picture
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 480, 150, 34, 12, 26
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:light-dark(#59606e,#a3abba)}"
    ".line{stroke:light-dark(#d9dce3,#363b47)}"
    ".leak{fill:light-dark(#b3141f,#ff938f)}.clean{fill:light-dark(#116a33,#6fd394)}"
)


def leaks(asked: Asked) -> Found:
    """The branches on which somebody hunts for leaks, each with its picture and its newest hunts."""
    found = []
    for ref, version, _ in rows.live_refs(asked.registry, asked.today):
        if hunts := standings.leaks_of(asked.engine, ref, HUNTS):
            found.append(
                {
                    "ref": ref,
                    "version": version,
                    "sentence": _sentence(hunts),
                    "hunts": hunts[::-1],
                }
            )
    return {"branches": found}


def drawing(asked: Asked) -> str | None:
    """The picture of one branch alone; None where nobody hunts."""
    ref = asked.match["branch"]
    hunts = standings.leaks_of(asked.engine, ref, HUNTS)
    return picture(hunts, ref, f"<style>{STYLE}</style>") if hunts else None


def inline(hunts: Sequence[Mapping[str, Any]], ref: str) -> Markup:
    """The picture within a page, whose own sheet has its colours; from hunts as the page has them, newest first."""
    return Markup(picture(hunts[::-1], ref))  # noqa: S704 (made here; every word of others in it is escaped)


def _sentence(hunts: Sequence[Mapping[str, Any]]) -> str:
    """What a listener hears instead of the picture."""
    leaking = sum(row["tests"] > 0 for row in hunts)
    last = hunts[-1]
    now = f"{last['tests']} tests leak" if last["tests"] != 1 else "1 test leaks"
    return f"{now} in the newest hunt; {leaking} of the last {len(hunts)} found something."


def picture(hunts: Sequence[Mapping[str, Any]], ref: str, style: str = "") -> str:
    """A bar a hunt, oldest on the left: as high as tests leak; a clean one is a short green mark."""
    top = _round_up(max(row["tests"] for row in hunts))
    floor = HEIGHT - BOTTOM
    step = (WIDTH - LEFT - 8) / HUNTS
    label = escape(f"Tests that leak on {ref}. {_sentence(hunts)}")
    space = "http://www.w3.org/2000/svg"
    parts = [f'<svg xmlns="{space}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{style}']
    for value in dict.fromkeys((0, top // 2, top)):
        y = floor - (floor - TOP) * value / top
        parts.append(f'<line class="line" x1="{LEFT}" x2="{WIDTH - 4}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>')
    start = LEFT + 4
    for place, row in enumerate(hunts):
        parts.append(_bar(row, start + step * place, step * 0.7, floor, top))
    first, last = str(hunts[0]["at"])[:10], str(hunts[-1]["at"])[:10]
    parts.append(f'<text x="{start:.1f}" y="{HEIGHT - 8}">{escape(first)}</text>')
    if first != last:
        end = max(start + step * len(hunts), start + 170)  # beside the first day, not upon it
        parts.append(f'<text x="{end:.1f}" y="{HEIGHT - 8}" text-anchor="end">{escape(last)}</text>')
    return "".join([*parts, "</svg>"])


def _bar(row: Mapping[str, Any], x: float, width: float, floor: int, top: int) -> str:
    height = max(3.0, (floor - TOP) * row["tests"] / top)
    names = ", ".join(row["names"]) or "none"
    title = f"{row['builder']} {str(row['commit'])[:10]}, {str(row['at'])[:16]}: {names}"
    look = "leak" if row["tests"] else "clean"
    return (
        f'<rect class="{look}" x="{x:.1f}" y="{floor - height:.1f}" width="{width:.1f}" height="{height:.1f}">'
        f"<title>{escape(title)}</title></rect>"
    )


def _round_up(most: int) -> int:
    """The top of the axis: a number that divides by two and leaves room."""
    return max(2, most + most % 2)
