"""The other half: sees cycle_a while that is being made."""

from . import cycle_a

A_NAME = cycle_a.NAME


def value():
    return "b of " + cycle_a.NAME + str(hasattr(cycle_a, "b_value"))
