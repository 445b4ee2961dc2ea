"""Look at published files as a user would: nothing but the folder is needed, and no network.

Without keys of your own, the key that lies beside the files is used: this finds every change of a byte, but anybody
could have put key and files there together. Give the keys that you trust to find that too.
"""

from __future__ import annotations

import json
import lzma
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key

from release import artifacts, sbom, sign

CHECKSUMS, KEY_FILE, ENVELOPE, SBOM = "SHA256SUMS", "signing-key.json", ".dsse.json", ".spdx.json"

UNREADABLE = (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError)  # what a changed byte makes of it


@dataclass(frozen=True)
class Problem:
    """What is wrong with which file."""

    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.text}"


def verify(directory: Path, keys: Sequence[Key] | None = None) -> list[Problem]:
    """Everything that is wrong with a published folder; nothing found means that it holds."""
    if not directory.is_dir():
        return [Problem(directory.name, "no such folder: give the folder of one published version")]
    envelopes = sorted(directory.glob(f"*{ENVELOPE}"))
    if len(envelopes) != 1:
        return [Problem(f"*{ENVELOPE}", f"{len(envelopes)} signatures in {directory.name}: there must be exactly one")]
    return [
        *_signature(directory, envelopes[0], keys),
        *_subjects(directory, envelopes[0]),
        *_checksums(directory),
        *_inventories(directory),
    ]


def _signature(directory: Path, envelope: Path, keys: Sequence[Key] | None) -> Iterator[Problem]:
    try:
        trusted = list(keys) if keys is not None else [beside(directory)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Problem(KEY_FILE, f"not a public key: {error}")
        return
    try:
        sign.opened(envelope.read_bytes(), trusted)
    except sign.SignatureError as error:
        yield Problem(envelope.name, str(error))


def beside(directory: Path) -> Key:
    """The public key that was published with the files. Raises OSError, ValueError or KeyError."""
    tree = json.loads((directory / KEY_FILE).read_bytes())
    keyid = tree.pop("keyid")
    return Key.from_dict(keyid, tree)


def _subjects(directory: Path, envelope: Path) -> Iterator[Problem]:
    """The signed statement names every file but its own, and nothing else."""
    try:
        claim = sign.peek(envelope.read_bytes())
        named = {row["name"]: row["digest"]["sha256"] for row in claim["subject"]}
    except (sign.SignatureError, KeyError, TypeError):
        return  # the signature's own check has said so
    present = {path.name for path in directory.iterdir()} - {envelope.name}
    for name in sorted(present - set(named)):
        yield Problem(name, "nobody signed for this file: take it out, or do not trust the folder")
    yield from _differing(directory, named, "the signed statement")


def _checksums(directory: Path) -> Iterator[Problem]:
    listing = directory / CHECKSUMS
    if not listing.is_file():
        return  # a signed file that is missing was named already
    rows = [line.split("  ", 1) for line in listing.read_text(encoding="utf-8", errors="replace").splitlines()]
    if any(len(row) != 2 for row in rows):
        yield Problem(CHECKSUMS, "a line is not '<sha256>  <file>'")
        return
    yield from _differing(directory, {name: value for value, name in rows}, CHECKSUMS)


def _differing(directory: Path, named: dict[str, str], by: str) -> Iterator[Problem]:
    for name in sorted(named):
        path = directory / name
        if not path.is_file():
            yield Problem(name, f"missing, though {by} names it")
        elif artifacts.sha256(path) != named[name]:
            yield Problem(name, f"differs from what {by} says: a byte of it was changed; download it again")


def _inventories(directory: Path) -> Iterator[Problem]:
    for path in sorted(directory.glob(f"*{SBOM}")):
        tarball = directory / path.name.removesuffix(SBOM)
        try:
            listed = json.loads(path.read_bytes())
            found = sbom.contents(tarball)
            yield from _inventory(path.name, listed, found)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            yield Problem(path.name, f"not an SBOM: {error}")
        except UNREADABLE as error:
            yield Problem(tarball.name, f"cannot be unpacked: {error}")


def _inventory(name: str, listed: dict[str, Any], found: dict[str, tuple[str, str]]) -> Iterator[Problem]:
    promised = {
        entry["fileName"].removeprefix("./"): tuple(row["checksumValue"] for row in entry["checksums"])
        for entry in listed["files"]
    }
    for path in sorted(set(promised) ^ set(found)):
        yield Problem(name, f"{path} is in only one of tarball and SBOM")
    for path in sorted(set(promised) & set(found)):
        if promised[path] != found[path]:
            yield Problem(name, f"{path} inside the tarball is another file than the SBOM says")
    code = listed["packages"][0]["packageVerificationCode"]["packageVerificationCodeValue"]
    if code != sbom.verification_code(found):
        yield Problem(name, "the verification code does not fit the files of the tarball")
