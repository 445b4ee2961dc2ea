"""Functions about functions."""

__all__ = ["WRAPPER_ASSIGNMENTS", "WRAPPER_UPDATES", "cache", "cached_property", "cmp_to_key", "lru_cache", "partial",
           "partialmethod", "reduce", "singledispatch", "total_ordering", "update_wrapper", "wraps"]

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
WRAPPER_UPDATES = ("__dict__",)
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


class cached_property:
    """A property whose value is computed once and then kept in the instance's __dict__."""

    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        if self.attrname is not None and name != self.attrname:
            raise TypeError("Cannot assign the same cached_property to two different names "
                            f"({self.attrname!r} and {name!r}).")
        self.attrname = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.attrname is None:
            raise TypeError("Cannot use cached_property instance without calling __set_name__ on it.")
        try:
            cache = instance.__dict__
        except AttributeError:
            raise TypeError(f"No '__dict__' attribute on {type(instance).__name__!r} instance to cache "
                            f"{self.attrname!r} property.") from None
        value = cache.get(self.attrname, _NOTHING)
        if value is _NOTHING:
            value = cache[self.attrname] = self.func(instance)
        return value


class partialmethod:
    """A method with some arguments given."""

    def __init__(self, func, /, *args, **keywords):
        self.func, self.args, self.keywords = func, args, keywords

    def __get__(self, instance, owner=None):
        bound = self.func.__get__(instance, owner) if hasattr(self.func, "__get__") else self.func
        if instance is None and bound is self.func:
            return lambda obj, /, *args, **keywords: self.func(obj, *self.args, *args, **{**self.keywords, **keywords})
        return partial(bound, *self.args, **self.keywords)


def _derived(cls, name):
    """The comparison `name` from the one that the class defines itself, and equality."""
    root = next(root for root in ("__lt__", "__le__", "__gt__", "__ge__") if getattr(cls, root) is not getattr(object, root))
    ask = getattr(cls, root)
    negate = root[2] != name[2]
    wants_equal, gives_equal = name[3] == "e", root[3] == "e"

    def compare(self, other):
        answer = ask(self, other)
        if answer is NotImplemented:
            return answer
        if negate:
            answer = not answer
            if wants_equal == gives_equal:
                return answer or self == other if wants_equal else answer and self != other
            return answer
        return answer or self == other if wants_equal else answer and self != other

    compare.__name__ = name
    return compare


def total_ordering(cls):
    """Fill in the comparisons that a class with one of them lacks."""
    names = ("__lt__", "__le__", "__gt__", "__ge__")
    if not any(getattr(cls, name) is not getattr(object, name) for name in names):
        raise ValueError("must define at least one ordering operation: < > <= >=")
    missing = [name for name in names if getattr(cls, name) is getattr(object, name)]
    made = {name: _derived(cls, name) for name in missing}
    for name, method in made.items():
        setattr(cls, name, method)
    return cls


def singledispatch(func):
    """A function that chooses by the class of its first argument."""
    registry = {object: func}

    def dispatch(cls):
        for base in cls.__mro__:
            if base in registry:
                return registry[base]
        for known in registry:
            if issubclass(cls, known):
                return registry[known]
        return func

    def register(cls, function=None):
        if function is None and not isinstance(cls, type):
            annotations = getattr(cls, "__annotations__", {})
            function, cls = cls, next(iter(annotations.values()))
        if function is None:
            return lambda f: register(cls, f)
        registry[cls] = function
        return function

    def wrapper(*args, **kwargs):
        if not args:
            raise TypeError(f"{func.__name__} requires at least 1 positional argument")
        return dispatch(args[0].__class__)(*args, **kwargs)

    wrapper.register, wrapper.dispatch, wrapper.registry = register, dispatch, registry
    return update_wrapper(wrapper, func)
