"""Which function does which step of the plan."""

from __future__ import annotations

from release import filesteps, gitsteps
from release.job import Step

STEPS: dict[str, Step] = {
    "gates": filesteps.ask_gates,
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
    "publish": filesteps.publish,
    "fetch": filesteps.fetched,
    "record": filesteps.record,
    "announce": filesteps.announcement,
}
