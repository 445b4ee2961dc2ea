"""Look at published files as a user would: nothing but the folder is needed, and no network.

Without keys of your own, the keys that lie beside the files are used: this finds every change of a byte, but anybody
could have put keys and files there together. Give a policy and the log's key that you trust to find that too.
"""

from __future__ import annotations

import json
import lzma
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key

from core.versions import Version
from release import artifacts, backends, log, sbom, sign
from release.note import NoteError, NoteKey
from release.policy import Policy

CHECKSUMS, KEY_FILE, LOG_KEY = "SHA256SUMS", "signing-key.json", "log-key.txt"
ENVELOPE, PROOF, SBOM = ".dsse.json", ".tlog-proof", ".spdx.json"
GPG_KEYS = "gpg-keys.asc"

UNREADABLE = (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError)  # what a changed byte makes of it


@dataclass(frozen=True)
class Problem:
    """What is wrong with which file."""

    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.text}"


@dataclass(frozen=True)
class Trust:
    """What somebody goes by. Where a part is not given, the folder's own word is taken for it."""

    keys: Sequence[Key] | None = None
    policy: Policy | None = None
    log_key: NoteKey | None = None


def verify(directory: Path, keys: Sequence[Key] | None = None, trust: Trust | None = None) -> list[Problem]:
    """Everything that is wrong with a published folder; nothing found means that it holds.

    `keys` alone is short for a trust in these keys and in nothing else.
    """
    found = sealed(directory, trust or Trust(keys))
    return [*found, *_detached(directory), *_inventories(directory)] if directory.is_dir() else found


def sealed(directory: Path, trust: Trust) -> list[Problem]:
    """The same without unpacking the tarballs: signature, signer, log, and the sum of every file."""
    if not directory.is_dir():
        return [Problem(directory.name, "no such folder: give the folder of one published version")]
    envelopes = sorted(directory.glob(f"*{ENVELOPE}"))
    if len(envelopes) != 1:
        return [Problem(f"*{ENVELOPE}", f"{len(envelopes)} signatures in {directory.name}: there must be exactly one")]
    envelope = envelopes[0]
    logged = _Logged.read(directory, envelope, trust.log_key)
    return [
        *_signature(directory, envelope, trust, logged.day),
        *logged.problems,
        *_subjects(directory, envelope),
        *_checksums(directory),
    ]


def audit(downloads: Path) -> list[Problem]:
    """Compare a whole downloads folder with its log: every signature is in it, and every proof's head led to this one.

    Raises LogError where the log itself does not hold.
    """
    ledger = log.Log(downloads / "log")
    now = ledger.read()
    found = []
    for envelope in sorted(downloads.glob(f"[!.]*/*{ENVELOPE}")):
        name = f"{envelope.parent.name}/{proof_of(envelope).name}"
        try:
            proof = log.Proof.parse(proof_of(envelope).read_text(encoding="utf-8"))
            head = proof.check(now.key)
            log.grew(ledger.since(head.size), head, now.key)
        except (OSError, NoteError, log.LogError, UnicodeDecodeError) as error:
            found.append(Problem(name, str(error)))
            continue
        found += _another(envelope, proof.entry)
    return found


def proof_of(envelope: Path) -> Path:
    """Where the proof lies that a signature was logged."""
    return envelope.with_name(envelope.name.removesuffix(ENVELOPE) + PROOF)


@dataclass(frozen=True)
class _Logged:
    """What the log says about a signature: on which `day` it was written down, where its proof holds."""

    day: date | None
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, directory: Path, envelope: Path, log_key: NoteKey | None) -> _Logged:
        path = proof_of(envelope)
        try:
            key = log_key or NoteKey.parse((directory / LOG_KEY).read_text(encoding="utf-8"))
        except (OSError, NoteError, UnicodeDecodeError) as error:
            return cls(None, (Problem(LOG_KEY, f"not the key of a log: {error}"),))
        try:
            proof = log.Proof.parse(path.read_text(encoding="utf-8"))
            proof.check(key)
        except FileNotFoundError:
            return cls(None, (Problem(path.name, "missing: nothing shows that this signature was ever logged"),))
        except (OSError, NoteError, log.LogError, UnicodeDecodeError) as error:
            return cls(None, (Problem(path.name, str(error)),))
        return cls(date.fromisoformat(proof.entry.day), tuple(_another(envelope, proof.entry)))


def _another(envelope: Path, entry: log.Entry) -> Iterator[Problem]:
    """The proof holds: where it speaks of another signature, the signature is what was changed."""
    if entry.envelope != artifacts.sha256(envelope):
        yield Problem(envelope.name, f"the log holds another signature for {entry.version}: this one was never logged")


def _signature(directory: Path, envelope: Path, trust: Trust, day: date | None) -> Iterator[Problem]:
    try:
        own = [beside(directory)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Problem(KEY_FILE, f"not a public key: {error}")
        if trust.keys is None and trust.policy is None:
            return
        own = []
    known = trust.policy.known() if trust.policy else []
    try:
        data = envelope.read_bytes()
        claim = sign.opened(data, [*known, *own] if trust.keys is None else trust.keys)
        version = Version.parse(claim["predicate"]["buildDefinition"]["externalParameters"]["version"])
    except sign.SignatureError as error:
        yield Problem(envelope.name, str(error))
        return
    except (ValueError, KeyError, TypeError):
        yield Problem(envelope.name, "the statement names no version that was built")
        return
    if not envelope.name.endswith(f"-{version}{ENVELOPE}"):
        yield Problem(envelope.name, f"this is the statement of {version}: the folder is not what its name says")
    refused = trust.policy.refusal(version, sign.signed_by(data), day) if trust.policy else ""
    if refused:
        yield Problem(envelope.name, refused)


def beside(directory: Path) -> Key:
    """The public key that was published with the files. Raises OSError, ValueError or KeyError."""
    tree = json.loads((directory / KEY_FILE).read_bytes())
    keyid = tree.pop("keyid")
    return Key.from_dict(keyid, tree)


def _subjects(directory: Path, envelope: Path) -> Iterator[Problem]:
    """The signed statement names every file but its own and the proof that it was logged, and nothing else."""
    try:
        claim = sign.peek(envelope.read_bytes())
        named = {row["name"]: row["digest"]["sha256"] for row in claim["subject"]}
    except (sign.SignatureError, KeyError, TypeError):
        return  # the signature's own check has said so
    present = {path.name for path in directory.iterdir()} - {envelope.name, proof_of(envelope).name}
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


def _detached(directory: Path) -> Iterator[Problem]:
    """GPG's signatures, by the public keys beside them, which the statement vouches for; where GPG is installed."""
    keyring = directory / GPG_KEYS
    if not keyring.is_file() or not shutil.which("gpg"):
        return
    try:
        with backends.borrowed(keyring.read_bytes()) as gpg:
            for path in sorted(directory.glob(f"*{gpg.suffix}")):
                signed = path.with_suffix("")
                if path != keyring and signed.is_file():
                    yield from _by_gpg(gpg, signed, path)
    except sign.SignatureError as error:
        yield Problem(GPG_KEYS, str(error))


def _by_gpg(gpg: backends.Gpg, signed: Path, signature: Path) -> Iterator[Problem]:
    try:
        gpg.verify(signed.read_bytes(), signature.read_bytes())
    except sign.SignatureError as error:
        yield Problem(signature.name, str(error))


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
