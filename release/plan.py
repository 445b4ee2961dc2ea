"""The steps of a release, in order: pure, so that it can be shown before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass

from core.versions import Version


@dataclass(frozen=True)
class Planned:
    """One step: what it is called for good, and what it does in this release."""

    id: str
    title: str
    what: str


def ref_of(version: Version) -> str:
    """The git branch that a version is cut from: main until its first beta, then its own."""
    first_beta = version.level == "b" and version.serial == 1
    return "main" if version.level == "a" or first_beta else version.branch


def plan(version: Version, mode: str = "rehearse") -> list[Planned]:
    """Every step of cutting `version`; in mode `rehearse` nothing is pushed but into a copy of the repository."""
    tag, ref = f"v{version}", ref_of(version)
    target = "a copy of the repository" if mode == "rehearse" else "the repository"
    after = Version(version.major, version.minor, version.micro, version.level, version.serial, dev=True)
    rows = (
        ("gates", "May it be cut?", f"ask every gate for {version}; stop at the first that blocks, with all reasons"),
        ("target", "Where it goes", f"make ready {target}, with {ref} at the commit that passed the gates"),
        ("clone", "Work tree", f"clone it and check out {ref}"),
        ("news", "News", f"gather the waiting entries into {version}.rst"),
        ("bump", "Version", f"write {version} into patchlevel.h and the README"),
        ("commit", "Release commit", f"commit both as 'Camelot {version}'"),
        ("tag", "Tag", f"tag that commit {tag}"),
        ("post", "After the release", f"write {after} and commit it"),
        ("push", "Push", f"push {ref} and {tag} to {target}, both or neither"),
        ("tarballs", "Tarballs", "make .tgz and .tar.xz from the tag"),
        ("reproduce", "Made again", "make them again under another umask, time zone, locale and hash seed; compare"),
        ("sbom", "SBOM", "list every file of each tarball with its checksums, as SPDX 2.3"),
        ("checksums", "Checksums", "write SHA256SUMS"),
        ("sign", "Signature", "sign a statement of all files and of the commit that they come from"),
        ("verify", "Verified", "check signature, checksums and lists as a user would, offline"),
        ("smoke", "Tried", "serve them on loopback; download, verify, configure, build, run and test"),
        ("publish", "Published", f"move them to downloads/{version} in one rename; renew the index"),
        ("fetch", "Fetched", f"download downloads/{version} once more and compare with what was tried"),
        ("record", "Recorded", "write down what was published"),
        ("announce", "Announcement", "write the text that tells people"),
    )
    return [Planned(*row) for row in rows]
