"""Copies of objects: of the outermost alone, or of all that it holds."""

__all__ = ["Error", "copy", "deepcopy"]


class Error(Exception):
    """What cannot be copied says so with this."""


error = Error
_ATOMS = (type(None), int, float, bool, complex, bytes, str, tuple, frozenset, type, range, slice, type(len), type(...),
          type(NotImplemented), type(lambda: 0), property)


def _state_of(x):
    state = dict(getattr(x, "__dict__", ()))
    for cls in type(x).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(x, name):
                state[name] = getattr(x, name)
    return state


def _fill(new, state):
    for name, value in state.items():
        object.__setattr__(new, name, value)
    return new


def _bare(x):
    """An object of the same class with the contents of a built-in base, but no attributes."""
    cls = type(x)
    for base in (list, dict, set):
        if isinstance(x, base):
            new = cls.__new__(cls)
            getattr(new, "extend" if base is list else "update")(x)
            return new
    for base in (int, float, str, bytes, tuple, frozenset, complex):
        if isinstance(x, base):
            return base.__new__(cls, x)
    if isinstance(x, BaseException):
        return cls.__new__(cls, *x.args)
    if isinstance(x, type(iter(()))) or cls.__module__ == "builtins" and cls is not object:
        raise TypeError(f"cannot pickle {cls.__name__!r} object")
    return cls.__new__(cls)


def copy(x):
    """A new object that holds the same things."""
    cls = type(x)
    if cls in _ATOMS or issubclass(cls, type):
        return x
    if cls in (list, dict, set):
        return x.copy()
    copier = getattr(cls, "__copy__", None)
    if copier is not None:
        return copier(x)
    return _fill(_bare(x), _state_of(x))


def deepcopy(x, memo=None, _nil=[]):
    """A new object that holds deep copies; what was shared is shared again, cycles stay cycles."""
    memo = {} if memo is None else memo
    known = memo.get(id(x), _nil)
    if known is not _nil:
        return known
    cls = type(x)
    if cls in _ATOMS and cls not in (tuple, frozenset) or issubclass(cls, type):
        return x
    copier = getattr(x, "__deepcopy__", None)
    if copier is not None:
        new = copier(memo)
    elif cls is list:
        memo[id(x)] = new = []
        for item in x:
            new.append(deepcopy(item, memo))
    elif cls is dict:
        memo[id(x)] = new = {}
        for key, value in x.items():
            new[deepcopy(key, memo)] = deepcopy(value, memo)
    elif cls in (set, frozenset):
        new = cls([deepcopy(item, memo) for item in x])
    elif cls is tuple:
        items = [deepcopy(item, memo) for item in x]
        if id(x) in memo:
            return memo[id(x)]
        new = x if all(a is b for a, b in zip(items, x)) else tuple(items)
    else:
        new = _deep_instance(x, memo)
    if new is not x:
        memo[id(x)] = new
        memo.setdefault(id(memo), []).append(x)  # kept alive, so that its id stays its own
    return new


def _deep_instance(x, memo):
    new = memo[id(x)] = _bare(x)
    if isinstance(x, list):
        new[:] = [deepcopy(item, memo) for item in x]
    elif isinstance(x, dict):
        new.clear()
        for key, value in x.items():
            new[deepcopy(key, memo)] = deepcopy(value, memo)
    return _fill(new, {name: deepcopy(value, memo) for name, value in _state_of(x).items()})
