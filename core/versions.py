"""A version number as releases bear it: 3.14.0, 3.14.0a1, 3.14.0rc1; with a `+` it is the tree after that release."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import total_ordering

LEVELS = ("a", "b", "rc", "final")  # in the order in which a release passes through them
LEVEL_NAMES = {"a": "alpha", "b": "beta", "rc": "release candidate", "final": "final"}

_STAGE_LEVELS = {"alpha": "a", "beta": "b", "candidate": "rc", "rc": "rc", "release candidate": "rc", "final": "final"}
_STAGE = re.compile(
    r"(\d+\.\d+\.\d+)(?: (alpha|beta|candidate|release candidate|rc|final)(?: ?([1-9]\d*))?)?", re.ASCII
)
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:(a|b|rc)(\d+))?(\+(?:dev)?)?", re.ASCII)
PLUS_DEV = (3, 15)  # from this feature version on CPython's trees say `+dev` after a release, before only `+`


@total_ordering
@dataclass(frozen=True)
class Version:
    """One release. Orders as releases do: 3.14.0a1 < 3.14.0b1 < 3.14.0rc1 < 3.14.0 < 3.14.1."""

    major: int
    minor: int
    micro: int
    level: str = "final"
    serial: int = 0
    dev: bool = False  # the tree after this release and before the next one, written with a `+` (or `+dev`)

    @classmethod
    def parse(cls, text: str) -> Version:
        """The version that `text` names. Raises ValueError with the forms that are taken."""
        found = _VERSION.fullmatch(text)
        if found is None or (found[5] is not None and int(found[5]) == 0):
            raise ValueError(f"{text!r} is not a version: write 3.14.0, 3.14.0a1, 3.14.0b1 or 3.14.0rc1")
        major, minor, micro = (int(found[n]) for n in (1, 2, 3))
        return cls(major, minor, micro, found[4] or "final", int(found[5] or 0), bool(found[6]))

    @classmethod
    def of_tree(cls, text: str) -> Version:
        """What a tree calls itself: a version, or `3.15.0a0` before its branch's first release. Raises ValueError."""
        found = _VERSION.fullmatch(text)
        if found and found[4] == "a" and int(found[5]) == 0:
            major, minor, micro = (int(found[n]) for n in (1, 2, 3))
            return cls(major, minor, micro, "a", 0, bool(found[6]))
        return cls.parse(text)

    @classmethod
    def of_stage(cls, text: str) -> Version:
        """The version that a release schedule calls `3.14.0 alpha 1`, `3.14.0 candidate 1`, `3.14.0 final`, `3.14.1`.

        Raises ValueError with the forms that are taken.
        """
        found = _STAGE.fullmatch(text)
        level = _STAGE_LEVELS[found[2] or "final"] if found else ""
        if found is None or (level == "final") != (found[3] is None):
            raise ValueError(
                f"{text!r} is not a stage: write 3.14.0 alpha 1, 3.14.0 beta 1, 3.14.0 candidate 1 or 3.14.1"
            )
        return cls.parse(found[1] if level == "final" else f"{found[1]}{level}{found[3]}")

    @property
    def branch(self) -> str:
        """The line of development that it belongs to, `3.14` for 3.14.0a1."""
        return f"{self.major}.{self.minor}"

    @property
    def is_final(self) -> bool:
        return self.level == "final"

    def released(self) -> Version:
        """The same version without the `+`."""
        return replace(self, dev=False)

    def _key(self) -> tuple[int, int, int, int, int, bool]:
        return (self.major, self.minor, self.micro, LEVELS.index(self.level), self.serial, self.dev)

    def __lt__(self, other: Version) -> bool:
        return self._key() < other._key()

    def __str__(self) -> str:
        suffix = "" if self.is_final else f"{self.level}{self.serial}"
        return f"{self.major}.{self.minor}.{self.micro}{suffix}{self._after()}"

    def spoken(self) -> str:
        """As a heading says it: `3.14.0 alpha 1`, `3.14.0`."""
        number = f"{self.major}.{self.minor}.{self.micro}"
        spoken = number if self.is_final else f"{number} {LEVEL_NAMES[self.level]} {self.serial}"
        return spoken + self._after()

    def _after(self) -> str:
        if not self.dev:
            return ""
        return "+dev" if (self.major, self.minor) >= PLUS_DEV else "+"

    def stage(self) -> str:
        """As a release schedule calls it: `3.14.0 candidate 1`, `3.14.0 final`, `3.14.1`."""
        number = f"{self.major}.{self.minor}.{self.micro}"
        if self.is_final:
            return number if self.micro else f"{number} final"
        return f"{number} {'candidate' if self.level == 'rc' else LEVEL_NAMES[self.level]} {self.serial}"


def branch_key(name: str) -> tuple[int, int]:
    """Sorts branch names by number, so that 3.9 comes before 3.10. Raises ValueError for `main`."""
    major, _, minor = name.partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        raise ValueError(f"{name!r} is not a maintenance branch: write two numbers, as in 3.14")
    return int(major), int(minor)
