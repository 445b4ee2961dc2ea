"""What was published, each version with the verdict on its files and its place in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from console import rows
from console.pages.asked import Asked
from release import log, policy, verify
from release.keys import KeyringError
from release.note import NoteError

Found: TypeAlias = "dict[str, Any]"
State: TypeAlias = "tuple[Any, ...]"

_verdicts: dict[str, tuple[State, Found]] = {}  # by folder, with the state of the files that they were given for


def published(asked: Asked) -> list[Found]:
    """Newest first. A folder is read again only when one of its files, the keys or the registry changed."""
    known = {row["version"]: row for row in rows.released(asked.engine)}
    downloads = asked.settings.downloads.resolve()
    try:
        trust = _trust(asked)
    except (KeyringError, log.LogError, NoteError) as error:
        return [{**row, **_verdict("unknown", [str(error)])} for row in known.values()]
    return [{**row, **_looked_at(downloads / version, trust)} for version, row in known.items()]


def log_head(asked: Asked) -> Found:
    """The log's name, size and root; `problem` where it does not hold, empty name where there is none."""
    ledger = log.of(asked.settings)
    if not ledger.checkpoint.exists():
        return {"origin": "", "size": 0, "root": "", "problem": ""}
    try:
        head = ledger.read().head
    except log.LogError as error:
        return {"origin": "", "size": 0, "root": "", "problem": str(error)}
    return {"origin": head.origin, "size": head.size, "root": head.root.hex(), "problem": ""}


def _trust(asked: Asked) -> verify.Trust:
    ledger = log.of(asked.settings)
    key = ledger.read().key if ledger.checkpoint.exists() else None
    return verify.Trust(policy=policy.of(asked.settings), log_key=key)


def _looked_at(folder: Path, trust: verify.Trust) -> Found:
    state = (_state(folder), trust)
    known = _verdicts.get(str(folder))
    if known is None or known[0] != state:
        known = state, _judged(folder, trust)
        _verdicts[str(folder)] = known
    return known[1]


def _state(folder: Path) -> State:
    found = [(path.name, path.stat()) for path in sorted(folder.glob("*"))] if folder.is_dir() else []
    return tuple((name, stat.st_mtime_ns, stat.st_size, stat.st_ino) for name, stat in found)


def _judged(folder: Path, trust: verify.Trust) -> Found:
    problems = [str(problem) for problem in verify.sealed(folder, trust)]
    if problems:
        return _verdict("broken", problems)
    envelope = next(folder.glob(f"*{verify.ENVELOPE}"))
    proof = log.Proof.parse(verify.proof_of(envelope).read_text(encoding="utf-8"))
    return {**_verdict("verified", []), "signer": proof.entry.signer, "index": proof.index}


def _verdict(state: str, problems: list[str]) -> Found:
    return {"verdict": state, "problems": problems, "signer": "", "index": None}
