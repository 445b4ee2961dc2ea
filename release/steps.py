"""Which function does which step of the plan."""

from __future__ import annotations

from release import asking, filesteps, gitsteps
from release.job import Step

STEPS: dict[str, Step] = {
    "gates": filesteps.ask_gates,
    "go": asking.go,
    "target": gitsteps.target,
    "clone": gitsteps.clone,
    "news": gitsteps.gather,
    "bump": gitsteps.bump,
    "commit": gitsteps.commit,
    "tag": gitsteps.tag,
    "post": gitsteps.post,
    "branch": gitsteps.branch,
    "push": gitsteps.push,
    "tarballs": filesteps.tarballs,
    "reproduce": filesteps.reproduce,
    "sbom": filesteps.inventories,
    "checksums": filesteps.checksums,
    "sign": filesteps.signature,
    "verify": filesteps.verified,
    "smoke": filesteps.tried,
    "approve": asking.approve,
    "publish": filesteps.publish,
    "fetch": filesteps.fetched,
    "record": filesteps.record,
    "announce": filesteps.announcement,
    "told": asking.told,
}
