"""The operating system: what `posix` offers, with paths and the environment."""

import posix
import posixpath as path
import sys

sys.modules["os.path"] = path

name = "posix"
sep = "/"
linesep = "\n"
curdir = "."
pardir = ".."
devnull = "/dev/null"


def _export():
    """Everything public of posix under the same name here."""
    for key in dir(posix):
        if not key.startswith("__"):
            globals()[key] = getattr(posix, key)


_export()


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


class _Environ(dict):
    """The environment; a change reaches the processes that are started later."""

    def __setitem__(self, key, value):
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError("str expected, not " + type(value if isinstance(key, str) else key).__name__)
        posix.putenv(key, value)
        dict.__setitem__(self, key, value)

    def __delitem__(self, key):
        dict.__delitem__(self, key)
        posix.unsetenv(key)

    def pop(self, key, *default):
        if key in self:
            value = self[key]
            del self[key]
            return value
        return dict.pop(self, key, *default)

    def setdefault(self, key, value=None):
        if key not in self:
            self[key] = value
        return self[key]


environ = _Environ({_text(key): _text(value) for key, value in posix.environ.items()})


def getenv(key, default=None):
    return environ.get(key, default)


def makedirs(folder, exist_ok=False):
    """Make a folder and those above it."""
    head = path.dirname(folder)
    if head and not path.exists(head):
        makedirs(head, True)
    if not (exist_ok and path.isdir(folder)):
        posix.mkdir(folder)
