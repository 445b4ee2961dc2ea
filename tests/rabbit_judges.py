"""The judges of Rabbit as modules: interpreter/Tools/judges is no package, and each runs by itself."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from tests.rabbit_build import SOURCE


def load(name: str) -> ModuleType:
    """The module interpreter/Tools/judges/NAME.py. Its siblings are found as when it is run as a program."""
    folder = str(SOURCE / "Tools" / "judges")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)
