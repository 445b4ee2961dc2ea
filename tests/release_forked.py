"""A cut in a process of its own that can be killed: forked from a server that has imported what a cut needs."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from release import cut, undoing
from release.crashing import CRASH
from release.judging import Blockers
from tests import release_house
from tests.release_house import TODAY, VERSION, House

LIMIT_S = 300.0
_CONTEXT: ForkServerContext = get_context("forkserver")


def cut_apart(
    house: House, crash: str, version: str = VERSION, today: date = TODAY, real: bool = False, largest: int = 0
) -> str | int | None:
    """Cut `version`, and die at `crash` (`step:before`, `step:after`) if that is reached.

    With `largest` no file may grow beyond so many bytes: what a full disk does, in a process of its own.

    Returns how the cut ended: its state, with the error after a colon when there is one; or, when it did not end, the
    exit code of the process, as `subprocess` gives it.
    """
    return _apart(_cut, house.root, house.settings.registry, version, today, real, crash, largest)


def undo_apart(house: House, run: int, crash: str) -> str | int | None:
    """Undo a run, and die at `crash` (`undo-step:before` ...); how many steps stay, or the exit code."""
    return _apart(_undo, house.root, house.settings.registry, run, crash)


def _apart(work: Callable[..., None], *words: object) -> str | int | None:
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=work, args=(theirs, *words))
    process.start()
    theirs.close()
    try:
        said = str(ours.recv()) if ours.poll(LIMIT_S) else ""
    except EOFError:
        said = ""
    finally:
        ours.close()
        process.join(LIMIT_S)
    return said or process.exitcode


def _cut(
    told: Connection,
    root: Path,
    registry: Path | None,
    version: str,
    today: date,
    real: bool,
    crash: str,
    largest: int,
) -> None:
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    os.environ[CRASH] = crash
    house = release_house.at(root)
    settings = house.settings.model_copy(update={"registry": registry, "today": today})
    result = cut.cut(
        settings,
        house.engine,
        version,
        "release-manager",
        rehearse=not real,
        today=today,
        yes="nobody is there to be asked in a test of crashes",
        tracker=(lambda settings: Blockers((), complete=True)) if real else None,
    )
    told.send(f"{result.state}: {result.error}" if result.error else result.state)


def _undo(told: Connection, root: Path, registry: Path | None, run: int, crash: str) -> None:
    os.environ[CRASH] = crash
    house = release_house.at(root)
    settings = house.settings.model_copy(update={"registry": registry})
    told.send(f"{len(undoing.undo(settings, house.engine, run, 'release-manager'))} stay")


_CONTEXT.set_forkserver_preload([__name__])
