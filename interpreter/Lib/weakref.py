"""Weak references: to be told that an object has gone instead of keeping it."""

from _weakref import CallableProxyType, ProxyType, ReferenceType, getweakrefcount, getweakrefs, proxy, ref

__all__ = ["ref", "proxy", "getweakrefcount", "getweakrefs", "WeakKeyDictionary", "ReferenceType", "ProxyType",
           "CallableProxyType", "ProxyTypes", "WeakValueDictionary", "WeakSet", "WeakMethod", "finalize"]

ProxyTypes = (ProxyType, CallableProxyType)
_MISSING = object()


class WeakMethod(ref):
    """A weak reference to a bound method, which lives as long as its object and function."""

    __slots__ = ("_function", "_kind", "_alive", "__weakref__")

    def __new__(cls, meth, callback=None):
        try:
            target, function = meth.__self__, meth.__func__
        except AttributeError:
            raise TypeError(f"argument should be a bound method, not {type(meth)}") from None
        myself = None

        def gone(_ref):
            self = myself()
            if self is not None and self._alive:
                self._alive = False
                if callback is not None:
                    callback(self)

        self = ref.__new__(cls, target, gone)
        self._function = ref(function, gone)
        self._kind = type(meth)
        self._alive = True
        myself = ref(self)
        return self

    def __init__(self, meth, callback=None):
        pass

    def __call__(self):
        target, function = ref.__call__(self), self._function()
        return None if target is None or function is None else self._kind(function, target)

    def __eq__(self, other):
        if not isinstance(other, WeakMethod):
            return NotImplemented
        if not self._alive or not other._alive:
            return self is other
        return ref.__eq__(self, other) and self._function == other._function

    def __ne__(self, other):
        return not self == other if isinstance(other, WeakMethod) else NotImplemented

    __hash__ = ref.__hash__


class _Keyed(ref):
    """Knows under which key its dictionary has it."""

    __slots__ = ("key",)

    def __new__(cls, target, callback, key):
        self = ref.__new__(cls, target, callback)
        self.key = key
        return self

    def __init__(self, target, callback, key):
        ref.__init__(self, target, callback)


class _WeakMapping:
    """What the two dictionaries share: `data` holds references on one side; iteration sees a copy of the living."""

    def __contains__(self, key):
        return self.get(key, _MISSING) is not _MISSING

    def __len__(self):
        return sum(1 for _ in self.items())

    def __bool__(self):
        return len(self) > 0

    def __iter__(self):
        return self.keys()

    def keys(self):
        for key, _value in self.items():
            yield key

    def values(self):
        for _key, value in self.items():
            yield value

    def get(self, key, default=None):
        try:
            return self[key]
        except (KeyError, TypeError):
            return default

    def setdefault(self, key, default=None):
        found = self.get(key, _MISSING)
        if found is _MISSING:
            self[key] = found = default
        return found

    def pop(self, key, *default):
        if len(default) > 1:
            raise TypeError(f"pop expected at most 2 arguments, got {1 + len(default)}")
        found = self.get(key, _MISSING)
        if found is not _MISSING:
            del self[key]
            return found
        if default:
            return default[0]
        raise KeyError(key)

    def popitem(self):
        for key, value in self.items():
            del self[key]
            return key, value
        raise KeyError("popitem(): dictionary is empty")

    def update(self, other=(), /, **kwargs):
        pairs = other.items() if hasattr(other, "items") else [(k, other[k]) for k in other.keys()] if hasattr(other, "keys") else other
        for key, value in pairs:
            self[key] = value
        for key, value in kwargs.items():
            self[key] = value

    def clear(self):
        self.data.clear()

    def copy(self):
        new = type(self)()
        new.update(self)
        return new

    __copy__ = copy

    def __deepcopy__(self, memo):
        return self.copy()

    def __eq__(self, other):
        return dict(self.items()) == dict(other.items()) if hasattr(other, "items") else NotImplemented

    __hash__ = None

    def __or__(self, other):
        if not hasattr(other, "items"):
            return NotImplemented
        new = self.copy()
        new.update(other)
        return new

    def __ior__(self, other):
        self.update(other)
        return self

    def __repr__(self):
        return f"<{type(self).__name__} at {id(self):#x}>"


class WeakValueDictionary(_WeakMapping):
    """A dictionary that does not keep its values."""

    def __init__(self, other=(), /, **kwargs):
        self.data = {}
        myself = ref(self)

        def remove(dead):
            self = myself()
            if self is not None and self.data.get(dead.key) is dead:
                del self.data[dead.key]

        self._remove = remove
        self.update(other, **kwargs)

    def __getitem__(self, key):
        value = self.data[key]()
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key, value):
        self.data[key] = _Keyed(value, self._remove, key)

    def __delitem__(self, key):
        del self.data[key]

    def items(self):
        for key, reference in list(self.data.items()):
            value = reference()
            if value is not None:
                yield key, value

    def valuerefs(self):
        return list(self.data.values())

    itervaluerefs = valuerefs


class WeakKeyDictionary(_WeakMapping):
    """A dictionary that does not keep its keys; values live as long as their keys."""

    def __init__(self, other=(), /):
        self.data = {}
        myself = ref(self)

        def remove(dead):
            self = myself()
            if self is not None:
                self.data.pop(dead, None)

        self._remove = remove
        self.update(other)

    def __getitem__(self, key):
        return self.data[ref(key)]

    def __setitem__(self, key, value):
        self.data[ref(key, self._remove)] = value

    def __delitem__(self, key):
        del self.data[ref(key)]

    def items(self):
        for reference, value in list(self.data.items()):
            key = reference()
            if key is not None:
                yield key, value

    def keyrefs(self):
        return list(self.data)


class WeakSet:
    """A set that does not keep its members."""

    def __init__(self, items=()):
        self.data = set()
        myself = ref(self)

        def remove(dead):
            self = myself()
            if self is not None:
                self.data.discard(dead)

        self._remove = remove
        self.update(items)

    def __iter__(self):
        for reference in list(self.data):
            item = reference()
            if item is not None:
                yield item

    def __len__(self):
        return sum(1 for _ in self)

    def __contains__(self, item):
        try:
            return ref(item) in self.data
        except TypeError:
            return False

    def add(self, item):
        self.data.add(ref(item, self._remove))

    def discard(self, item):
        self.data.discard(ref(item))

    def remove(self, item):
        self.data.remove(ref(item))

    def pop(self):
        while True:
            try:
                item = self.data.pop()()
            except KeyError:
                raise KeyError("pop from empty WeakSet") from None
            if item is not None:
                return item

    def clear(self):
        self.data.clear()

    def update(self, items):
        for item in items:
            self.add(item)

    __ior__ = lambda self, other: (self.update(other), self)[1]

    def copy(self):
        return type(self)(self)

    def _plain(self):
        return set(self)

    def union(self, other):
        return type(self)(self._plain() | set(other))

    def intersection(self, other):
        return type(self)(self._plain() & set(other))

    def difference(self, other):
        return type(self)(self._plain() - set(other))

    def symmetric_difference(self, other):
        return type(self)(self._plain() ^ set(other))

    __or__, __and__, __sub__, __xor__ = union, intersection, difference, symmetric_difference

    def difference_update(self, other):
        for item in list(other):
            self.discard(item)

    def issubset(self, other):
        return self._plain() <= set(other)

    def issuperset(self, other):
        return self._plain() >= set(other)

    def isdisjoint(self, other):
        return self._plain().isdisjoint(set(other))

    __le__, __ge__ = issubset, issuperset

    def __lt__(self, other):
        return self._plain() < set(other)

    def __gt__(self, other):
        return self._plain() > set(other)

    def __eq__(self, other):
        return self._plain() == set(other) if isinstance(other, WeakSet) else NotImplemented

    __hash__ = None

    def __repr__(self):
        return repr(self.data)


class finalize:
    """Call a function once, when the object dies or the program ends, whichever comes first."""

    __slots__ = ()
    _living = {}  # finalize object -> (weakref, func, args, kwargs, atexit), oldest first

    class _Record:
        __slots__ = ("reference", "func", "args", "kwargs", "atexit")

    def __init__(self, obj, func, /, *args, **kwargs):
        record = self._Record()
        record.reference = ref(obj, self)
        record.func, record.args, record.kwargs = func, args, kwargs
        record.atexit = True
        self._living[self] = record

    def __call__(self, _dead=None):
        record = self._living.pop(self, None)
        if record is not None:
            return record.func(*record.args, **record.kwargs)

    def detach(self):
        record = self._living.get(self)
        obj = None if record is None else record.reference()
        if obj is not None and self._living.pop(self, None):
            return obj, record.func, record.args, record.kwargs

    def peek(self):
        record = self._living.get(self)
        obj = None if record is None else record.reference()
        if obj is not None:
            return obj, record.func, record.args, record.kwargs

    @property
    def alive(self):
        return self in self._living

    @property
    def atexit(self):
        record = self._living.get(self)
        return record is not None and record.atexit

    @atexit.setter
    def atexit(self, value):
        record = self._living.get(self)
        if record is not None:
            record.atexit = bool(value)

    def __repr__(self):
        record = self._living.get(self)
        obj = None if record is None else record.reference()
        if obj is None:
            return f"<{type(self).__name__} object at {id(self):#x}; dead>"
        return f"<{type(self).__name__} object at {id(self):#x}; for {type(obj).__name__!r} at {id(obj):#x}>"
