"""Abstract base classes: classes that cannot be made before their abstract methods are there, and that may
count others as their subclasses."""

from weakref import WeakSet

__all__ = ["ABC", "ABCMeta", "abstractclassmethod", "abstractmethod", "abstractproperty", "abstractstaticmethod",
           "get_cache_token", "update_abstractmethods"]


def abstractmethod(funcobj):
    """Mark a method that subclasses must define."""
    funcobj.__isabstractmethod__ = True
    return funcobj


class abstractclassmethod(classmethod):
    __isabstractmethod__ = True

    def __init__(self, callable):
        callable.__isabstractmethod__ = True
        super().__init__(callable)


class abstractstaticmethod(staticmethod):
    __isabstractmethod__ = True

    def __init__(self, callable):
        callable.__isabstractmethod__ = True
        super().__init__(callable)


class abstractproperty(property):
    __isabstractmethod__ = True


def _abstract_names(cls, namespace):
    names = {name for name, value in namespace.items() if getattr(value, "__isabstractmethod__", False)}
    for base in cls.__bases__:
        for name in getattr(base, "__abstractmethods__", ()):
            if getattr(getattr(cls, name, None), "__isabstractmethod__", False):
                names.add(name)
    return frozenset(names)


class _Token:
    number = 0  # goes up with every register(): negative answers are remembered only while it stays


def get_cache_token():
    return _Token.number


class ABCMeta(type):
    """The metaclass: isinstance and issubclass ask it."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        cls = super().__new__(mcls, name, bases, namespace, **kwargs)
        cls.__abstractmethods__ = _abstract_names(cls, namespace)
        cls._abc_registry = WeakSet()
        cls._abc_known = WeakSet()
        cls._abc_refused = WeakSet()
        cls._abc_token = _Token.number
        return cls

    def register(cls, subclass):
        """Count `subclass` as a subclass from now on."""
        if not isinstance(subclass, type):
            raise TypeError("Can only register classes")
        if issubclass(subclass, cls):
            return subclass
        if issubclass(cls, subclass):
            raise RuntimeError("Refusing to create an inheritance cycle")
        cls._abc_registry.add(subclass)
        _Token.number += 1
        return subclass

    def __instancecheck__(cls, instance):
        kind = instance.__class__
        if kind in cls._abc_known:
            return True
        actual = type(instance)
        return cls.__subclasscheck__(kind) or (actual is not kind and cls.__subclasscheck__(actual))

    def __subclasscheck__(cls, subclass):
        if not isinstance(subclass, type):
            raise TypeError("issubclass() arg 1 must be a class")
        if subclass in cls._abc_known:
            return True
        if cls._abc_token < _Token.number:
            cls._abc_refused = WeakSet()
            cls._abc_token = _Token.number
        elif subclass in cls._abc_refused:
            return False
        answer = cls._abc_ask(subclass)
        (cls._abc_known if answer else cls._abc_refused).add(subclass)
        return answer

    def _abc_ask(cls, subclass):
        said = cls.__subclasshook__(subclass)
        if said is not NotImplemented:
            if not isinstance(said, bool):
                raise AssertionError("__subclasshook__ must return either False, True, or NotImplemented")
            return said
        if cls in getattr(subclass, "__mro__", ()):
            return True
        for registered in cls._abc_registry:
            if issubclass(subclass, registered):
                return True
        for below in cls.__subclasses__():
            if issubclass(subclass, below):
                return True
        return False


class ABC(metaclass=ABCMeta):
    """Inherit from it instead of naming the metaclass."""

    __slots__ = ()


def update_abstractmethods(cls):
    """Look again which methods are abstract, after a class was changed."""
    if hasattr(cls, "__abstractmethods__"):
        names = {name for base in cls.__bases__ for name in getattr(base, "__abstractmethods__", ())
                 if getattr(getattr(cls, name, None), "__isabstractmethod__", False)}
        names |= {name for name, value in cls.__dict__.items() if getattr(value, "__isabstractmethod__", False)}
        cls.__abstractmethods__ = frozenset(names)
    return cls
