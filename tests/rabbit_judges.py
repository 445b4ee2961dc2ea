"""The judges of Rabbit as modules: they live in interpreter/Tools/judges, which is no package, and run by themselves."""

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
