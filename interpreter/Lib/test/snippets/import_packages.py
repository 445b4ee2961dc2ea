"""Packages: submodules, relative imports, cycles, __all__."""
import snippet_parts.deep.leaf
from snippet_parts.deep import leaf, helper
from snippet_parts import deep as d
from snippet_parts.deep.leaf import up
import snippet_parts.deep.leaf as direct

print(snippet_parts.deep.leaf is leaf, direct is leaf, d.leaf is leaf, up, helper(), leaf.__name__, leaf.__package__, d.__package__, hasattr(d, "__path__"))
import snippet_parts.cycle_a

print(snippet_parts.cycle_a.b_value(), snippet_parts.cycle_b.A_NAME)
def inside():
    from snippet_parts.deep import leaf as again
    import snippet_parts.deep

    return again is leaf, snippet_parts.deep is d


print(inside())
try:
    def f():
        exec("from snippet_parts import *")
        return "ok"

    print(f())
    compile("def f():\n    from m import *", "s", "exec")
except SyntaxError as error:
    print(error.msg)
import sys

del sys.modules["snippet_parts.deep.leaf"]
import snippet_parts.deep.leaf

print(snippet_parts.deep.leaf is leaf)
