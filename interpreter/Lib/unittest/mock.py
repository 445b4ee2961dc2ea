"""The part of unittest.mock that replaces a name for a while: `patch("module.name", new)`, and `patch.object`."""

import builtins
import sys

_MISSING = object()


class patch:
    """A context manager and a decorator; what stood there before comes back at the end, whatever happens."""

    def __init__(self, target, new):
        module, dot, self.name = target.rpartition(".")
        if not dot:
            raise TypeError(f"Need a valid target to patch. You supplied: {target!r}")
        self.owner = module
        self.new = new

    @classmethod
    def object(cls, owner, name, new):
        made = cls("." + name, new)
        made.owner = owner
        return made

    def __enter__(self):
        owner = self.owner = _find(self.owner) if isinstance(self.owner, str) else self.owner
        self.old = vars(owner).get(self.name, _MISSING)
        known = hasattr(owner, self.name) or (type(owner) is type(sys) and hasattr(builtins, self.name))
        if not known:
            raise AttributeError(f"{owner!r} does not have the attribute {self.name!r}")
        setattr(owner, self.name, self.new)
        return self.new

    def __exit__(self, kind, error, traceback):
        if self.old is _MISSING:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.old)

    start = __enter__

    def stop(self):
        self.__exit__(None, None, None)

    def __call__(self, function):
        def patched(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        patched.__name__ = function.__name__
        return patched


def _find(path):
    """The module, or the attribute of one, that a dotted path names."""
    name, *rest = path.split(".")
    found = sys.modules[name] if name in sys.modules else __import__(name)
    for part in rest:
        name += "." + part
        if not hasattr(found, part):
            __import__(name)
        found = getattr(found, part)
    return found
