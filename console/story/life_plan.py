"""What the story of a version's life is made of: its days, its registry, which step is killed, how long each took."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import tomlkit
from icalendar import Calendar

from core import branches_edit
from core.branches import Cycle
from core.versions import Version
from release import schedule
from release.plan import plan

BRANCH, NEXT = "1.3", "1.4"
SECURITY, END = date(2028, 4, 4), date(2028, 10, 3)
LATER = 2029  # the year that 1.4.0 is moved to: nobody makes its releases while 1.3 lives
SOURCES = (".tgz", ".tar.xz", ".json", ".txt", ".asc", ".tlog-proof", "SHA256SUMS")  # and nothing built
NOTHING_ELSE = ("Include/patchlevel.h", "README.md", "Misc/NEWS.d/")  # what a release commit may change


@dataclass(frozen=True)
class Cut:
    """A release of the life: `ref` is the git branch that it is cut from, `section` that of its own news entry."""

    version: str
    day: date
    ref: str = BRANCH
    section: str = "Library"

    @property
    def eve(self) -> date:
        """The day on which its last change is made and built."""
        return self.day - timedelta(days=1)


ALPHA = Cut("1.3.0a1", date(2026, 10, 13), "main")
BETA = Cut("1.3.0b1", date(2027, 5, 4), "main")
CANDIDATE = Cut("1.3.0rc1", date(2027, 7, 27))
FINAL = Cut("1.3.0", date(2027, 10, 5))
BUGFIX = Cut("1.3.1", date(2028, 3, 28))  # the last one with bug fixes, a week before there are none any more
LAST = Cut("1.3.2", date(2028, 6, 6), section="Security")
CUTS = (ALPHA, BETA, CANDIDATE, FINAL, BUGFIX, LAST)


def registry() -> str:
    """The registry of a project whose only version is 1.3, with half a year of bug fixes and half a year of others."""
    rows = "".join(
        f'\n[[release."{BRANCH}"]]\nstage = "{Version.parse(cut.version).stage()}"\n'
        f'state = "expected"\ndate = {cut.day}\n'
        for cut in CUTS
    )
    return f"""\
[metadata."{BRANCH}"]
release-manager = "release-manager"
start-of-development = 2026-05-05
feature-freeze = {BETA.day}
first-release = {FINAL.day}
end-of-bugfix = {SECURITY}
end-of-life = {END}

[cycle."{BRANCH}"]
template = "modern"
year = {FINAL.day.year}
{rows}"""


def postponed(document: tomlkit.TOMLDocument) -> bool:
    """A change of the registry: 1.4 is planned anew by the same template, for a later year."""
    rows = schedule.plan(NEXT, Cycle("modern", LATER))
    days = {row.version: row.date for row in rows}
    final = days[f"{NEXT}.0"]
    fields = {
        **document["metadata"][NEXT].unwrap(),
        "feature-freeze": days[f"{NEXT}.0b1"],
        "first-release": final,
        "end-of-bugfix": final + (SECURITY - FINAL.day),
        "end-of-life": final + (END - FINAL.day),
    }
    releases = [{"stage": Version.parse(row.version).stage(), "state": "expected", "date": row.date} for row in rows]
    cycle = {"template": "modern", "year": LATER}
    return branches_edit.unborn(NEXT)(document) and branches_edit.born(NEXT, fields, releases, cycle)(document)


# --- kills ---


def kill_of_cut(chance: random.Random, version: str) -> str:
    """`step:before` or `step:after`, of any step of cutting `version` for real."""
    step = chance.choice(plan(Version.parse(version), "real")).id
    return f"{step}:{chance.choice(('before', 'after'))}"


def kill_of_turn(chance: random.Random, rows: Sequence[Mapping[str, Any]]) -> str:
    """The same for a transition, of those steps of its plan that are still to be done. Raises IndexError for none."""
    steps = [str(row["id"]) for row in rows if row["state"] in ("to do", "for good")]
    return f"{chance.choice(steps)}:{chance.choice(('before', 'after'))}"


def people_do(version: str) -> set[str]:
    """The steps of a real cut that wait for somebody's answer: they are tried twice anyway."""
    return {step.id for step in plan(Version.parse(version), "real") if step.what.startswith("a task")}


# --- what is read off ---


def times(output: str) -> dict[str, float]:
    """Seconds by step, from what `camelot release cut` printed."""
    rows = re.findall(r"^\[ *\d+/\d+\] done +(\S+)(?: ([\d.]+) s)?$", output, re.MULTILINE)
    return {step: float(seconds or 0) for step, seconds in rows}


def events(calendar: str) -> dict[str, tuple[date, str, int]]:
    """Day, status and sequence of each event, by the part of its UID that names it (`rabbit-1.3.0b1`)."""
    found: Any = Calendar.from_ical(calendar)
    return {
        str(event["uid"]).partition("@")[0]: (event["dtstart"].dt, str(event["status"]), int(event["sequence"]))
        for event in found.walk("VEVENT")
    }


def built_things(names: Sequence[str]) -> list[str]:
    """Those published files that are no sources."""
    return [name for name in names if not name.endswith(SOURCES)]


def entry(cut: Cut, issue: int, number: int) -> tuple[str, str]:
    """Path and text of the news entry that a release's own change brings."""
    folder = f"Misc/NEWS.d/next/{cut.section}"
    name = f"{cut.eve.isoformat()}-10-00-00.gh-issue-{issue}.Lf3a{number:02}.rst"
    return f"{folder}/{name}", f"Mend number {number} of what was broken, in time for {cut.version}.\n"
