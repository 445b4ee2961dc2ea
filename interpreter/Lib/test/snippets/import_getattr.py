"""A module with __getattr__; a module's own attributes."""
import snippet_parts.lazy as lazy

print(lazy.anything, hasattr(lazy, "nothing"))
from snippet_parts.lazy import something

print(something)
try:
    lazy.nothing
except AttributeError as error:
    print(error)
lazy.fresh = 1
print(lazy.fresh, vars(lazy)["fresh"])
del lazy.fresh
try:
    import sys

    sys.nothing_here
except AttributeError as error:
    print(error)
print(type(sys)("empty").__name__, type(sys)("m", "doc").__doc__, repr(type(sys)("m")))
