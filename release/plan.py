"""The steps of a release, in order: pure, so that it can be shown before anything is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.versions import Version


@dataclass(frozen=True)
class Planned:
    """One step: what it is called for good, and what it does in this release."""

    id: str
    title: str
    what: str


def is_first_beta(version: Version) -> bool:
    """With it features are frozen: its branch is born, and main goes on to the next feature version (PEP 101)."""
    return version.level == "b" and version.serial == 1


def ref_of(version: Version) -> str:
    """The git branch that a version is cut from: main until its first beta, then its own."""
    return "main" if version.level == "a" or is_first_beta(version) else version.branch


def following(version: Version) -> Version:
    """What main says after the first beta: the next feature version, before its first alpha."""
    return Version(version.major, version.minor + 1, 0, "a", 0)


def changes(before: Sequence[Planned], after: Sequence[Planned]) -> list[str]:
    """How a plan differs from an earlier one, a line a step: `+ id: what`, `- id: what`; empty when it is the same."""
    old, new = ({step.id: step.what for step in steps} for steps in (before, after))
    gone = [f"- {name}: {what}" for name, what in old.items() if new.get(name) != what]
    come = [f"+ {name}: {what}" for name, what in new.items() if old.get(name) != what]
    return gone + come


def plan(version: Version, mode: str = "rehearse") -> list[Planned]:
    """Every step of cutting `version`; in mode `rehearse` nothing is pushed but into a copy of the repository."""
    tag, ref = f"v{version}", ref_of(version)
    target = "a copy of the repository" if mode == "rehearse" else "the repository"
    after = Version(version.major, version.minor, version.micro, version.level, version.serial, dev=True)
    born = is_first_beta(version)
    moved = f"{version.branch}, main and {tag}, all" if born else f"{ref} and {tag}, both"
    undone = "nothing" if born else "neither"
    dates = "a copy of the registry" if mode == "rehearse" else "the registry"
    rows: list[tuple[str, str, str]] = [
        ("gates", "May it be cut?", f"ask every gate for {version}; stop at the first that blocks, with all reasons"),
        ("go", "Go or no-go", _asks(mode, "the release manager names the commit that is to be released")),
        ("target", "Where it goes", f"make ready {target}, with {ref} at the commit that passed the gates"),
        ("clone", "Work tree", f"clone it and check out {ref}"),
        ("news", "News", f"gather the waiting entries into {version}.rst"),
        (
            "bump",
            "Version",
            f"write {version} into patchlevel.h, the README and the documentation's directives that say next",
        ),
        ("commit", "Release commit", f"commit both as 'Camelot {version}'"),
        ("tag", "Tag", f"tag that commit {tag}"),
        ("post", "After the release", f"write {after} and commit it"),
        ("push", "Push", f"push {moved} or {undone}, to {target}"),
        ("tarballs", "Tarballs", "make .tgz and .tar.xz from the tag"),
        ("reproduce", "Made again", "make them again under another umask, time zone, locale and hash seed; compare"),
        ("sbom", "SBOM", "list every file of each tarball with its checksums, as SPDX 2.3"),
        ("checksums", "Checksums", "write SHA256SUMS"),
        ("sign", "Signature", "sign a statement of all files and of the commit that they come from"),
        ("verify", "Verified", "check signature, checksums and lists as a user would, offline"),
        ("smoke", "Tried", "serve them on loopback; download, verify, configure, build, run and test"),
        ("approve", "Approved", _asks(mode, "the release manager looks at the files and names their checksum")),
        ("publish", "Published", f"move them to downloads/{version} in one rename; renew the index"),
        ("fetch", "Fetched", f"download downloads/{version} once more and compare with what was tried"),
        ("record", "Recorded", "write down what was published"),
        ("registry", "Dates", f"write the day of {tag} into {dates}"),
        ("announce", "Announcement", "write the text that tells people"),
        ("told", "Announced", _asks(mode, "the release manager sends it and gives its address")),
    ]
    if born:
        coming = following(version)
        what = f"{version.branch} is a branch of its own now; on main write {coming} and begin its What's New"
        place = next(n for n, row in enumerate(rows) if row[0] == "push")
        rows.insert(place, ("branch", "A branch is born", what))
    return [Planned(*row) for row in rows]


def _asks(mode: str, what: str) -> str:
    """A step that a person does."""
    return "nobody is asked in a rehearsal" if mode == "rehearse" else f"a task, and the cut waits for it: {what}"
