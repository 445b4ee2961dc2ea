"""What type parameters (PEP 695) are made of, and the names that annotations use most.

Nothing is checked: an annotation is a value like any other.
"""


class _Parameter:
    """A type parameter. Bounds and constraints are worked out when they are first asked for."""

    def __init__(self, name):
        self.__name__ = name
        self.__module__ = None

    def __repr__(self):
        return self.__name__

    def __or__(self, other):
        return Union[self, other]

    def __ror__(self, other):
        return Union[other, self]


class TypeVar(_Parameter):
    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False):
        if len(constraints) == 1:
            raise TypeError("A single constraint is not allowed")
        super().__init__(name)
        self._bound = lambda: bound
        self._constraints = lambda: constraints
        self.__covariant__ = covariant
        self.__contravariant__ = contravariant

    @property
    def __bound__(self):
        return self._bound()

    @property
    def __constraints__(self):
        return self._constraints()


class TypeVarTuple(_Parameter):
    def __iter__(self):
        yield Unpack[self]


class ParamSpec(_Parameter):
    pass


def _bound_typevar(name, evaluate):
    """`[T: bound]`"""
    made = TypeVar(name)
    made._bound = evaluate
    return made


def _constrained_typevar(name, evaluate):
    """`[T: (one, other)]`"""
    made = TypeVar(name)
    made._constraints = evaluate
    return made


class TypeAliasType:
    """`type Name[parameters] = value`; the value is worked out when it is first asked for."""

    def __init__(self, name, value, *, type_params=()):
        self.__name__ = name
        self.__type_params__ = type_params
        self._evaluate = lambda: value

    @property
    def __value__(self):
        return self._evaluate()

    @property
    def __parameters__(self):
        return self.__type_params__

    def __getitem__(self, arguments):
        return _Subscripted(self, arguments)

    def __repr__(self):
        return self.__name__


def _lazy_alias(name, type_params, evaluate):
    made = TypeAliasType(name, None, type_params=type_params or ())
    made._evaluate = evaluate
    return made


class _Subscripted:
    """`origin[arguments]`"""

    def __init__(self, origin, arguments):
        self.__origin__ = origin
        self.__args__ = arguments if isinstance(arguments, tuple) else (arguments,)

    @property
    def __parameters__(self):
        return tuple(one for one in self.__args__ if isinstance(one, _Parameter))

    def __mro_entries__(self, bases):
        return (self.__origin__,)

    def __call__(self, *args, **keywords):
        return self.__origin__(*args, **keywords)

    def __getitem__(self, arguments):
        return _Subscripted(self.__origin__, arguments)

    def __eq__(self, other):
        return isinstance(other, _Subscripted) and (self.__origin__, self.__args__) == (other.__origin__, other.__args__)

    def __hash__(self):
        return hash((self.__origin__, self.__args__))

    def __repr__(self):
        return f"{_name(self.__origin__)}[{', '.join(map(_name, self.__args__))}]"


def _name(thing):
    if isinstance(thing, type):
        return thing.__qualname__ if thing.__module__ in ("builtins", "__main__") else f"{thing.__module__}.{thing.__qualname__}"
    return repr(thing)


class Generic:
    """The base of classes with type parameters."""

    def __class_getitem__(cls, arguments):
        return _Subscripted(cls, arguments)


class Protocol(Generic):
    """The base of classes that only describe."""


class _Form:
    """A name that an annotation subscripts, as in Optional[int]."""

    def __init__(self, name):
        self._name = name

    def __getitem__(self, arguments):
        return _Subscripted(self, arguments)

    def __repr__(self):
        return f"typing.{self._name}"


Any, Callable, ClassVar, Final, Literal, Never, NoReturn, Optional, Self, Union, Unpack = map(
    _Form, "Any Callable ClassVar Final Literal Never NoReturn Optional Self Union Unpack".split())

TYPE_CHECKING = False


def cast(kind, value):
    return value


def override(method):
    """Mark a method as overriding one of a base class (PEP 698)."""
    try:
        method.__override__ = True
    except (AttributeError, TypeError):
        pass
    return method


def final(thing):
    try:
        thing.__final__ = True
    except (AttributeError, TypeError):
        pass
    return thing


def overload(function):
    return function


def runtime_checkable(cls):
    return cls
