"""Functions about functions."""

__all__ = ["WRAPPER_ASSIGNMENTS", "cache", "cmp_to_key", "lru_cache", "partial", "reduce", "update_wrapper", "wraps"]

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
_NOTHING = object()


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS):
    """Let `wrapper` look like `wrapped`."""
    for name in assigned:
        value = getattr(wrapped, name, _NOTHING)
        if value is not _NOTHING:
            setattr(wrapper, name, value)
    wrapper.__dict__.update(getattr(wrapped, "__dict__", {}))
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS):
    """A decorator: update_wrapper with the wrapped function given first."""
    def decorate(wrapper):
        return update_wrapper(wrapper, wrapped, assigned)
    return decorate


def reduce(function, iterable, initial=_NOTHING):
    """Combine all items from the left; an empty iterable needs an initial value."""
    items = iter(iterable)
    if initial is _NOTHING:
        try:
            value = next(items)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    else:
        value = initial
    for item in items:
        value = function(value, item)
    return value


class partial:
    """A function with some arguments given."""

    def __init__(self, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, /, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})

    def __repr__(self):
        parts = [repr(self.func)]
        parts.extend([repr(item) for item in self.args])
        parts.extend([name + "=" + repr(value) for name, value in self.keywords.items()])
        return "functools.partial(" + ", ".join(parts) + ")"


def lru_cache(maxsize=128):
    """Remember results by arguments, the `maxsize` last used ones; None: all."""
    def decorate(function):
        results = {}  # oldest use first

        @wraps(function)
        def wrapper(*args, **kwargs):
            key = (args, tuple(kwargs.items())) if kwargs else args
            if key in results:
                value = results.pop(key)
            else:
                value = function(*args, **kwargs)
            results[key] = value
            if maxsize is not None and len(results) > maxsize:
                del results[next(iter(results))]
            return value
        wrapper.cache_clear = results.clear
        return wrapper
    if callable(maxsize):  # @lru_cache without parentheses
        function, maxsize = maxsize, 128
        return decorate(function)
    return decorate


def cache(function):
    return lru_cache(None)(function)


def cmp_to_key(compare):
    """A sort key out of a function that returns a number below, at or above zero."""
    class Key:
        __slots__ = ("value",)

        def __init__(self, value):
            self.value = value

        def __lt__(self, other):
            return compare(self.value, other.value) < 0

        def __eq__(self, other):
            return compare(self.value, other.value) == 0

        __hash__ = None
    return Key
