"""The verbs about signatures: check a release, look at the log, at who may sign, and change keys."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.errors import Refusal
from console.request import Request

if TYPE_CHECKING:
    from release.log import Standing
    from release.verify import Trust

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(epilog="Example: camelot release verify .camelot/downloads/1.3.0a2")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--signers", type=FILE, help="Whose keys you trust: a signers.json.  [default: this machine's own]")
@click.pass_obj
def verify(request: Request, folder: Path, signers: Path | None) -> None:
    """Check signature, signer, log, checksums and SBOM of a published release in DIR, offline.

    Exit code 1 when one is wrong. Without any known signer the key beside the files is taken, which anybody could have
    put there.
    """
    from release import verify as checking

    trust = _trust(request, signers)
    problems = checking.verify(folder, trust=trust)
    for problem in problems:
        click.echo(str(problem), err=True)
    if not problems:
        said = "" if trust.policy else " (nobody vouches for the key beside it: give --signers)"
        click.echo(f"{folder.name}: signature, log, checksums and SBOM hold{said}")
    sys.exit(1 if problems else 0)


def _trust(request: Request, signers: Path | None) -> Trust:
    from release import keys, log, policy
    from release.verify import Trust

    settings = request.settings()
    known = keys.parse(signers) if signers else keys.ring(settings)
    if not known:
        return Trust()
    own = log.of(settings)
    log_key = own.read().key if own.checkpoint.exists() and not signers else None
    return Trust(policy=policy.of(settings, known), log_key=log_key)


@click.command("log", epilog="Example: camelot release log --verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.option("--verify", "check", is_flag=True, help="Check the published releases against it too.")
@click.option("--since", type=FILE, help="A checkpoint that you kept: prove that the log only grew since.")
@click.pass_obj
def show_log(request: Request, as_json: bool, check: bool, since: Path | None) -> None:
    """List every signature that was ever made here, once the whole log has been checked. Exit code 1 if it fails."""
    from release import log
    from release import verify as checking

    settings = request.settings()
    try:
        found = log.of(settings).read()
        proof = _since(log.of(settings), found, since) if since else ""
    except log.LogError as error:
        click.echo(f"camelot: {error}", err=True)
        sys.exit(1)
    problems = checking.audit(settings.downloads) if check else []
    _print_json(found) if as_json else _print_lines(found)
    if proof:
        click.echo(proof, nl=False)
    for problem in problems:
        click.echo(str(problem), err=True)
    if check and not problems:
        click.echo("every published release is in the log, and the log only grew", err=as_json)
    sys.exit(1 if problems else 0)


def _since(log: object, found: Standing, file: Path) -> str:
    """The proof, checked as whoever kept the checkpoint would check it."""
    from release import log as logs
    from release import note

    assert isinstance(log, logs.Log)  # noqa: S101  # imported late, so that other verbs start quickly
    try:
        old = note.Checkpoint.parse(note.opened(file.read_text(encoding="utf-8"), found.key))
    except (note.NoteError, UnicodeDecodeError) as error:
        raise Refusal(f"{file}: {error}: give a copy of downloads/log/checkpoint from an earlier day") from None
    try:
        proof = log.since(old.size)
        logs.grew(proof, old, found.key)
    except note.NoteError as error:
        raise logs.LogError(str(error)) from None
    return proof


def _print_json(found: Standing) -> None:
    rows = [{"index": index, **asdict(entry)} for index, entry in enumerate(found.entries)]
    head = {"origin": found.head.origin, "size": found.head.size, "root": found.head.root.hex()}
    click.echo(json.dumps({"head": head, "entries": rows, "waiting": len(found.waiting)}, indent=1))


def _print_lines(found: Standing) -> None:
    for index, entry in enumerate(found.entries):
        who = f"{entry.signer} ({entry.keyid[:16]})"
        click.echo(f"{index:>4} {entry.day} {entry.version:<10} {entry.mode:<9} {entry.envelope[:16]} {who}")
    waiting = f", {len(found.waiting)} wait for the next head" if found.waiting else ""
    count = f"{found.head.size} {'entry' if found.head.size == 1 else 'entries'}"
    click.echo(f"{found.head.origin}: {count}{waiting}, root {found.head.root.hex()}")


@click.command(epilog="Example: camelot release signers")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def signers(request: Request, as_json: bool) -> None:
    """List every signing key with whose it is and when it is valid, and whom the registry allows on each branch."""
    from release import keys, policy

    settings = request.settings()
    found = keys.ring(settings)
    allowed = {branch.version: branch.release_manager for branch in policy.of(settings).registry}
    if as_json:
        click.echo(json.dumps({"signers": [asdict(one) for one in found], "allowed": allowed}, indent=1))
        return
    for branch, name in allowed.items():
        click.echo(f"{branch:<6} {name or 'nobody'}")
    for one in found:
        ended = f" revoked {one.revoked} ({one.reason})" if one.revoked else f" until {one.until}" if one.until else ""
        click.echo(f"{one.keyid[:16]} {one.name}: from {one.since or 'the beginning'}{ended}")


@click.command("rotate-key", epilog="Example: camelot release rotate-key release-manager")
@click.argument("name")
@click.pass_obj
def rotate_key(request: Request, name: str) -> None:
    """Make a new signing key for NAME, valid from today; the one before ends, and what it signed stays good."""
    from release import keys

    settings = request.settings()
    made = keys.rotate(settings, name, settings.day())
    click.echo(f"{name} signs with {made.keyid[:16]} from {made.since} on")


@click.command("revoke-key", epilog="Example: camelot release revoke-key 3f2a91cc --reason 'the laptop was stolen'")
@click.argument("keyid")
@click.option("--reason", required=True, help="Why; everybody who checks a signature by it is told.")
@click.pass_obj
def revoke_key(request: Request, keyid: str, reason: str) -> None:
    """Trust nothing that the key KEYID signed from today on; the log tells what was signed before."""
    from release import keys

    settings = request.settings()
    dead = keys.revoke(settings, keyid, settings.day(), reason)
    click.echo(f"{dead.keyid[:16]} of {dead.name} is revoked; camelot release rotate-key {dead.name} makes a new one")


VERBS = (verify, show_log, signers, rotate_key, revoke_key)
