"""Templates of a cycle: rules in a file that give every day of it, and say why."""

from __future__ import annotations

import calendar
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "templates.toml"
ORDINALS = ("first", "second", "third", "fourth")
WEEKDAYS, MONTHS = list(calendar.day_name), list(calendar.month_name)
_NTH = re.compile(rf"({'|'.join(ORDINALS)}) ({'|'.join(WEEKDAYS)}) of ({'|'.join(MONTHS[1:])})( before)?")
_COUNTED = re.compile(r"(\w+) ([+-]) (\w+) d(?: x (\d+))?", re.ASCII)


class TemplateError(ValueError):
    """A template, or what is asked of it, cannot be used; one sentence with the remedy."""


@dataclass(frozen=True)
class Day:
    """A day that a rule gave, and the rule in words."""

    date: date
    why: str


@dataclass(frozen=True)
class Template:
    """`steps`: what each release (`a1` ... `final`) goes by, in the order in which a cycle passes through them."""

    name: str
    title: str
    steps: Mapping[str, str]
    parameters: Mapping[str, int]

    def days(self, year: int, parameters: Mapping[str, int] | None = None) -> dict[str, Day]:
        """Every day of the cycle whose X.Y.0 falls into `year`. Raises TemplateError."""
        given = dict(parameters or {})
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise TemplateError(f"template {self.name} has no parameter {unknown[0]!r}; it has {known}")
        if not 1990 <= year <= 9000:
            raise TemplateError(f"{year} is no year of a release: write the year of X.Y.0, as in 2028")
        found: dict[str, Day] = {}
        for step in self.steps:
            self._day(step, year, {**self.parameters, **given}, found, ())
        return {step: found[step] for step in self.steps}

    def _day(
        self, step: str, year: int, numbers: Mapping[str, int], found: dict[str, Day], below: tuple[str, ...]
    ) -> Day:
        if step in below or step not in self.steps:
            raise TemplateError(f"template {self.name}: {step} is counted from itself, or from nothing: correct it")
        if step not in found:
            rule = self.steps[step]
            if nth := _NTH.fullmatch(rule):
                found[step] = _nth(nth, year)
            elif counted := _COUNTED.fullmatch(rule):
                base = self._day(counted[1], year, numbers, found, (*below, step))
                found[step] = _counted(counted, base, numbers, self.name)
            else:
                raise TemplateError(f"template {self.name}: {step} = {rule!r} is no rule: see the top of the file")
        return found[step]


def _nth(found: re.Match[str], year: int) -> Day:
    which, weekday, month = ORDINALS.index(found[1]), WEEKDAYS.index(found[2]), MONTHS.index(found[3])
    of = year - 1 if found[4] else year
    return Day(nth_weekday(of, month, weekday, which), f"{found[1]} {found[2]} of {found[3]} {of}")


def nth_weekday(year: int, month: int, weekday: int, which: int) -> date:
    """The day in the month: weekday 0 is Monday, which 0 is the first."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * which)


def _counted(found: re.Match[str], base: Day, numbers: Mapping[str, int], name: str) -> Day:
    number = int(found[3]) if found[3].isdecimal() else numbers.get(found[3])
    if number is None:
        raise TemplateError(f"template {name} has no parameter {found[3]!r}: add it to [{name}.parameters]")
    times = int(found[4] or 1)
    distance = timedelta(days=number * times * (-1 if found[2] == "-" else 1))
    sign, more = ("−" if found[2] == "-" else "+"), (f" × {times}" if times > 1 else "")  # noqa: RUF001
    return Day(base.date + distance, f"{found[1]} {sign} {number} d{more}")


@cache
def templates() -> Mapping[str, Template]:
    """All templates, by name."""
    document: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: Template(name, table["title"], table["steps"], table.get("parameters", {}))
        for name, table in document.items()
    }


def template(name: str) -> Template:
    """The template called so. Raises TemplateError that names those that there are."""
    found = templates().get(name)
    if found is None:
        raise TemplateError(f"there is no template {name!r}: choose one of {', '.join(templates())}")
    return found
