"""Iterators made of iterators."""

import operator

__all__ = ["accumulate", "batched", "chain", "combinations", "combinations_with_replacement", "compress", "count", "cycle",
           "dropwhile", "filterfalse", "groupby", "islice", "pairwise", "permutations", "product", "repeat", "starmap",
           "takewhile", "tee", "zip_longest"]

_MISSING = object()


class _Stepper:
    """An iterator around a generator that holds its state."""

    __slots__ = ("_steps",)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._steps)


class count(_Stepper):
    """start, start + step, start + 2 * step, ..."""

    __slots__ = ("_at", "_step")

    def __init__(self, start=0, step=1):
        if not hasattr(start, "__add__") or isinstance(start, (str, bytes, list, tuple)):
            raise TypeError("a number is required")
        self._at, self._step = start, step

    def __next__(self):
        value = self._at
        self._at = value + self._step
        return value

    def __repr__(self):
        return f"count({self._at!r})" if self._step == 1 and isinstance(self._step, int) else f"count({self._at!r}, {self._step!r})"


class repeat(_Stepper):
    """The same object, for ever or so many times."""

    __slots__ = ("_object", "_left")

    def __init__(self, object, times=None):
        self._object = object
        self._left = None if times is None else max(0, operator.index(times))

    def __next__(self):
        if self._left is not None:
            if self._left <= 0:
                raise StopIteration
            self._left -= 1
        return self._object

    def __length_hint__(self):
        if self._left is None:
            raise TypeError("len() of unsized object")
        return self._left

    def __repr__(self):
        return f"repeat({self._object!r})" if self._left is None else f"repeat({self._object!r}, {self._left})"


class cycle(_Stepper):
    """All items, and again, and again."""

    __slots__ = ()

    def __init__(self, iterable, /):
        self._steps = self._run(iter(iterable))

    @staticmethod
    def _run(items):
        saved = []
        for item in items:
            saved.append(item)
            yield item
        while saved:
            yield from saved


class chain(_Stepper):
    """The items of the first iterable, then of the next."""

    __slots__ = ()

    def __init__(self, *iterables):
        self._steps = self._run(iterables)

    @classmethod
    def from_iterable(cls, iterables, /):
        self = cls()
        self._steps = cls._run(iterables)
        return self

    @staticmethod
    def _run(iterables):
        for iterable in iterables:
            yield from iter(iterable)


class accumulate(_Stepper):
    """Totals so far, or of another function than addition."""

    __slots__ = ()

    def __init__(self, iterable, func=None, *, initial=None):
        self._steps = self._run(iter(iterable), func or operator.add, initial)

    @staticmethod
    def _run(items, func, total):
        if total is None:
            for total in items:
                break
            else:
                return
        yield total
        for item in items:
            total = func(total, item)
            yield total


class islice(_Stepper):
    """Like slicing, for iterators."""

    __slots__ = ()

    def __init__(self, iterable, *args):
        if not 1 <= len(args) <= 3:
            raise TypeError(f"islice expected {'at least 2' if not args else 'at most 4'} arguments, got {len(args) + 1}")
        limits = slice(*args)
        start = self._whole(0 if limits.start is None else limits.start, "Indices")
        stop = None if limits.stop is None else self._whole(limits.stop, "Stop argument" if len(args) == 1 else "Indices")
        step = self._whole(1 if limits.step is None else limits.step, "Step")
        if step < 1:
            raise ValueError("Step for islice() must be a positive integer or None.")
        self._steps = self._run(iter(iterable), start, stop, step)

    @staticmethod
    def _whole(value, what):
        try:
            number = operator.index(value)
        except TypeError:
            number = -1
        if number < 0 and what != "Step":
            raise ValueError(f"{what} for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
        return number

    @staticmethod
    def _run(items, start, stop, step):
        at = wanted = start
        skipped = 0
        while skipped < start and (stop is None or skipped < stop):
            if next(items, _MISSING) is _MISSING:
                return
            skipped += 1
        at = skipped
        while stop is None or wanted < stop:
            while at < wanted:
                if next(items, _MISSING) is _MISSING:
                    return
                at += 1
            item = next(items, _MISSING)
            if item is _MISSING:
                return
            at += 1
            wanted += step
            yield item
        while stop is not None and at < stop:  # the items before `stop` are used up, as a slice looks at them
            if next(items, _MISSING) is _MISSING:
                return
            at += 1


class takewhile(_Stepper):
    """Items as long as the predicate holds."""

    __slots__ = ()

    def __init__(self, predicate, iterable, /):
        self._steps = self._run(predicate, iter(iterable))

    @staticmethod
    def _run(predicate, items):
        for item in items:
            if not predicate(item):
                return
            yield item


class dropwhile(_Stepper):
    """Items from the first for which the predicate does not hold."""

    __slots__ = ()

    def __init__(self, predicate, iterable, /):
        self._steps = self._run(predicate, iter(iterable))

    @staticmethod
    def _run(predicate, items):
        for item in items:
            if not predicate(item):
                yield item
                break
        yield from items


class filterfalse(_Stepper):
    """Items for which the function is false."""

    __slots__ = ()

    def __init__(self, function, iterable, /):
        self._steps = (item for item in iter(iterable) if not (item if function is None else function(item)))


class compress(_Stepper):
    """Items whose selector is true."""

    __slots__ = ()

    def __init__(self, data, selectors):
        self._steps = (item for item, wanted in zip(data, selectors) if wanted)


class starmap(_Stepper):
    """The function applied to each tuple of arguments."""

    __slots__ = ()

    def __init__(self, function, iterable, /):
        self._steps = (function(*arguments) for arguments in iter(iterable))


class pairwise(_Stepper):
    """Each item with its successor."""

    __slots__ = ()

    def __init__(self, iterable, /):
        self._steps = self._run(iter(iterable))

    @staticmethod
    def _run(items):
        for before in items:
            for after in items:
                yield before, after
                before = after


class batched(_Stepper):
    """Tuples of n items; the last may be shorter."""

    __slots__ = ()

    def __init__(self, iterable, n):
        if n < 1:
            raise ValueError("n must be at least one")
        self._steps = self._run(iter(iterable), n)

    @staticmethod
    def _run(items, n):
        while batch := tuple(islice(items, n)):
            yield batch


class zip_longest(_Stepper):
    """zip() to the end of the longest, with a value for what is missing."""

    __slots__ = ()

    def __init__(self, *iterables, fillvalue=None):
        self._steps = self._run([iter(iterable) for iterable in iterables], fillvalue)

    @staticmethod
    def _run(iterators, fillvalue):
        alive = len(iterators)
        while alive:
            row = []
            for i, iterator in enumerate(iterators):
                item = _MISSING if iterator is None else next(iterator, _MISSING)
                if item is _MISSING:
                    if iterator is not None:
                        iterators[i] = None
                        alive -= 1
                        if not alive:
                            return
                    item = fillvalue
                row.append(item)
            yield tuple(row)


class _Group:
    __slots__ = ("_owner", "_key")

    def __init__(self, owner, key):
        self._owner, self._key = owner, key

    def __iter__(self):
        return self

    def __next__(self):
        owner = self._owner
        if owner._group is not self:
            raise StopIteration
        if owner._value is _MISSING:
            owner._advance()
        if not owner._current == self._key:
            raise StopIteration
        value, owner._value = owner._value, _MISSING
        return value


class groupby:
    """Runs of items with the same key: (key, iterator over the run)."""

    def __init__(self, iterable, key=None):
        self._items, self._key = iter(iterable), key
        self._value = self._current = self._target = _MISSING
        self._group = None

    def __iter__(self):
        return self

    def _advance(self):
        self._value = next(self._items)
        self._current = self._value if self._key is None else self._key(self._value)

    def __next__(self):
        self._group = None
        while self._current is _MISSING or (self._target is not _MISSING and self._current == self._target):
            self._advance()
        self._target = self._current
        self._group = _Group(self, self._current)
        return self._current, self._group


class _Tee:
    __slots__ = ("_link",)

    def __init__(self, link):
        self._link = link

    def __iter__(self):
        return self

    def __copy__(self):
        return _Tee(self._link)

    def __next__(self):
        link = self._link
        if link[1] is None:
            link[0] = next(link[2])
            link[1] = [None, None, link[2]]
        self._link = link[1]
        return link[0]


def tee(iterable, n=2, /):
    """n iterators over the same items; what one has not seen yet is kept for it."""
    if n < 0:
        raise ValueError("n must be >= 0")
    iterator = iter(iterable)
    first = iterator if isinstance(iterator, _Tee) else _Tee([None, None, iterator])
    return tuple(first if i == 0 else first.__copy__() for i in range(n))


def _choose(pool, indices):
    return tuple([pool[i] for i in indices])


class product(_Stepper):
    """Nested loops over all arguments."""

    __slots__ = ()

    def __init__(self, *iterables, repeat=1):
        if repeat < 0:
            raise ValueError("repeat argument cannot be negative")
        self._steps = self._run([tuple(iterable) for iterable in iterables] * repeat)

    @staticmethod
    def _run(pools):
        if not all(pools):
            return
        indices = [0] * len(pools)
        while True:
            yield tuple([pool[i] for pool, i in zip(pools, indices)])
            for place in range(len(pools) - 1, -1, -1):
                indices[place] += 1
                if indices[place] < len(pools[place]):
                    break
                indices[place] = 0
            else:
                return


class permutations(_Stepper):
    """All orders of r items."""

    __slots__ = ()

    def __init__(self, iterable, r=None):
        pool = tuple(iterable)
        r = len(pool) if r is None else r
        if not isinstance(r, int):
            raise TypeError("Expected int as r")
        if r < 0:
            raise ValueError("r must be non-negative")
        self._steps = self._run(pool, r)

    @staticmethod
    def _run(pool, r):
        n = len(pool)
        if r > n:
            return
        indices, left = list(range(n)), list(range(n, n - r, -1))
        yield _choose(pool, indices[:r])
        while n:
            for i in range(r - 1, -1, -1):
                left[i] -= 1
                if left[i]:
                    j = n - left[i]
                    indices[i], indices[j] = indices[j], indices[i]
                    yield _choose(pool, indices[:r])
                    break
                indices[i:] = indices[i + 1:] + indices[i:i + 1]
                left[i] = n - i
            else:
                return


class combinations(_Stepper):
    """All choices of r items, in order."""

    __slots__ = ()

    def __init__(self, iterable, r):
        pool = tuple(iterable)
        if r < 0:
            raise ValueError("r must be non-negative")
        self._steps = self._run(pool, r)

    @staticmethod
    def _run(pool, r):
        n = len(pool)
        if r > n:
            return
        indices = list(range(r))
        yield _choose(pool, indices)
        while True:
            for i in range(r - 1, -1, -1):
                if indices[i] != i + n - r:
                    break
            else:
                return
            indices[i:] = range(indices[i] + 1, indices[i] + 1 + r - i)
            yield _choose(pool, indices)


class combinations_with_replacement(_Stepper):
    """All choices of r items, each as often as you like."""

    __slots__ = ()

    def __init__(self, iterable, r):
        pool = tuple(iterable)
        if r < 0:
            raise ValueError("r must be non-negative")
        self._steps = self._run(pool, r)

    @staticmethod
    def _run(pool, r):
        n = len(pool)
        if not n and r:
            return
        indices = [0] * r
        yield _choose(pool, indices)
        while True:
            for i in range(r - 1, -1, -1):
                if indices[i] != n - 1:
                    break
            else:
                return
            indices[i:] = [indices[i] + 1] * (r - i)
            yield _choose(pool, indices)
