"""Makes backports: one fetch, a pick for each branch, one push, a pull request each; and forecasts of them, unpushed.

It may be done again after a crash at any point: a branch with the same change is used as it is, and a pull request
that is open already is the one. Several jobs run side by side; only the fetches of one mirror take turns.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from core.settings import Settings
from core.store import now
from forge import convention, git, history, pick, rules
from forge.convention import Text, head_branch
from forge.effects import Backport, Forecast
from forge.errors import Refused
from forge.git import Fault, GitFailed, Remote
from forge.history import Need
from forge.objects import Objects
from forge.pick import AlreadyThere, Conflict, Identity, Picked, Result, Source
from forge.prose import code, quiet
from forge.rules import Ruled
from forge.together import Together

TIDY_EVERY = 200  # fetches

# The sentence for each way in which git can fail us.
FAILURES = {
    Fault.BRANCH_MISSING: "the branch {branch} does not exist in the repository",
    Fault.COMMIT_MISSING: "the commit {commit} is no longer in the repository",
    Fault.REJECTED: "the push of the branch {head} was rejected: {said}",
    Fault.DENIED: "we may not read or push here: the App needs write access to the repository's contents",
    Fault.NETWORK: "the repository could not be reached: {said}",
    Fault.OTHER: "git failed: {said}",
}
TAKEN = "the branch {head} exists with other work on it: open a pull request from it, or delete it and try again"
NO_PULL = "the branch {head} is pushed, but its pull request could not be opened: {said}"
DECLINED = "its pull request was closed without a merge"
RULED = "Not all of this was a clean pick. Settled by rule, please look at it:\n\n{items}"


Known = tuple[int, str]  # a pull request from a branch of ours: its number; open, closed or merged


class Hub(Protocol):
    """What is needed of GitHub."""

    async def token(self) -> str: ...

    async def pulls_from(self, head: str, base: str) -> list[Known]: ...

    async def create_pull(self, head: str, base: str, title: str, body: str, draft: bool) -> int: ...

    async def comment(self, number: int, topic: str, body: str, only_update: bool = False) -> object: ...


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: opened, conflict, already-there, declined or failed; of a forecast also clean.

    `why` is a sentence for people, as Markdown without its full stop; `number` the pull request that holds the backport
    (for already-there the one that brought it, when it is known; for declined the one that was closed). `files` are in
    conflict, `needs` may have to come first. `retry` says that the same attempt may succeed later.
    """

    state: str
    why: str = ""
    number: int | None = None
    files: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    ruled: tuple[Ruled, ...] = ()
    retry: bool = False


Outcomes = dict[str, Outcome]


@dataclass(frozen=True)
class _Ready:
    """A pick that waits for its push. `there`: what the head branch holds now."""

    head: str
    commit: str
    text: Text
    ruled: tuple[Ruled, ...]
    there: str = ""
    pushed: bool = False


@dataclass(frozen=True)
class _Wanted:
    """What one job needs fetched."""

    remote: Remote
    branches: Sequence[str]
    more: Sequence[str]

    @property
    def key(self) -> tuple[Sequence[str], Sequence[str]]:
        return self.branches, self.more


@dataclass(frozen=True)
class _Pushes:
    """(commit, branch, what it must hold there now) each."""

    remote: Remote
    pushes: Sequence[tuple[str, str, str]]


class Backporter:
    """Makes backports of one repository. `close` it at the end."""

    def __init__(self, settings: Settings, github: Hub) -> None:
        self._settings, self._github = settings, github
        self._objects: Objects | None = None
        self._count = 0
        self._fetches = Together(self._fetch_all)
        self._pushes = Together(self._push_all)

    def close(self) -> None:
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    async def backport(self, effect: Backport, at: datetime | None = None) -> Outcomes:
        """Do it, and say how each ended. Raises forge.errors when GitHub gives no answer (try again later)."""
        commit = effect.commit
        heads = {branch: head_branch(commit, branch) for branch in effect.branches}
        try:
            objects, remote = await self._begin()
            pulls, missing = await asyncio.gather(
                asyncio.gather(*(self._github.pulls_from(heads[branch], branch) for branch in effect.branches)),
                self._fetch(remote, (effect.base, *effect.branches), _spec(f"backport-{commit[:7]}-*")),
            )
            outcomes = _known(effect, dict(zip(effect.branches, pulls, strict=True)))
            left = [branch for branch in effect.branches if branch not in outcomes]
            outcomes |= {branch: _failed(_gone(branch), commit, branch) for branch in left if branch in missing}
            picked = [branch for branch in left if branch not in missing]
            if not picked:
                return outcomes
            await self._bring(objects, remote, commit)
            sources = await asyncio.to_thread(_sources, objects, effect)
            made = await asyncio.gather(*(self._pick(objects, effect, sources, each, at or now()) for each in picked))
            return outcomes | await self._publish(objects, remote, dict(zip(picked, made, strict=True)))
        except GitFailed as failed:
            return {branch: _failed(failed, commit, branch) for branch in effect.branches}

    async def forecast(self, effect: Forecast, at: datetime | None = None) -> Outcomes:
        """What the picks would come to if the pull request were merged now, as one commit. Raises forge.errors."""
        try:
            objects, remote = await self._begin()
            head = f"refs/pull/{effect.number}/head:refs/remotes/origin/pull/{effect.number}"
            missing = await self._fetch(remote, (effect.base, *effect.branches), head)
            await self._bring(objects, remote, effect.head)
            source = await asyncio.to_thread(_as_merged, objects, effect, at or now())
            if isinstance(source, Conflict):
                why = f"it conflicts with {effect.base} itself: {listed(source.files)}"
                return dict.fromkeys(effect.branches, Outcome("conflict", why, files=source.files))
            there = [branch for branch in effect.branches if branch not in missing]
            made = await asyncio.gather(*(self._foresee(objects, source, branch, at or now()) for branch in there))
            gone = {branch: _failed(_gone(branch), effect.head, branch) for branch in missing & set(effect.branches)}
            return gone | dict(zip(there, made, strict=True))
        except GitFailed as failed:
            return {branch: _failed(failed, effect.head, branch) for branch in effect.branches}

    # --- what is needed here ---

    def _here(self) -> Objects:
        if self._objects is None:
            raise GitFailed("fetch", "the mirror is closed")
        return self._objects

    async def _begin(self) -> tuple[Objects, Remote]:
        repo = await git.mirror(self._settings.data)
        if self._objects is None:
            self._objects = Objects(repo)
        return self._objects, Remote(self._settings.github.remote, await self._github.token())

    async def _fetch(self, remote: Remote, branches: Sequence[str], *more: str) -> set[str]:
        """Bring the branches here, and what `more` (patterns and refs) finds; the branches that do not exist there."""
        wanted = _Wanted(remote, tuple(filter(None, branches)), more)
        answer = (await self._fetches.ask(wanted))[wanted.key]
        if isinstance(answer, GitFailed):
            raise answer
        return answer & set(branches)

    async def _fetch_all(
        self, wanted: list[_Wanted]
    ) -> dict[tuple[Sequence[str], Sequence[str]], set[str] | GitFailed]:
        """One fetch for all; where that fails, one for each, so that nobody suffers from what another asked for."""
        try:
            branches = [branch for each in wanted for branch in each.branches]
            missing = await self._fetch_once(
                wanted[0].remote, branches, [spec for each in wanted for spec in each.more]
            )
            return {each.key: missing for each in wanted}
        except GitFailed as failed:
            if len(wanted) == 1 or failed.fault is Fault.NETWORK:
                return {each.key: failed for each in wanted}
        answers: dict[tuple[Sequence[str], Sequence[str]], set[str] | GitFailed] = {}
        for each in wanted:
            answers |= await self._fetch_all([each])
        return answers

    async def _fetch_once(self, remote: Remote, branches: Iterable[str], more: Sequence[str]) -> set[str]:
        repo, missing = self._here().repo, set[str]()
        specs = {branch: _spec(branch) for branch in branches}
        extra = dict.fromkeys(more)
        async with git.lock(repo):
            while specs or extra:
                try:
                    await git.fetch(repo, remote, *specs.values(), *extra, prune=True)
                    break
                except GitFailed as failed:
                    gone = re.search(r"couldn't find remote ref refs/heads/(\S+)", failed.said)
                    if failed.fault is not Fault.BRANCH_MISSING or gone is None or gone[1] not in specs:
                        raise
                    missing.add(gone[1])
                    del specs[gone[1]]
            self._count += 1
            if self._count % TIDY_EVERY == 0:
                await git.tidy(repo)
        return missing

    async def _push_all(self, wanted: list[_Pushes]) -> dict[str, GitFailed]:
        """One push for all; the failures by branch."""
        objects = self._here()
        pushes = [push for each in wanted for push in each.pushes]
        return await git.push_all(objects.repo, wanted[0].remote, pushes, env=objects.env)

    async def _bring(self, objects: Objects, remote: Remote, commit: str) -> None:
        """Fetch a commit that came with none of the branches."""
        if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
            raise GitFailed("fetch", f"{commit!r} is no commit", Fault.COMMIT_MISSING)
        if await asyncio.to_thread(objects.find, commit) is None:
            async with git.lock(objects.repo):
                await git.fetch(objects.repo, remote, commit)

    # --- one branch ---

    async def _pick(
        self, objects: Objects, effect: Backport, sources: Sequence[Source], branch: str, at: datetime
    ) -> Outcome | _Ready:
        onto = await asyncio.to_thread(objects.resolve, _tracked(branch))
        text = await _words(objects, effect, sources, branch)
        result, source = await self._pick_all(objects, sources, onto, text, at)
        match result:
            case Conflict(files):
                return await _conflict(objects, source, onto, branch, files)
            case AlreadyThere():
                return await _already_there(objects, source, onto, branch)
            case Picked():
                head = head_branch(effect.commit, branch)
                return await self._compared(objects, onto, _Ready(head, result.commit, text, result.ruled))

    async def _pick_all(
        self, objects: Objects, sources: Sequence[Source], onto: str, text: Text, at: datetime
    ) -> tuple[Result, Source]:
        """One commit after another; the first that conflicts ends it."""
        us, done = committer(self._settings), onto
        ruled: tuple[Ruled, ...] = ()
        result: Result = AlreadyThere()
        for source in sources:
            message = text.message if len(sources) == 1 else _picked_message(source)
            step = await _try(objects, source, done, message, us, at)
            if isinstance(step, Conflict):
                return step, source
            if isinstance(step, Picked):
                done, ruled = step.commit, (*ruled, *step.ruled)
                result = replace(step, ruled=ruled)
        return result, sources[-1]

    async def _foresee(self, objects: Objects, source: Source, branch: str, at: datetime) -> Outcome:
        onto = await asyncio.to_thread(objects.resolve, _tracked(branch))
        result = await _try(objects, source, onto, "forecast", committer(self._settings), at)
        match result:
            case Conflict(files):
                return await _conflict(objects, source, onto, branch, files)
            case AlreadyThere():
                return Outcome("already-there", f"{branch} has this change already")
            case Picked():
                return Outcome("clean", settled(result.ruled), ruled=result.ruled)

    # --- push and pull request ---

    async def _compared(self, objects: Objects, onto: str, ready: _Ready) -> Outcome | _Ready:
        """Look at what the head branch holds: the same change is used as it is, somebody else's work is left alone."""
        found = await asyncio.to_thread(objects.find, _tracked(ready.head))
        if found is None:
            return ready
        there = await asyncio.to_thread(pick.read, objects, found[0])
        if await patch_id(objects, onto, there.sha) == await patch_id(objects, onto, ready.commit):
            return replace(ready, pushed=True)
        if there.committer != committer(self._settings).email:
            return Outcome("failed", TAKEN.format(head=code(ready.head)))
        return replace(ready, there=there.sha)

    async def _publish(self, objects: Objects, remote: Remote, made: dict[str, Outcome | _Ready]) -> Outcomes:
        outcomes = {branch: each for branch, each in made.items() if isinstance(each, Outcome)}
        ready = {branch: each for branch, each in made.items() if isinstance(each, _Ready)}
        pushes = [(each.commit, each.head, each.there) for each in ready.values() if not each.pushed]
        failures = await self._pushes.ask(_Pushes(remote, pushes)) if pushes else {}
        opened = await asyncio.gather(
            *(self._open(objects, branch, each) for branch, each in ready.items() if each.head not in failures)
        )
        outcomes |= {
            branch: _failed(failures[each.head], each.head.split("-")[1], branch)
            for branch, each in ready.items()
            if each.head in failures
        }
        return outcomes | dict(opened)

    async def _open(self, objects: Objects, branch: str, ready: _Ready) -> tuple[str, Outcome]:
        text, draft = ready.text, bool(convention.config(objects, ready.commit)["draft_pr"])
        try:
            number = await self._github.create_pull(ready.head, branch, text.title, quiet(text.body), draft)
        except Refused as refused:
            found = await self._github.pulls_from(ready.head, branch)
            known = [number for number, state in found if state == "open"]
            if not known:
                return branch, Outcome("failed", NO_PULL.format(head=code(ready.head), said=code(str(refused))))
            number = known[0]
        if ready.ruled:
            items = "\n".join(f"- {code(each.path)}: {each.how}" for each in ready.ruled)
            await self._github.comment(number, "ruled", RULED.format(items=items))
        return branch, Outcome("opened", settled(ready.ruled), number, ruled=ready.ruled)


# --- words ---


def committer(settings: Settings) -> Identity:
    login = settings.github.bot_login
    return Identity(login, f"{login}@users.noreply.github.com")


def listed(files: Sequence[str], most: int = 10) -> str:
    """Names of files, as Markdown."""
    more = f" and {len(files) - most} more" if len(files) > most else ""
    return ", ".join(code(file) for file in files[:most]) + more


def settled(ruled: Sequence[Ruled]) -> str:
    return f"settled by rule: {listed([each.path for each in ruled])}" if ruled else ""


async def _words(objects: Objects, effect: Backport, sources: Sequence[Source], branch: str) -> Text:
    """A merge commit's own subject says nothing, and of several commits the title says more than the last one's."""
    last = sources[-1]
    subject = effect.title if len(sources) > 1 or len(last.parents) > 1 else ""
    text = await convention.compose(objects, last, subject, branch, effect.number)
    if len(sources) == 1:
        return text
    origins = "\n".join(f"(cherry picked from commit {source.sha})" for source in sources[:-1])
    return replace(text, body=f"{origins}\n{text.body}")


def _picked_message(source: Source) -> str:
    return f"{source.message}\n\n(cherry picked from commit {source.sha})"


def _failed(failed: GitFailed, commit: str, branch: str) -> Outcome:
    words = {"branch": branch, "commit": commit[:10], "head": code(head_branch(commit, branch))}
    why = FAILURES[failed.fault].format(**words, said=code(failed.said))
    return Outcome("failed", why, retry=failed.fault is Fault.NETWORK)


def _gone(branch: str) -> GitFailed:
    return GitFailed("fetch", f"no branch {branch}", Fault.BRANCH_MISSING)


async def _conflict(objects: Objects, source: Source, onto: str, branch: str, files: tuple[str, ...]) -> Outcome:
    """What a person must look at, and why; unless somebody has done the whole by hand."""
    commit, number = await history.brought(objects, source, onto)
    if commit:
        return Outcome("already-there", f"{branch} has this change already, since {commit}", number)
    needs = await history.needs(objects, source, onto, files)
    return Outcome("conflict", _by_hand(files, needs), files=files, needs=needs)


def _by_hand(files: tuple[str, ...], needs: Sequence[Need]) -> str:
    written = [file for file in files if not rules.generator(file)]
    commands = dict.fromkeys(filter(None, (rules.generator(file) for file in files)))
    parts = [f"{listed(written)} must be merged by hand"] if written else []
    if commands:
        generated = [file for file in files if file not in written]
        parts.append(f"{listed(generated)} must be generated anew: {', '.join(code(each) for each in commands)}")
    if needs:
        parts.append(f"likely needed first: {', '.join(_shown(need) for need in needs)}")
    return "; ".join(parts)


def _shown(need: Need) -> str:
    return f"#{need.number}" if need.number else f"{need.sha[:10]} {code(need.subject)}"


async def _already_there(objects: Objects, source: Source, onto: str, branch: str) -> Outcome:
    """Say which commit and pull request brought it, when the commit's message tells."""
    commit, number = await history.brought(objects, source, onto)
    return Outcome(
        "already-there", f"{branch} has this change already" + (f", since {commit}" if commit else ""), number
    )


# --- steps ---


def _spec(branch: str) -> str:
    return f"refs/heads/{branch}:{_tracked(branch)}"


def _tracked(branch: str) -> str:
    return f"refs/remotes/origin/{branch}"


def _known(effect: Backport, pulls: dict[str, list[Known]]) -> Outcomes:
    """Those that need no pick: a pull request is open, or was closed and is not asked for again."""
    outcomes = {}
    for branch, found in pulls.items():
        by_state = {state: number for number, state in reversed(found)}
        if "open" in by_state:
            outcomes[branch] = Outcome("opened", "", by_state["open"])
        elif "closed" in by_state and branch not in effect.again:
            outcomes[branch] = Outcome("declined", DECLINED, by_state["closed"])
    return outcomes


def _sources(objects: Objects, effect: Backport) -> list[Source]:
    """What to pick, oldest first: the one commit of the merge, or each of a pull request that was merged by rebasing.

    Rebased commits bear the subjects of the pull request's own, in their order, at the end of the base branch.
    """
    last = pick.read(objects, effect.commit)
    chain = [last]
    while len(chain) < len(effect.subjects) and len(chain[0].parents) == 1:
        chain.insert(0, pick.read(objects, chain[0].parents[0]))
    subjects = tuple(each.message.partition("\n")[0] for each in chain)
    rebased = len(chain) > 1 and subjects == effect.subjects and len(last.parents) == 1
    return chain if rebased else [last]


def _as_merged(objects: Objects, effect: Forecast, at: datetime) -> Source | Conflict:
    """The commit that merging the pull request now would make on its base; never pushed."""
    base, head = objects.resolve(_tracked(effect.base)), pick.read(objects, effect.head)
    merge = objects.merge(base, head.sha, pick.tree_of(objects, base))
    if merge.conflicts:
        return Conflict(tuple(merge.conflicts))
    author = (head.author, head.date)
    return pick.read(objects, pick.commit(objects, merge.tree, (base,), effect.title, author, pick.NOBODY, at))


async def _try(objects: Objects, source: Source, onto: str, message: str, us: Identity, at: datetime) -> Result:
    """Pick; where it conflicts, once more with what history says about the files in conflict."""
    result = await asyncio.to_thread(pick.pick, objects, source, onto, message, us, at, lambda _path: False)
    if not isinstance(result, Conflict) or not source.parents:
        return result
    base = await history.merge_base(objects.repo, onto, source.parents[0], objects.env)
    if not base:
        return result

    def lacks(path: str) -> bool:
        """The file came to the source's line only after the two lines parted, and it is changed, not moved."""
        before, parted = (pick.tree_of(objects, each) for each in (source.parents[0], base))
        return objects.entry(before, path) is not None and objects.entry(parted, path) is None

    return await asyncio.to_thread(pick.pick, objects, source, onto, message, us, at, lacks)


async def patch_id(objects: Objects, onto: str, commit: str) -> str:
    """The same for two branches that change the same lines in the same way since they left `onto`."""
    base = await history.merge_base(objects.repo, onto, commit, objects.env)
    _, patch = await git.run(objects.repo, "diff-tree", "--full-index", "-p", base, commit, env=objects.env)
    text = patch.encode("utf-8", "surrogateescape")
    _, found = await git.run(objects.repo, "patch-id", "--stable", stdin=text)
    return found.partition(" ")[0]
