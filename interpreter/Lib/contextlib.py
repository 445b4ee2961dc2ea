"""Context managers made of other things."""

from functools import wraps

__all__ = ["closing", "contextmanager", "nullcontext", "redirect_stdout", "suppress"]


class _GeneratorManager:
    """Runs a generator to its yield on entering and to its end on leaving."""

    def __init__(self, generator):
        self.generator = generator

    def __enter__(self):
        try:
            return next(self.generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind, error, traceback):
        if kind is None:
            return self._leave()
        try:
            self.generator.throw(error)
        except StopIteration as stop:
            return stop is not error
        except RuntimeError as raised:
            if raised is error:
                return False
            # a StopIteration of the body comes back wrapped: it goes on as what it was
            if isinstance(error, StopIteration) and raised.__cause__ is error:
                return False
            raise
        except BaseException as raised:
            if raised is error:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")

    def _leave(self):
        try:
            next(self.generator)
        except StopIteration:
            return False
        raise RuntimeError("generator didn't stop")


def contextmanager(function):
    """Make a generator function with one yield into a function that returns a context manager."""
    @wraps(function)
    def make(*args, **kwargs):
        return _GeneratorManager(function(*args, **kwargs))
    return make


class closing:
    """Calls `thing.close()` at the end."""

    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *exc_info):
        self.thing.close()


class suppress:
    """Swallows exceptions of the given classes."""

    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        pass

    def __exit__(self, kind, error, traceback):
        return kind is not None and issubclass(kind, self._exceptions)


class nullcontext:
    """Does nothing; gives back what it was given."""

    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    def __exit__(self, *exc_info):
        pass


class redirect_stdout:
    """Sends what print() writes to another stream."""

    def __init__(self, target):
        self._target = target
        self._kept = []

    def __enter__(self):
        import sys
        self._kept.append(sys.stdout)
        sys.stdout = self._target
        return self._target

    def __exit__(self, *exc_info):
        import sys
        sys.stdout = self._kept.pop()
