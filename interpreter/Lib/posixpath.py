"""Paths as text: joining, splitting, asking what is there."""

import posix

sep = "/"
curdir = "."
pardir = ".."


def isabs(path):
    return path.startswith(sep)


def join(path, *paths):
    """Put parts together; an absolute part starts anew."""
    for part in paths:
        if isabs(part):
            path = part
        elif not path or path.endswith(sep):
            path += part
        else:
            path += sep + part
    return path


def split(path):
    """(folder, last part); the folder without its slash unless it is the root."""
    head, _, tail = path.rpartition(sep)
    if sep in path and not head.strip(sep):
        head = path[:len(path) - len(tail)]
    return head if not head.strip(sep) else head.rstrip(sep), tail


def dirname(path):
    return split(path)[0]


def basename(path):
    return split(path)[1]


def splitext(path):
    """(path, extension with its dot); a leading dot makes no extension."""
    name = basename(path)
    dot = name.rfind(".")
    if dot <= 0 or not name[:dot].strip("."):
        return path, ""
    cut = len(path) - len(name) + dot
    return path[:cut], path[cut:]


def normpath(path):
    """Without empty parts, `.` and `..` where that can be said without looking."""
    root = sep if isabs(path) else ""
    parts = []
    for part in path.split(sep):
        if part in ("", curdir):
            continue
        if part != pardir or (not root and (not parts or parts[-1] == pardir)):
            parts.append(part)
        elif parts:
            parts.pop()
    return root + sep.join(parts) or curdir


def abspath(path):
    return normpath(path if isabs(path) else join(posix.getcwd(), path))


def _mode(path):
    """The kind bits of a path's mode, or 0 if nothing is there."""
    try:
        return posix.stat(path).st_mode & 0o170000
    except (OSError, ValueError):
        return 0


def exists(path):
    return _mode(path) != 0


def isdir(path):
    return _mode(path) == 0o040000


def isfile(path):
    return _mode(path) == 0o100000


def getsize(path):
    return posix.stat(path).st_size
