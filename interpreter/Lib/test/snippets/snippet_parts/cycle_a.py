"""Half of a circle of imports."""

NAME = "a"
from . import cycle_b


def b_value():
    return cycle_b.value()
