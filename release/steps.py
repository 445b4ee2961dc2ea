"""How each step of the plan is carried out: what must hold before, what is done, how that is looked at and undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from release import asking, dating, filesteps, gitsteps, signsteps, takeback
from release.job import Evidence, Job, Step


def _nothing(_: Job) -> str:
    return ""


def _well(_: Job, _evidence: Evidence) -> str:
    return ""


def _no_effect(_: Job) -> None:
    """It only looked."""


@dataclass(frozen=True)
class Act:
    """One step; the plan's text says what it will do.

    `check` says before what stands in its way, `verify` afterwards what its effect lacks, both looked up in the world;
    empty is good. `do` looks how far it came before and does the rest. `undo` takes it back, and may be asked again.
    `for_good` says why its effect, as it stands now, cannot be undone; empty where it can.
    """

    do: Step
    check: Callable[[Job], str] = _nothing
    verify: Callable[[Job, Evidence], str] = _well
    undo: Callable[[Job], None] = _no_effect
    for_good: Callable[[Job], str] = _nothing

    @property
    def leaves_nothing(self) -> bool:
        return self.undo is _no_effect

    @property
    def may_be_for_good(self) -> bool:
        """In a real cut, once people have it."""
        return self.for_good is not _nothing


STEPS: dict[str, Act] = {
    "gates": Act(filesteps.ask_gates),
    "go": Act(asking.go, undo=takeback.question("go")),
    "target": Act(gitsteps.target, check=gitsteps.is_where_it_was, undo=takeback.target),
    "clone": Act(gitsteps.clone, verify=gitsteps.is_cloned, undo=takeback.clone),
    "news": Act(gitsteps.gather, undo=takeback.tree),
    "bump": Act(gitsteps.bump, undo=takeback.version),
    "commit": Act(gitsteps.commit, verify=gitsteps.is_committed, undo=takeback.tree),
    "tag": Act(gitsteps.tag, check=gitsteps.is_free, verify=gitsteps.is_tagged, undo=takeback.tag),
    "post": Act(gitsteps.post, undo=takeback.back_to("commit")),
    "branch": Act(gitsteps.branch, undo=takeback.back_to("post")),
    "push": Act(gitsteps.push, gitsteps.is_free, gitsteps.is_pushed, takeback.push, takeback.pushed_for_good),
    "tarballs": Act(filesteps.tarballs, filesteps.has_room, filesteps.lie_there, takeback.files),
    "reproduce": Act(filesteps.reproduce),
    "sbom": Act(filesteps.inventories, verify=filesteps.lie_there, undo=takeback.inventories),
    "checksums": Act(filesteps.checksums, verify=filesteps.lie_there, undo=takeback.checksums),
    "sign": Act(signsteps.signature, verify=filesteps.lie_there, undo=takeback.signature),
    "verify": Act(filesteps.verified),
    "smoke": Act(filesteps.tried, undo=takeback.tries),
    "approve": Act(asking.approve, undo=takeback.question("approve")),
    "publish": Act(
        filesteps.publish,
        filesteps.is_unpublished,
        filesteps.is_published,
        takeback.published,
        takeback.published_for_good,
    ),
    "fetch": Act(filesteps.fetched),
    "record": Act(filesteps.record, undo=takeback.record),
    "registry": Act(dating.write, verify=dating.is_written, undo=dating.take_back),
    "announce": Act(filesteps.announcement, undo=takeback.announcement),
    "told": Act(asking.told, undo=takeback.question("told"), for_good=takeback.told_for_good),
}
