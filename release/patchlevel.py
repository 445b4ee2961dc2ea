"""The version in the tree: the constants of Include/patchlevel.h and the first line of the README."""

from __future__ import annotations

import re
from pathlib import Path

from core.versions import Version

LEVELS = {"a": "ALPHA", "b": "BETA", "rc": "GAMMA", "final": "FINAL"}


class PatchlevelError(ValueError):
    """The file does not look as expected; one sentence with the remedy."""


def constants(version: Version) -> dict[str, str]:
    """What each macro is to hold."""
    return {
        "PY_MAJOR_VERSION": str(version.major),
        "PY_MINOR_VERSION": str(version.minor),
        "PY_MICRO_VERSION": str(version.micro),
        "PY_RELEASE_LEVEL": f"PY_RELEASE_LEVEL_{LEVELS[version.level]}",
        "PY_RELEASE_SERIAL": str(version.serial),
        "PY_VERSION": f'"{version}"',
    }


def read(text: str) -> Version:
    """The version that a patchlevel.h says. Raises PatchlevelError when its macros disagree."""
    found = {name: _value(text, name) for name in constants(Version(0, 0, 0))}
    version = Version.of_tree(found["PY_VERSION"].strip('"'))
    wrong = [name for name, value in constants(version).items() if found[name] != value]
    if wrong:
        raise PatchlevelError(f"patchlevel.h: {wrong[0]} is {found[wrong[0]]}, which is not {version}: make them agree")
    return version


def bumped(text: str, version: Version) -> str:
    """The file with `version` in every macro; all else, spacing included, stays."""
    for name, value in constants(version).items():
        _value(text, name)
        text = _macro(name).sub(lambda found, value=value: found[1] + value, text)  # type: ignore[misc]
    return text


def _value(text: str, name: str) -> str:
    found = _macro(name).findall(text)
    if len(found) != 1:
        raise PatchlevelError(f"patchlevel.h: {len(found)} lines define {name}: there must be exactly one")
    return str(found[0][1])


def _macro(name: str) -> re.Pattern[str]:
    return re.compile(rf"^(#define[ \t]+{name}[ \t]+)(\S+)", re.MULTILINE)


def readme_bumped(text: str, product: str, version: Version) -> str:
    """The README with its first line and the line below it made to fit. Raises PatchlevelError."""
    lines = text.split("\n")
    if not lines[0].startswith(f"This is {product} version ") or len(lines) < 2 or set(lines[1]) != {"="}:
        raise PatchlevelError(
            f"README: the first line is {lines[0]!r}: it must be 'This is {product} version X.Y.Z', underlined with ="
        )
    lines[0] = f"This is {product} version {version.spoken()}"
    lines[1] = "=" * len(lines[0])
    return "\n".join(lines)


def bump(root: Path, version: Version, patchlevel: str, readme: str, product: str) -> list[str]:
    """Write `version` into the tree at `root`; the files that changed, by their names."""
    changed = []
    header, first = root / patchlevel, root / readme
    for path, after in (
        (header, bumped(_text(header), version)),
        (first, readme_bumped(_text(first), product, version)),
    ):
        if after != _text(path):
            path.write_text(after, encoding="utf-8")
            changed.append(path.relative_to(root).as_posix())
    return changed


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PatchlevelError(f"{path.name}: not in the tree: add it, or correct its name in the settings") from None
