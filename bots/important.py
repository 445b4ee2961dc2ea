"""Which files can change what a build or a test says. A push of none of them is not built.

Source: `is_important_file` of python/buildmaster-config, master.cfg, where a comma that is missing between two folders
makes changes in either schedule the whole fleet. Below Misc/ a few files are read by configure, make or a test.
"""

from __future__ import annotations

from collections.abc import Iterable

FOLDERS = (".azure-pipelines/", ".devcontainer/", ".github/", "Doc/", "InternalDocs/", "Misc/")
ENDINGS = (".md", ".rst", ".yml", ".yaml")
NAMES = frozenset({".editorconfig", ".gitattributes", ".gitignore", ".mailmap", ".ruff.toml", "LICENSE", "README"})

BUILT = ("Misc/platform_triplet.c", "Misc/stable_abi.toml", "Misc/python-config", "Misc/python.pc", "Misc/python-embed")


def is_important(path: str) -> bool:
    """`path` is relative to the repository, with slashes."""
    if path.startswith(BUILT):
        return True
    return not (path.startswith(FOLDERS) or path.endswith(ENDINGS) or path in NAMES)


def matters(paths: Iterable[str]) -> bool:
    """Whether a change of these is built. GitHub names no file of a very large push: that is built too."""
    known = list(paths)
    return not known or any(is_important(path) for path in known)
