"""Turn what went wrong into one sentence for the person at the terminal: the value, and what to do next.

A traceback is for a mistake of ours; everything that a person can mend reads like this and ends with exit code 2.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping

MISTAKE = 2  # the exit code, as click's own for wrong usage


class Refusal(RuntimeError):
    """We cannot go on, and the text is the whole sentence with its remedy."""


def sentence(error: BaseException) -> str | None:
    """The sentence for `error`; None when it is no mistake of the person but one of ours."""
    for kind in type(error).__mro__:
        speak = _SPEAKERS.get(f"{kind.__module__}.{kind.__qualname__}")
        if speak:
            return speak(error)
    return None


def _itself(error: BaseException) -> str:
    return str(error)


def _os_error(error: BaseException) -> str | None:
    if not isinstance(error, OSError) or error.errno is None:
        return None
    speak = _OS_ERRORS.get(error.errno)
    return speak(error) if speak else None


def _port(error: OSError) -> str:
    return f"{error.strerror or error}: another program uses that port: stop it, or choose another one with --port"


def _permission(error: OSError) -> str:
    where = error.filename or "a file"
    return f"{where}: no permission to write there: choose another folder with CAMELOT_DATA, or correct its owner"


def _full(error: OSError) -> str:
    return f"{error.filename or 'the disk'}: no space left: make room, or choose another folder with CAMELOT_DATA"


def _not_a_folder(error: OSError) -> str:
    return f"{error.filename or 'the data folder'}: not a folder: choose another one with CAMELOT_DATA"


_OS_ERRORS: Mapping[int, Callable[[OSError], str]] = {
    errno.EADDRINUSE: _port,
    errno.EACCES: _permission,
    errno.EPERM: _permission,
    errno.EROFS: _permission,
    errno.ENOSPC: _full,
    errno.ENOTDIR: _not_a_folder,
    errno.EEXIST: _not_a_folder,
}


def _database(error: BaseException) -> str:
    first = str(getattr(error, "orig", error)).strip().splitlines()[0]
    return f"the database cannot be used: {first}: correct DATABASE_URL, or start the database"


def _github(error: BaseException) -> str:
    return f"GitHub: {error}: what was done so far stays done; try again"


# By name, so that a quick command need not import what it does not use.
_SPEAKERS: Mapping[str, Callable[[BaseException], str | None]] = {
    "core.settings.SettingsError": _itself,
    "console.errors.Refusal": _itself,
    "console.service.ServiceError": _itself,
    "console.demo.AlreadyPlaying": _itself,
    "release.repo.GitError": _itself,
    "release.cut.CutError": _itself,
    "release.tasks.TaskError": _itself,
    "release.waivers.WaiverError": _itself,
    "release.patchlevel.PatchlevelError": _itself,
    "release.entries.NewsError": _itself,
    "release.templates.TemplateError": _itself,
    "release.calendar.CalendarError": _itself,
    "release.turning.TransitionError": _itself,
    "forge.errors.GitHubError": _github,
    "release.sign.SignatureError": _itself,
    "release.keys.KeyringError": _itself,
    "release.log.LogError": _itself,
    "release.note.NoteError": _itself,
    "forge.local.seed.SeedError": _itself,
    "sqlalchemy.exc.OperationalError": _database,
    "sqlalchemy.exc.ArgumentError": _database,
    "sqlalchemy.exc.NoSuchModuleError": _database,
    "builtins.OSError": _os_error,
}
