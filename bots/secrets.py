"""The webhook secrets in force: a secret that is changed in the settings file holds from the next delivery on.

To change one without losing a delivery: write `new, old` into the file, change it at GitHub, then write `new` alone.
A secret from the environment goes over the file's, and lasts as long as the process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from core import settings
from core.settings import Settings, SettingsError

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int] | None


def in_force(start: Settings, environ: Mapping[str, str]) -> Callable[[], tuple[bytes, ...]]:
    """What to ask at each delivery. A file that cannot be used changes nothing and is named in the log, once."""
    name = environ.get("CAMELOT_CONFIG")
    file = Path(name) if name else None
    known, seen = start.github.webhook_secrets, _stamp(file)

    def ask() -> tuple[bytes, ...]:
        nonlocal known, seen
        stamp = _stamp(file)
        if stamp != seen:
            seen = stamp
            known = _read(environ, start.profile) or known
        return known

    return ask


def _read(environ: Mapping[str, str], profile: str) -> tuple[bytes, ...]:
    try:
        found = settings.load(environ, profile).github.webhook_secrets
    except SettingsError as error:
        log.error("settings kept reason=%s", error)
        return ()
    if not found:
        log.error("webhook secret kept reason=the settings file holds none")
    return found


def _stamp(file: Path | None) -> Stamp:
    """Changes whenever the file does, also when it is put in place by a rename."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
