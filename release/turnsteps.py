"""What the steps of a transition do. Each can be asked whether it is done, may be done again, and can be undone.

Where a step changes something that it could not find again (who bore a label), it looks first and that is kept.
"""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

from core import branches_edit, files, results
from core.branches import Change, Override, Status
from core.permissions import Role, may
from forge.effects import marker
from release import derive, keys, patchlevel, repo, sign
from release.formats import Names
from release.turning import Evidence, TransitionError, Turning

STATUS = {"security": Status.SECURITY, "end-of-life": Status.END_OF_LIFE, "new-branch": Status.PRERELEASE}
SIGNATURE = "Camelot-Signature: "
LABEL_LOOKS = {
    "security": ("e99695", "takes security fixes only"),
    "new-branch": ("fbca04", "takes bug fixes and security fixes; the first release is near"),
    "before": ("c2e0c6", "takes bug fixes and security fixes"),
}
NOTHING: Evidence = {}


# --- the registry ---


async def has_status(t: Turning) -> bool:
    turn = t.branch.turn(t.today)
    return turn is not None and turn.status is STATUS[t.target]


async def set_status(t: Turning, _: Evidence) -> None:
    """By its dates it may be so already; before them somebody decides, and says why."""
    planned = t.branch.begins(STATUS[t.target])
    if not t.reason:
        raise TransitionError(
            f"{t.version} becomes {STATUS[t.target]} on {planned}, today is {t.today}: wait, or say why with --reason"
        )
    await asyncio.to_thread(branches_edit.edit, t.registry_file, branches_edit.decided(t.version, _override(t)))


async def unset_status(t: Turning, _: Evidence) -> None:
    for row in t.branch.overrides:
        if row.status is STATUS[t.target]:
            await asyncio.to_thread(branches_edit.edit, t.registry_file, branches_edit.undecided(t.version, row))


def _override(t: Turning) -> Override:
    return Override(t.today, STATUS[t.target], f"{t.reason} ({t.actor})")


# --- the last tag, and the branch that it replaces ---


async def has_tag(t: Turning) -> bool:
    """Signed, and at the branch's head, while there is one."""
    where = await _fetched(t)
    ref = f"refs/tags/{t.version}"
    if not repo.answer(where, "rev-parse", "--verify", "--quiet", ref):
        return False
    head = repo.answer(where, "rev-parse", "--verify", "--quiet", f"refs/heads/{t.version}")
    tagged = repo.git(where, "rev-parse", f"{ref}^{{commit}}")
    if head and head != tagged:
        raise TransitionError(f"tag {t.version} is at {tagged[:10]}, the branch at {head[:10]}: a tag is never moved")
    return tagged == signed_commit(t, repo.git(where, "cat-file", "tag", ref))


def signed_commit(t: Turning, tag: str) -> str:
    """The commit that a key of ours vouches for in the tag. Raises sign.SignatureError."""
    line = next((line for line in tag.splitlines() if line.startswith(SIGNATURE)), "")
    if not line:
        return ""
    known = [keys.house_key(t.settings).public_key, *sign.keys_for(t.settings, t.version)]
    claim = sign.opened(base64.b64decode(line.removeprefix(SIGNATURE)), known)
    return str(claim["subject"][0]["digest"]["gitCommit"])


async def make_tag(t: Turning, _: Evidence) -> None:
    where = await _fetched(t)
    head = repo.answer(where, "rev-parse", "--verify", "--quiet", f"refs/heads/{t.version}")
    if not head:
        raise TransitionError(f"the repository has no branch {t.version} to tag: has it been removed by hand?")
    claim = {
        "_type": sign.STATEMENT_TYPE,
        "subject": [{"name": f"refs/tags/{t.version}", "digest": {"gitCommit": head}}],
        "predicateType": "https://camelot.invalid/release/end-of-life/v1",
        "predicate": {"branch": t.version, "endOfLife": t.today.isoformat()},
    }
    envelope = base64.b64encode(sign.sign(claim, keys.house_key(t.settings))).decode()
    words = f"{t.settings.release.product} {t.version}: the last commit of its branch\n\n{SIGNATURE}{envelope}"
    if repo.answer(where, "rev-parse", "--verify", "--quiet", f"refs/tags/{t.version}"):
        repo.git(where, "tag", "--delete", t.version)  # made here by a try that did not push it
    repo.git(where, "tag", "--annotate", "--message", words, t.version, head, env=t.identity)
    await _push(t, where, f"refs/tags/{t.version}")


async def drop_tag(t: Turning, _: Evidence) -> None:
    where = await _fetched(t)
    if repo.answer(where, "rev-parse", "--verify", "--quiet", f"refs/tags/{t.version}"):
        await _push(t, where, f":refs/tags/{t.version}")


async def has_no_branch(t: Turning) -> bool:
    return not await t.github.ref(f"heads/{t.version}")


async def delete_branch(t: Turning, _: Evidence) -> None:
    if not await has_tag(t):
        raise TransitionError(f"there is no tag {t.version} at the head of the branch: it is not deleted without one")
    head = await t.github.ref(f"heads/{t.version}")
    await t.github.unprotect(t.version)
    await t.github.delete_branch(t.version, head)


async def _fetched(t: Turning) -> Path:
    where = t.settings.data.resolve() / "transitions" / "mirror.git"
    await asyncio.to_thread(repo.mirror, where, t.settings.github.remote)
    return where


async def _push(t: Turning, where: Path, what: str) -> None:
    from forge.git import Remote

    remote = t.settings.github.remote
    pairs = Remote(remote, await t.github.token()).config()
    proof = {
        f"GIT_CONFIG_{part}_{n}": text
        for n, pair in enumerate(pairs)
        for part, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    env = {**t.identity, **proof, "GIT_CONFIG_COUNT": str(len(pairs))}
    await asyncio.to_thread(repo.git, where, "push", "--quiet", remote, what, env=env)


# --- labels and people ---


async def bearers(t: Turning) -> Evidence:
    """Everybody who bears the label, so that an undo can give it back."""
    return {"numbers": sorted(issue["number"] for issue in await t.github.labelled(t.label, "all"))}


async def has_no_label(t: Turning) -> bool:
    return t.label not in {label["name"] for label in await t.github.labels()}


async def retire_label(t: Turning, _: Evidence) -> None:
    await t.github.retire_label(t.label)


async def restore_label(t: Turning, evidence: Evidence) -> None:
    await _look_like(t, "security")
    for number in evidence.get("numbers", ()):
        await t.github.add_label(number, t.label)


async def has_label(t: Turning) -> bool:
    """In the look of the phase that begins."""
    color, words = LABEL_LOOKS[t.target]
    found = {label["name"]: label for label in await t.github.labels()}
    there = found.get(t.label, {})
    return (there.get("color"), there.get("description")) == (color, f"{t.version} {words}")


async def make_label(t: Turning, _: Evidence) -> None:
    await _look_like(t, t.target)


async def unmake_label(t: Turning, _: Evidence) -> None:
    if t.target == "new-branch":
        await t.github.retire_label(t.label)
    else:
        await _look_like(t, "before")


async def _look_like(t: Turning, phase: str) -> None:
    color, words = LABEL_LOOKS[phase]
    await t.github.ensure_label(t.label, color, f"{t.version} {words}")


WORDS = {
    "security": "{product} {version} takes security fixes only from {day} on.",
    "end-of-life": "{product} {version} has reached its end of life on {day}: nothing more is merged into it.",
    "new-branch": "{product} {version} has a branch of its own from {day} on; main is the next version.",
}


def words(t: Turning) -> str:
    return WORDS[t.target].format(
        product=t.settings.release.product, version=t.version, day=t.branch.begins(STATUS[t.target])
    )


async def concerned(t: Turning) -> list[int]:
    """Open pull requests to the branch, and open issues that bear its label of version or of backport."""
    pulls = [pull["number"] for pull in await t.github.open_pulls() if pull["base"]["ref"] == t.version]
    issues = [issue["number"] for name in (t.version, t.label) for issue in await t.github.labelled(name)]
    return sorted({*pulls, *issues})


async def whom(t: Turning) -> Evidence:
    return {"numbers": await concerned(t)}


async def all_told(t: Turning) -> bool:
    return all([await _is_told(t, number) for number in await concerned(t)])


async def _is_told(t: Turning, number: int) -> bool:
    said = [comment["body"] or "" for comment in await t.github.comments(number)]
    return any(marker(t.topic) in body and words(t) in body for body in said)


async def tell(t: Turning, evidence: Evidence) -> None:
    for number in evidence["numbers"]:
        await t.github.comment(number, t.topic, words(t))


async def take_back(t: Turning, evidence: Evidence) -> None:
    for number in evidence.get("numbers", ()):
        await t.github.comment(number, t.topic, f"Taken back on {t.today}: {words(t)}", only_update=True)


async def is_announced(t: Turning) -> bool:
    """By an open issue of ours."""
    mine = await t.github.list(f"/repos/{t.settings.github.repository}/issues?state=open")
    return any(marker(t.topic) in (issue["body"] or "") and words(t) in issue["body"] for issue in mine)


async def announce(t: Turning, _: Evidence) -> None:
    await t.github.tell_all(t.topic, words(t).rstrip("."), words(t))


async def unannounce(t: Turning, _: Evidence) -> None:
    number = await t.github.tell_all(t.topic, f"Taken back: {words(t).rstrip('.')}", f"Taken back on {t.today}.")
    await t.github.close_issue(number)


# --- what is made from the registry ---


async def documents_follow(t: Turning) -> bool:
    return not any(_stale(t))


async def write_documents(t: Turning, _: Evidence) -> None:
    for path, text in _stale(t):
        await asyncio.to_thread(files.replace, path, text)


def _stale(t: Turning) -> list[tuple[Path, str]]:
    folder = t.settings.data / "branches" / t.settings.profile
    rules = t.settings
    before = {path.name: path.read_bytes().decode() for path in folder.glob("*") if path.is_file()}
    names = Names(rules.release.product, rules.release.program, rules.github.repository)
    made = derive.documents(t.registry, t.today, names, before)
    return [(folder / name, text) for name, text in made.items() if before.get(name) != text]


# --- what follows by itself ---


async def backports_refused(t: Turning) -> bool:
    return not t.registry.takes(t.version, Change.BUGFIX, t.today).allowed


async def nobody_merges(t: Turning) -> bool:
    return not may(t.registry, t.version, Role.CORE, Change.BUGFIX, t.today).allowed


async def has_no_builders(t: Turning) -> bool:
    rows = await asyncio.to_thread(results.all_builders, t.engine)
    return not any(row.version == t.version for row in rows)


async def has_builders(t: Turning) -> bool:
    """Of its own branch; a farm that has not started has nothing to follow."""
    rows = await asyncio.to_thread(results.all_builders, t.engine)
    return not rows or any(row.branch == t.version for row in rows)


# --- a branch is born ---


def successor(t: Turning) -> str:
    major, minor = t.version.split(".")
    return f"{major}.{int(minor) + 1}"


async def successor_is_known(t: Turning) -> bool:
    return t.registry.find(successor(t)) is not None


async def plan_successor(t: Turning, _: Evidence) -> None:
    """By the newest template, and with as long a support as the branch before it."""
    from release import schedule

    wanted = successor(t)
    cycle = schedule.cycle_of(t.registry, wanted)
    rows = schedule.plan(wanted, cycle)
    days = {row.version.removeprefix(f"{wanted}.0"): row.date for row in rows}
    branch, final = t.branch, days[""]
    first = branch.begins(Status.BUGFIX)
    fields = {
        "release-manager": branch.release_manager,
        "start-of-development": branch.begins(Status.PRERELEASE),
        "feature-freeze": days["b1"],
        "first-release": final,
        "end-of-bugfix": final + (branch.begins(Status.SECURITY) - first),
        "end-of-life": final + (branch.begins(Status.END_OF_LIFE) - first),
    }
    releases = [{"stage": _stage(row.version), "state": "expected", "date": row.date} for row in rows]
    table = {"template": cycle.template, "year": cycle.year, **dict(cycle.parameters)}
    await asyncio.to_thread(branches_edit.edit, t.registry_file, branches_edit.born(wanted, fields, releases, table))


def _stage(version: str) -> str:
    from core.versions import Version

    return Version.parse(version).stage()


async def forget_successor(t: Turning, _: Evidence) -> None:
    await asyncio.to_thread(branches_edit.edit, t.registry_file, branches_edit.unborn(successor(t)))


async def has_branch(t: Turning) -> bool:
    return bool(await t.github.ref(f"heads/{t.version}"))


async def where_main_is(t: Turning) -> Evidence:
    return {"sha": await t.github.ref(f"heads/{t.settings.github.main_branch}")}


async def make_branch(t: Turning, evidence: Evidence) -> None:
    await t.github.make_branch(t.version, evidence["sha"])


async def unmake_branch(t: Turning, evidence: Evidence) -> None:
    """Only where nobody has worked on it."""
    await t.github.unprotect(t.version)
    await t.github.delete_branch(t.version, evidence["sha"])
    if await t.github.ref(f"heads/{t.version}"):
        raise TransitionError(f"somebody has worked on {t.version} since it was made: it is not taken back")


async def is_protected(t: Turning) -> bool:
    return any(row["name"] == t.version and row.get("protected") for row in await t.github.branches())


async def protect(t: Turning, _: Evidence) -> None:
    contexts = t.settings.contexts
    await t.github.protect(t.version, (contexts.merge_guard, contexts.cla))


async def unprotect(t: Turning, _: Evidence) -> None:
    await t.github.unprotect(t.version)


async def main_is_next(t: Turning) -> bool:
    text = await t.github.contents(t.settings.release.patchlevel, t.settings.github.main_branch)
    return patchlevel.read(text).branch == successor(t)


async def bump_main(t: Turning, _: Evidence) -> None:
    """Main calls itself the next version's a0, in a commit of its own."""
    from core.versions import Version

    major, minor = successor(t).split(".")
    await _commit_to_main(t, Version(int(major), int(minor), 0, "a", 0), f"Begin {successor(t)}")


async def unbump_main(t: Turning, _: Evidence) -> None:
    if not await main_is_next(t):
        return  # a try that was killed has taken it back already
    text = await t.github.contents(t.settings.release.patchlevel, t.version)
    await _commit_to_main(t, patchlevel.read(text), f"Take back the beginning of {successor(t)}")


async def _commit_to_main(t: Turning, version: object, subject: str) -> None:
    from core.versions import Version

    assert isinstance(version, Version)  # noqa: S101
    mirror, rules, main = await _fetched(t), t.settings.release, t.settings.github.main_branch
    work = mirror.with_name(f"work-{t.version}")
    repo.discard(work)
    repo.git(mirror.parent, "clone", "--quiet", "--branch", main, str(mirror), work.name)
    patchlevel.bump(work, version, rules.patchlevel, rules.readme, rules.product)
    repo.git(work, "commit", "--quiet", "--all", "--no-verify", "--no-gpg-sign", "--message", subject, env=t.identity)
    await _push(t, work, f"HEAD:refs/heads/{main}")
    repo.discard(work)
