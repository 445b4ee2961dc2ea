"""Modules are made once, kept in sys.modules, and seen under several names."""
import sys
import snippet_parts
import snippet_parts as parts
from snippet_parts import VALUE, twice as double
from snippet_parts import *

print(parts is snippet_parts, VALUE, double(4), visible, "snippet_parts" in sys.modules, parts.__name__, parts.__package__, parts.__doc__)
try:
    _hidden
except NameError as error:
    print(error)
sys.modules["made_up"] = parts
import made_up

print(made_up is parts)
sys.modules["blocked"] = None
for source in ("import blocked", "import no_such_module", "from snippet_parts import nothing", "import snippet_parts.deep.no", "from . import x", "from .x import y", "import snippet_broken"):
    try:
        exec(source)
    except Exception as error:
        print(source, "->", type(error).__name__, str(error).split(" (/")[0])
print("snippet_broken" in sys.modules, sorted(n for n in dir(parts) if not n.startswith("__")))
