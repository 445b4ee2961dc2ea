"""What the story asks of the release gates: which version main releases next, and what holds it back."""

from __future__ import annotations

from sqlalchemy import Engine

from console.story.ledger import Broken
from core.settings import Settings
from release import gates


def next_version(settings: Settings) -> str:
    """What main releases next, by the registry. Raises Broken when it expects none."""
    branch = settings.load_registry().by_ref("main", settings.day())
    release = branch.next_release(settings.day()) if branch else None
    if release is None:
        raise Broken("the registry expects no release of main")
    return str(release.version)


def blocking(settings: Settings, engine: Engine) -> list[str]:
    """Why the next release of main may not be cut now; empty when nothing holds it back."""
    found = gates.excuses(settings, engine, next_version(settings), settings.day())
    return [f"{excuse.gate}: {excuse.reason}" for excuse in found if excuse.state == "block"]
