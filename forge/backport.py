"""Makes backports: one fetch, a pick for each branch, one push, a pull request each; and forecasts of them, unpushed.

It may be done again after a crash at any point: a branch with the same change is used as it is, and a pull request
that is open already is the one. Several jobs run side by side; only the fetches of one mirror take turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from core.settings import Settings
from core.store import now
from forge import convention, git, history, pick
from forge.convention import Text, head_branch
from forge.effects import Backport, Forecast
from forge.errors import Refused
from forge.facts import DRAFT
from forge.git import GitFailed, Remote
from forge.mirror import Mirror, spec, tracked
from forge.objects import Objects
from forge.outcome import Outcome, Outcomes, already_there, conflict, failed_by, gone, listed, settled
from forge.pick import AlreadyThere, Conflict, Identity, Picked, Result, Source
from forge.prose import code, quiet
from forge.rules import Ruled

TAKEN = "the branch {head} exists with other work on it: open a pull request from it, or delete it and try again"
NO_PULL = "the branch {head} is pushed, but its pull request could not be opened: {said}"
DECLINED = "its pull request was closed without a merge"
MARKED = (
    "> This pick conflicts. Git's marks are in the commit: please mend {files} in this branch, "
    "push, and mark the pull request as ready.\n\n"
)
RULED = "> Not all of this was a clean pick. Settled by rule, please look at it:\n>\n{items}\n\n"


Known = tuple[int, str]  # a pull request from a branch of ours: its number; draft, open, closed or merged


class Hub(Protocol):
    """What is needed of GitHub."""

    async def token(self) -> str: ...

    async def pulls_from(self, head: str, base: str) -> list[Known]: ...

    async def create_pull(self, head: str, base: str, title: str, body: str, draft: bool) -> int: ...


@dataclass(frozen=True)
class _Ready:
    """A pick that waits for its push. `there`: what the head branch holds now. `marked`: files left in conflict."""

    head: str
    commit: str
    text: Text
    ruled: tuple[Ruled, ...]
    there: str = ""
    pushed: bool = False
    marked: tuple[str, ...] = ()


class Backporter:
    """Makes backports of one repository. `close` it at the end."""

    def __init__(self, settings: Settings, github: Hub) -> None:
        self._settings, self._github = settings, github
        self._mirror = Mirror(settings.data)

    def close(self) -> None:
        self._mirror.close()

    def use(self, settings: Settings) -> None:
        """The settings have changed."""
        self._settings = settings

    async def backport(self, effect: Backport, at: datetime | None = None) -> Outcomes:
        """Do it, and say how each ended. Raises forge.errors when GitHub gives no answer (try again later)."""
        commit = effect.commit
        heads = {branch: head_branch(commit, branch) for branch in effect.branches}
        try:
            objects, remote = await self._begin()
            pulls, missing = await asyncio.gather(
                asyncio.gather(*(self._github.pulls_from(heads[branch], branch) for branch in effect.branches)),
                self._mirror.fetch(remote, (effect.base, *effect.branches), spec(f"backport-{commit[:7]}-*")),
            )
            outcomes = _known(effect, dict(zip(effect.branches, pulls, strict=True)))
            left = [branch for branch in effect.branches if branch not in outcomes]
            outcomes |= {branch: failed_by(gone(branch), commit, branch) for branch in left if branch in missing}
            picked = [branch for branch in left if branch not in missing]
            if not picked:
                return outcomes
            await self._mirror.bring(remote, commit)
            sources = await asyncio.to_thread(_sources, objects, effect)
            made = await asyncio.gather(*(self._pick(objects, effect, sources, each, at or now()) for each in picked))
            return outcomes | await self._publish(objects, remote, dict(zip(picked, made, strict=True)))
        except GitFailed as failed:
            return {branch: failed_by(failed, commit, branch) for branch in effect.branches}

    async def forecast(self, effect: Forecast, at: datetime | None = None) -> Outcomes:
        """What the picks would come to if the pull request were merged now, as one commit. Raises forge.errors."""
        try:
            objects, remote = await self._begin()
            branches = (effect.base, *effect.branches)
            missing = await self._mirror.fetch(remote, branches, f"refs/pull/{effect.number}/head")
            await self._mirror.bring(remote, effect.head)
            source = await asyncio.to_thread(_as_merged, objects, effect, at or now())
            if isinstance(source, Conflict):
                why = f"it conflicts with {effect.base} itself: {listed(source.files)}"
                return dict.fromkeys(effect.branches, Outcome("conflict", why, files=source.files))
            there = [branch for branch in effect.branches if branch not in missing]
            made = await asyncio.gather(*(self._foresee(objects, source, branch, at or now()) for branch in there))
            outcomes = {
                branch: failed_by(gone(branch), effect.head, branch) for branch in missing & set(effect.branches)
            }
            return outcomes | dict(zip(there, made, strict=True))
        except GitFailed as failed:
            return {branch: failed_by(failed, effect.head, branch) for branch in effect.branches}

    # --- what is needed here ---

    async def _begin(self) -> tuple[Objects, Remote]:
        return await self._mirror.objects(), Remote(self._settings.github.remote, await self._github.token())

    # --- one branch ---

    async def _pick(
        self, objects: Objects, effect: Backport, sources: Sequence[Source], branch: str, at: datetime
    ) -> Outcome | _Ready:
        onto = await asyncio.to_thread(objects.resolve, tracked(branch))
        text, head = await _words(objects, effect, sources, branch), head_branch(effect.commit, branch)
        result, source = await self._pick_all(objects, sources, onto, text, at)
        match result:
            case Conflict(files):
                outcome = await conflict(objects, source, onto, branch, files)
                if outcome.state != "conflict" or len(sources) > 1 or self._settings.backports.conflicts != "draft":
                    return outcome
                commit = await asyncio.to_thread(self._marked, objects, source, onto, text, result, at)
                return await self._compared(objects, onto, _Ready(head, commit, text, (), marked=files))
            case AlreadyThere():
                return await already_there(objects, source, onto, branch)
            case Picked():
                return await self._compared(objects, onto, _Ready(head, result.commit, text, result.ruled))

    def _marked(self, objects: Objects, source: Source, onto: str, text: Text, result: Conflict, at: datetime) -> str:
        """The commit that a person would have made who committed git's marks as they are."""
        author = (source.author, source.date)
        return pick.commit(objects, result.tree, (onto,), text.message, author, committer(self._settings), at)

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
        onto = await asyncio.to_thread(objects.resolve, tracked(branch))
        result = await _try(objects, source, onto, "forecast", committer(self._settings), at)
        match result:
            case Conflict(files):
                return await conflict(objects, source, onto, branch, files)
            case AlreadyThere():
                return Outcome("already-there", f"{branch} has this change already")
            case Picked():
                return Outcome("clean", settled(result.ruled), ruled=result.ruled)

    # --- push and pull request ---

    async def _compared(self, objects: Objects, onto: str, ready: _Ready) -> Outcome | _Ready:
        """Look at what the head branch holds: the same change is used as it is, somebody else's work is left alone."""
        found = await asyncio.to_thread(objects.find, tracked(ready.head))
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
        failures = await self._mirror.push(remote, pushes)
        opened = await asyncio.gather(
            *(self._open(objects, branch, each) for branch, each in ready.items() if each.head not in failures)
        )
        outcomes |= {
            branch: failed_by(failures[each.head], each.head.split("-")[1], branch)
            for branch, each in ready.items()
            if each.head in failures
        }
        return outcomes | dict(opened)

    async def _open(self, objects: Objects, branch: str, ready: _Ready) -> tuple[str, Outcome]:
        text, draft = ready.text, bool(ready.marked or convention.config(objects, ready.commit)["draft_pr"])
        try:
            number = await self._github.create_pull(ready.head, branch, text.title, _shown(ready), draft)
        except Refused as refused:
            found = await self._github.pulls_from(ready.head, branch)
            known = [number for number, state in found if state in ("open", "draft")]
            if not known:
                return branch, Outcome("failed", NO_PULL.format(head=code(ready.head), said=code(str(refused))))
            number = known[0]
        return branch, Outcome("opened", DRAFT if draft else settled(ready.ruled), number, ruled=ready.ruled)


# --- words ---


def committer(settings: Settings) -> Identity:
    login = settings.github.bot_login
    return Identity(login, f"{login}@users.noreply.github.com")


async def _words(objects: Objects, effect: Backport, sources: Sequence[Source], branch: str) -> Text:
    """A merge commit's own subject says nothing, and of several commits the title says more than the last one's."""
    last = sources[-1]
    subject = effect.title if len(sources) > 1 or len(last.parents) > 1 else ""
    text = await convention.compose(objects, last, subject, branch, effect.number)
    if len(sources) == 1:
        return text
    origins = "\n".join(f"(cherry picked from commit {source.sha})" for source in sources[:-1])
    return replace(text, body=f"{origins}\n{text.body}")


def _shown(ready: _Ready) -> str:
    """The body of the pull request; what a rule settled is said in it, so that it cannot get lost on the way."""
    items = "\n".join(f"> - {code(each.path)}: {each.how}" for each in ready.ruled)
    note = RULED.format(items=items) if ready.ruled else ""
    note += MARKED.format(files=listed(ready.marked)) if ready.marked else ""
    return note + quiet(ready.text.body)


def _picked_message(source: Source) -> str:
    return f"{source.message}\n\n(cherry picked from commit {source.sha})"


# --- steps ---


def _known(effect: Backport, pulls: dict[str, list[Known]]) -> Outcomes:
    """Those that need no pick: a pull request is open, or was closed and is not asked for again."""
    outcomes = {}
    for branch, found in pulls.items():
        by_state = {state: number for number, state in reversed(found)}
        if "open" in by_state:
            outcomes[branch] = Outcome("opened", "", by_state["open"])
        elif "draft" in by_state:
            outcomes[branch] = Outcome("opened", DRAFT, by_state["draft"])
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
    base, head = objects.resolve(tracked(effect.base)), pick.read(objects, effect.head)
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
