"""Containers beyond the built-in ones."""

__all__ = ["Counter", "OrderedDict", "defaultdict", "deque", "namedtuple"]

OrderedDict = dict  # every dict keeps its order


class defaultdict(dict):
    """A dict that makes a missing value with `default_factory()`."""

    def __init__(self, default_factory=None, *args, **kwargs):
        dict.__init__(self, *args, **kwargs)
        self.default_factory = default_factory

    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        self[key] = value = self.default_factory()
        return value

    def __repr__(self):
        return f"defaultdict({self.default_factory!r}, {dict.__repr__(self)})"


class Counter(dict):
    """How often each item was seen; 0 for one never seen."""

    def __init__(self, items=()):
        dict.__init__(self)
        self.update(items)

    def __missing__(self, key):
        return 0

    def update(self, items=()):
        if isinstance(items, dict):
            for item, number in items.items():
                self[item] = self[item] + number
        else:
            for item in items:
                self[item] = self[item] + 1

    def most_common(self, n=None):
        """(item, number) pairs, the most frequent first; ties in the order in which they were seen."""
        rows = sorted(self.items(), key=lambda row: row[1], reverse=True)
        return rows if n is None else rows[:n]

    def total(self):
        return sum(self.values())


class deque:
    """A queue with two cheap ends: two stacks, the front one reversed."""

    def __init__(self, items=(), maxlen=None):
        self._front = []
        self._back = []
        self.maxlen = maxlen
        self.extend(items)

    def append(self, item):
        self._back.append(item)
        if self.maxlen is not None and len(self) > self.maxlen:
            self.popleft()

    def appendleft(self, item):
        self._front.append(item)
        if self.maxlen is not None and len(self) > self.maxlen:
            self.pop()

    def extend(self, items):
        for item in items:
            self.append(item)

    def pop(self):
        return self._take(self._back, self._front)

    def popleft(self):
        return self._take(self._front, self._back)

    def _take(self, near, far):
        """Pop from one stack; when it is empty it first gets the lower half of the other."""
        if not near:
            if not far:
                raise IndexError("pop from an empty deque")
            half = (len(far) + 1) // 2
            near.extend(reversed(far[:half]))
            del far[:half]
        return near.pop()

    def clear(self):
        self._front.clear()
        self._back.clear()

    def __len__(self):
        return len(self._front) + len(self._back)

    def __iter__(self):
        return iter(list(reversed(self._front)) + self._back)

    def __getitem__(self, index):
        return list(self)[index]

    def __eq__(self, other):
        return isinstance(other, deque) and list(self) == list(other)

    __hash__ = None

    def __repr__(self):
        limit = f", maxlen={self.maxlen}" if self.maxlen is not None else ""
        return f"deque({list(self)!r}{limit})"


def namedtuple(typename, field_names):
    """A tuple class whose items have names."""
    names = tuple(field_names.replace(",", " ").split()) if isinstance(field_names, str) else tuple(field_names)

    def new(cls, *args, **kwargs):
        values = list(args)
        for name in names[len(args):]:
            if name not in kwargs:
                raise TypeError(f"{typename}.__new__() missing argument {name!r}")
            values.append(kwargs.pop(name))
        if kwargs or len(values) != len(names):
            raise TypeError(f"{typename}.__new__() takes {len(names)} arguments: {', '.join(names)}")
        return tuple.__new__(cls, values)

    def show(self):
        return typename + "(" + ", ".join([n + "=" + repr(v) for n, v in zip(names, self)]) + ")"

    def as_dict(self):
        return dict(zip(names, self))

    def replaced(self, **changes):
        return type(self)(**{**self._asdict(), **changes})

    body = {"__slots__": (), "_fields": names, "__new__": new, "__repr__": show, "_asdict": as_dict, "_replace": replaced}
    for index, name in enumerate(names):
        body[name] = property(_item(index))
    return type(typename, (tuple,), body)


def _item(index):
    return lambda self: self[index]
